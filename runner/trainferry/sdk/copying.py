"""`ferry cp`: files between this machine, runs, datasets, stores and shares; verified before they get their names."""

import posixpath
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from trainferry.data import catalog, relay
from trainferry.data.progress import Meter, Report
from trainferry.errors import BadInput, Missing
from trainferry.sdk.cp import sources, targets
from trainferry.sdk.cp.sources import Chosen, Copied, Placed, SourceFile, Watch
from trainferry.sdk.cp.targets import Here, InDataset, InRun, InStore, Target
from trainferry.sdk.kept import Found
from trainferry.sdk.sharing import Sharing
from trainferry.store import Store
from trainferry.store.os_errors import printable

__all__ = ["Copied", "Copying"]
STREAM = "-"


class Copying(Sharing):
    """Copying files."""

    def copy(self, source: str | Sequence[str], target: str, progress: Report | None = None) -> list[Copied]:
        """Files of RUN:PATH, DATASET:PATH, a store's URL, share:ID, - or this machine, to any of these but a share.

        Raises BadInput, Missing, Corrupt, Changed, Forbidden, Full.
        """
        typed = [source] if isinstance(source, str) else list(source)
        _refuse(typed, target)
        if len(typed) == 1 and typed[0].startswith("share:") and not sources.is_remote(target) and target != STREAM:
            found = self.fetch_share(typed[0], target, progress)
            return [Copied(f"{typed[0]}:{f.path}", str(place), f.size, f.crc32c) for f, place in found]
        with TemporaryDirectory(prefix="ferry-cp-") as scratch:
            if typed == [STREAM]:
                return [self._stream_in(target)]
            chosen = [self._chosen(one, Path(scratch)) for one in typed]
            files = [file for one in chosen for file in one.files]
            done: list[Copied] = []
            meter = Meter(progress, "copying", sum(file.size for file in files), len(files))
            watch = Watch(done.append, meter.add)
            if target == STREAM:
                targets.write_out(_one(typed, files), watch)
                return [Copied(file.label, STREAM, file.size, file.crc32c) for file in files]
            into = self._target(target, Path(scratch))
            into.take(_placed(chosen, into, typed), watch)
            return done

    def _chosen(self, text: str, scratch: Path) -> Chosen:
        if text.startswith("share:"):
            return sources.of_share(self.fetch_share, text, scratch)
        if sources.URL.match(text):
            store, path, _ = self._at(text)
            return sources.of_url(store, path, text)
        named = sources.NAMED.fullmatch(text)
        if named is None:
            return sources.local(text)
        found = self._named(named["name"], named["version"])
        if found is not None:
            return sources.of_run(found, named["path"])
        return sources.of_dataset(self.store, named["name"], named["version"] or "", named["path"])

    def _target(self, text: str, scratch: Path) -> Target:
        if sources.URL.match(text):
            return InStore(*self._near(text), self._open)
        named = sources.NAMED.fullmatch(text)
        if named is None:
            return Here(text)
        found = self._named(named["name"], named["version"])
        if found is None:
            if named["version"]:
                raise BadInput(f"cp {text}: a version never changes", f"ferry cp FILE {named['name']}:PATH")
            return InDataset(self.store, named["name"], named["path"], scratch, self.story)
        if found.known and not self._status(found).finished:
            message = f"cp {text}: {found.run} is under way, its output is its own until it ends"
            raise BadInput(message, f"ferry wait {found.run}")
        return InRun(found, named["path"], self._open)

    def _named(self, name: str, version: str | None) -> Found | None:
        """The run of this name, None when a dataset has it. BadInput when both do, Missing when none does."""
        versions = catalog.versions(self.store, name) if len(name) <= 63 and not name.endswith("-") else []
        if version is not None:
            return None
        try:
            found = self._found(name)
        except Missing:
            if versions:
                return None
            raise
        if versions and found.run != name:
            hint = f"ferry cp {found.run}:PATH, or {name}@{versions[-1][:8]}:PATH"
            raise BadInput(f'cp {name}: run {found.run} and dataset "{name}" are both meant', hint)
        return found

    def _at(self, url: str) -> tuple[Store, str, str]:
        """The store that holds what a URL names, its path there, and the store's own URL."""
        if url.startswith(f"{self.store.url}/"):
            return self.store, url[len(self.store.url) + 1 :], self.store.url
        root, path = sources.rooted(url)
        return self._open(root), path, root

    def _near(self, url: str) -> tuple[Store, str, str]:
        """The same for what is written: parts on their way lie beside what they become."""
        store, path, root = self._at(url)
        folder, slash, rest = path.rpartition("/")
        if store is self.store or not slash or url.startswith("file:"):
            return store, path, root
        return self._open(f"{root}/{folder}"), rest, f"{root}/{folder}"

    def _stream_in(self, target: str) -> Copied:
        """What comes on stdin, as an object."""
        if not sources.URL.match(target):
            raise BadInput(f"cp - {target}: stdin goes to a store's URL only", "ferry cp - gs://BUCKET/PATH")
        store, path, root = self._near(target)
        if not path or path.endswith("/"):
            raise BadInput(f"cp - {target}: a name for what comes on stdin is missing", f"ferry cp - {target}NAME")
        info = relay.from_stream(_stdin(), store, path, lambda size: None)
        return Copied(STREAM, f"{root}/{info.name}", info.size, info.crc32c)


