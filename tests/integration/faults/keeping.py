"""A share of a run's files, and a collection of garbage, as one command each."""

import shutil
import time
from pathlib import Path

from tests.integration.data.trees import tree
from tests.integration.faults import litter
from tests.integration.faults.scenarios import content
from tests.integration.gc.conftest import ferry
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.errors import Changed, Corrupt
from trainferry.runs import layout, manifest
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict
from trainferry.share import choice, create, record
from trainferry.share.record import ShareRecord
from trainferry.store import Store

RUN = "base-12345678"
FILES = {"checkpoints/best.safetensors": 3, "checkpoints/best.json": 1, "README.md": 1}  # objects of each


class Share:
    """`ferry share RUN`: a checkpoint of three objects, and what tells about it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def warm(self) -> None:
        for path in FILES:
            self._data(path)

    def prepare(self, store: Store, folder: Path) -> None:
        _publish(store, {path: self._data(path) for path in FILES})

    def run(self, store: Store, folder: Path) -> None:
        chosen = choice.choose(store, RUN, ["best"])
        share = record.fresh_id()
        files = create.copies(store, share, chosen.files)
        create.publish(store, ShareRecord(share, "best", RUN, files, time.time(), int(time.time()) + 3600))

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        shares = record.everything(store)
        said = [] if shares or not ended else ["there is no share"]
        known = {info.name for info in store.list("runs/")}
        for one in shares:
            known.add(layout.share_record(one.id))
            for file in one.files:
                name = layout.share_file(one.id, file.number)
                known.add(name)
                said += [] if store.get(name) == self._data(file.path) else [f"{name} holds other bytes"]
        return said + litter.unknown(store, known, ended)

    def _data(self, path: str) -> bytes:
        return content(len(path), self.size if path.endswith(".safetensors") else 1000)


class Collect:
    """`ferry gc`: a dataset, a run and a share stay; what nothing names goes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._share = Share(size)

    def warm(self) -> None:
        self._share.warm()

    def prepare(self, store: Store, folder: Path) -> None:
        self._share.prepare(store, folder)
        self._share.run(store, folder)
        for name in ("old", "new"):
            (folder / name).mkdir()
            (folder / name / "file").write_bytes(content(len(name) + ord(name[0]), self.size))
            push(store, folder / name, "cats")
        doomed = catalog.versions(store, "cats")[0]
        store.delete(layout.dataset_index("cats", doomed))
        for number in range(4):
            store.put(f"cp.parts/{number:032x}/00000-00000000", b"part")
            store.put(f"shares/aaaaaaaaa{'bcde'[number]}/files/0", b"copy")

    def run(self, store: Store, folder: Path) -> None:
        collector, story = ferry(store), list[str]()
        collector.story = story.append
        collected = collector.collect(collector.garbage(older_than=0.0), older_than=0.0)
        if collected.kept:  # the second look at it told something else, so it stays for another time
            raise Changed(f"{collected.kept} objects are others by now")
        if skipped := [line for line in story if line.endswith("left alone")]:
            raise Corrupt(skipped[0])

    def wrong(self, store: Store, folder: Path, ended: bool) -> list[str]:
        said = self._share.wrong(store, folder, ended=False)
        shutil.rmtree(folder / "out", ignore_errors=True)
        (version,) = catalog.versions(store, "cats")
        pull(store, "cats", version, folder / "out")
        said += [] if tree(folder / "out") == tree(folder / "new") else ["the dataset is not what it was"]
        said += [] if len(record.everything(store)) == 1 else ["the share is gone"]
        left = [info.name for one in litter.garbage(store) for info in one.objects] if ended else []
        return said + [f"{name} is left" for name in left]


def _publish(store: Store, files: dict[str, bytes]) -> None:
    """A run that is over."""
    stored = {}
    for path, data in files.items():
        step = -(-len(data) // FILES[path])
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        infos = [store.put(f"{layout.output(RUN, 1, path)}{n or ''}", piece) for n, piece in enumerate(pieces)]
        whole = store.compose(f"{layout.output(RUN, 1, path)}.whole", [info.name for info in infos])
        stored[path] = StoredFile([info.name for info in infos], len(data), whole.crc32c, 1)
        store.delete(whole.name)
    told = OutputManifest(RUN, stored, [Attempt(1, "pod", 1.0, verdict=Verdict(0, 0, "command"))], complete=True)
    manifest.save(store, told, 0)
