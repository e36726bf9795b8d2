"""Which checkpoints have had their day: `ferry run --keep 3`.

A pure rule over the manifest and the disk. A numbered checkpoint is passed when at least max(keep, 2) newer ones are in
the store for certain; it is then neither kept there nor sent again, though its files stay on the pod's disk.

For certain: all of its files are stored as they lie on the disk, and whoever wrote them has gone on, for a newer
checkpoint of the same attempt is there, or the attempt's command has ended and all was stored. A killed attempt may
have left the half of a folder: it does not count. One that was certain and was then removed from the disk still counts,
for the store has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trainferry.agent.scan import Seen, known
from trainferry.agent.words import TOO_SHORT
from trainferry.runs import groups
from trainferry.runs.manifest import OutputManifest, StoredFile

FEWEST = 2  # checkpoints that are in the store for certain, whatever `keep` says


@dataclass(frozen=True)
class Group:
    """One checkpoint. `order`: newer ones are greater; `attempt` published it, 0: none did yet."""

    name: str
    paths: list[str]
    order: tuple[float, list[tuple[int, str]]]
    attempt: int
    stored: dict[str, StoredFile]


class Retention:
    """`keep` 0: everything stays."""

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self._certain: dict[str, dict[str, StoredFile]] = {}

    def passed(self, manifest: OutputManifest, disk: Mapping[str, Seen], ended: bool) -> set[str]:
        """The paths of checkpoints that have had their day; `ended`: the command writes no more."""
        if not self.keep:
            return set()
        found = sorted(_groups(manifest, disk), key=lambda group: group.order)
        newest = {group.attempt: group for group in found}
        passed, newer = set[str](), 0
        for group in reversed(found):
            if newer >= max(self.keep, FEWEST):
                passed.update(group.paths)
            elif self._is_certain(group, manifest, disk, ended, group.order < newest[group.attempt].order):
                newer += 1
        return passed

    def remains(self, path: str, manifest: OutputManifest) -> bool:
        """Whether a file that is gone from the disk belongs to a checkpoint that the store keeps all the same."""
        return any(
            path in files and all(manifest.files.get(one) == file for one, file in files.items())
            for files in self._certain.values()
        )

    def _is_certain(
        self, group: Group, manifest: OutputManifest, disk: Mapping[str, Seen], ended: bool, followed: bool
    ) -> bool:
        there = [path for path in group.paths if path in disk]
        if not there:
            return bool(group.stored) and self._certain.get(group.name) == group.stored
        whole = len(there) == len(group.paths) and all(known(group.stored.get(path), disk[path]) for path in there)
        certain = whole and (followed or _ended_well(manifest, group.attempt, ended))
        if certain:
            self._certain[group.name] = group.stored
        return certain


def _groups(manifest: OutputManifest, disk: Mapping[str, Seen]) -> list[Group]:
    return [
        _group(name, paths, manifest, disk)
        for name, paths in groups.series(manifest.files.keys() | disk.keys()).items()
    ]


def _group(name: str, paths: list[str], manifest: OutputManifest, disk: Mapping[str, Seen]) -> Group:
    stored = {path: manifest.files[path] for path in paths if path in manifest.files}
    times = [disk[path].mtime if path in disk else manifest.files[path].mtime for path in paths]
    attempt = max((file.attempt for file in stored.values()), default=manifest.attempt)
    return Group(name, paths, (max(times), groups.natural(name)), attempt, stored)


def _ended_well(manifest: OutputManifest, attempt: int, ended: bool) -> bool:
    """Whether the command of an attempt wrote no more when the last of its output was stored."""
    if attempt == manifest.attempt and ended:
        return True
    verdict = next((one.verdict for one in manifest.attempts if one.number == attempt), None)
    return verdict is not None and verdict.code is not None and not verdict.reason.startswith(TOO_SHORT)