def _refuse(typed: Sequence[str], target: str) -> None:
    """What cannot be meant, before anybody is asked."""
    remote = [one for one in typed if sources.is_remote(one) or one == STREAM or one.startswith("share:")]
    for one in typed:
        named = sources.NAMED.fullmatch(one)
        if named and not named["path"]:
            raise BadInput(f"cp {one}: expected RUN:PATH, RUN:best or RUN:last", f"ferry cp {one}. FOLDER copies all")
    if target.startswith("share:"):
        raise BadInput(f"cp {target}: a share never changes", "ferry share RUN:PATH makes another")
    if not sources.is_remote(target) and len(remote) < len(typed) and target != STREAM:
        wrong = next(one for one in typed if one not in remote)
        raise BadInput(f"cp {wrong}: {sources.EXPECTED}", "ferry get checkpoints RUN")
    if STREAM in typed and (len(typed) > 1 or target == STREAM):
        raise BadInput(f"cp {' '.join(typed)} {target}: - is one source and one target")


def _placed(chosen: Sequence[Chosen], into: Target, typed: Sequence[str]) -> list[Placed]:
    """Each file with its path: one file goes into a folder under its own name, several under their paths."""
    files = [file for one in chosen for file in one.files]
    single = len(chosen) == 1 and chosen[0].single
    base = into.path
    folder = base == "" or base.endswith("/") or into.is_folder()
    _refuse_odd(base, files, into, typed)
    if single and not folder:
        placed = [(files[0], base)]
    else:
        above = f"{base.rstrip('/')}/" if base else ""
        names = [posixpath.basename(file.path) if one.single else file.path for one in chosen for file in one.files]
        placed = [(file, above + name) for file, name in zip(files, names, strict=True)]
    _refuse_clashes(placed, into)
    return placed


def _refuse_clashes(placed: Sequence[Placed], into: Target) -> None:
    """Two files of one name, and paths that lead out of a run, a dataset or a store."""
    seen: dict[str, str] = {}
    for file, path in placed:
        if path in seen:
            raise BadInput(f"cp: {seen[path]} and {file.label} would both be {path}")
        seen[path] = file.label
        if not isinstance(into, Here) and {"", ".", ".."} & set(path.split("/")):
            raise BadInput(f"cp {file.label}: {printable(path)} is no path below the target")


def _refuse_odd(base: str, files: Sequence[SourceFile], into: Target, typed: Sequence[str]) -> None:
    """Places of this machine that hold no files."""
    if not isinstance(into, Here):
        return
    place, what = Path(base).expanduser(), " ".join(typed)
    if len(files) > 1 and place.is_file():
        raise BadInput(f"cp {what}: {len(files)} files do not fit into the file {base}", f"ferry cp {what} FOLDER/")
    if place.exists() and not (place.is_file() or place.is_dir()):
        raise BadInput(f"cp {what}: {base} is neither a file nor a folder", f"ferry cp {what} .")


def _one(typed: Sequence[str], files: Sequence[SourceFile]) -> SourceFile:
    if len(files) != 1:
        raise BadInput(f"cp {' '.join(typed)} -: {len(files)} files do not fit into one stream")
    return files[0]


def _stdin() -> Iterator[bytes]:
    return iter(lambda: sys.stdin.buffer.read(relay.PART), b"")
