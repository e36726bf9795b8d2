"""What of a growing output is in the store, and how many bytes that takes."""

import hashlib
import os
import time
from pathlib import Path

import google_crc32c
import pytest

from trainferry.agent import unnamed, wholes
from trainferry.agent.attempts import Attempts, Fenced
from trainferry.agent.config import for_run
from trainferry.agent.moved import Moved
from trainferry.agent.publish import Publisher, TooLate
from trainferry.agent.wrapper.control import Control
from trainferry.runs import manifest, reader
from trainferry.runs.manifest import Verdict
from trainferry.spec.placeholders import Paths
from trainferry.spec.runspec import RunSpec
from trainferry.store.file import FileStore
from trainferry.store.protocol import ObjectInfo


class CountingStore(FileStore):
    """A store that is no folder to the agent, counts the bytes sent, and breaks after `allowed` requests."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.url, self.sent, self.allowed = "counting://", 0, 1 << 30

    def put(self, name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        self.allowed -= 1
        if self.allowed < 0:
            raise KeyboardInterrupt
        self.sent += len(data) if "/output/" in name or "/attempts/" in name else 0
        return super().put(name, data, if_generation)


class Scene:
    """An output folder, and an agent's publisher that looks at it whenever the test says so."""

    def __init__(self, root: Path) -> None:
        self.root, self.store = root, CountingStore(root / "store")
        self.paths = Paths(*(str(root / name) for name in Paths.__dataclass_fields__))
        for path in (self.paths.control, self.paths.output):
            Path(path).mkdir()
        self.output, self.log = Path(self.paths.output), Path(self.paths.control) / "log"
        self.run = RunSpec("base", ("true",), self.store.url)
        self.start("pod-1")

    def start(self, identity: str) -> Publisher:
        """A new agent process, of the same attempt or the next."""
        config = for_run(self.run, self.paths, 20)
        self.attempts = Attempts(self.store, config, identity, "node")
        self.attempts.begin()
        moved = Moved(Control(self.paths.control))
        self.publisher = Publisher(self.store, self.attempts, self.output, self.log, moved, every=0.0)
        return self.publisher

    def look(self, times: int = 3) -> None:
        """As often as it takes until uploads in flight have arrived."""
        for _ in range(times):
            self.publisher._next_scan = 0.0
            self.publisher.tick()
            for future in list(self.publisher.sending.uploads.values()):
                future.exception(30)

    def write(self, path: str, data: bytes, how: str = "wb") -> Path:
        target = self.output / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open(how) as file:
            file.write(data)
        return target

    def stored(self) -> dict[str, bytes]:
        """What a reader gets."""
        found = reader.files(self.store, self.run.full_name)
        return {path: b"".join(reader.pieces(self.store, file)) for path, file in sorted(found.items())}

    def objects(self, path: str) -> int:
        return len(reader.files(self.store, self.run.full_name)[path].objects)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_growing_file_travels_once_in_chunks_and_is_one_object_in_the_end(scene: Scene) -> None:
    for step in range(70):
        scene.write("metrics.jsonl", b"%d\n" % step, "ab")
        scene.look(1)
    whole = (scene.output / "metrics.jsonl").read_bytes()
    assert scene.stored() == {"metrics.jsonl": whole}
    assert (scene.objects("metrics.jsonl"), scene.store.sent) == (70 - 2 * 31, len(whole))
    scene.publisher.finish()
    scene.attempts.save()
    assert (scene.stored(), scene.objects("metrics.jsonl"), scene.store.sent) == (
        {"metrics.jsonl": whole},
        1,
        len(whole),
    )


def test_a_growing_file_goes_on_in_the_next_attempt(scene: Scene) -> None:
    scene.write("events.out.tfevents.1", b"one")
    scene.look()
    scene.start("pod-2")
    scene.write("events.out.tfevents.1", b"two", "ab")
    scene.look()
    assert (scene.stored(), scene.store.sent) == ({"events.out.tfevents.1": b"onetwo"}, 6)


@pytest.mark.parametrize("rewritten", [b"xxx", b"xxxyyyzzz", b"x"])
def test_a_growing_file_that_was_rewritten_becomes_a_whole_one(scene: Scene, rewritten: bytes) -> None:
    scene.write("metrics.jsonl", b"oneone")
    scene.look()
    scene.write("metrics.jsonl", rewritten)
    scene.look(6)
    assert scene.stored() == {"metrics.jsonl": rewritten}


def test_the_same_length_written_again_is_noticed_in_the_end(scene: Scene) -> None:
    scene.write("metrics.jsonl", b"one")
    scene.look()
    scene.write("metrics.jsonl", b"+++", "ab")
    scene.look()
    scene.write("metrics.jsonl", b"twotwo")
    scene.publisher.finish()
    scene.attempts.save()
    assert scene.stored() == {"metrics.jsonl": b"twotwo"}


def test_the_log_is_published_beside_the_files(scene: Scene) -> None:
    scene.log.write_bytes(b"a line\nhalf a li")
    scene.look()
    assert b"".join(reader.log(scene.store, scene.run.full_name)) == b"a line\nhalf a li"


def test_a_checkpoint_that_never_rests_arrives_all_the_same(scene: Scene) -> None:
    for step in range(5):
        scene.write("last.tmp", b"step %d" % step)
        (scene.output / "last.tmp").rename(scene.output / "last.ckpt")
        scene.look(1)
    assert scene.stored()["last.ckpt"].startswith(b"step ")


def test_a_file_that_is_written_while_it_is_read_is_not_published(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scene.write("model.pt", b"x" * 100)
    real = wholes.Upload._small

    def slow(upload: wholes.Upload, *others: object) -> object:
        path.write_bytes(b"y" * 200)
        return real(upload, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(wholes.Upload, "_small", slow)
    scene.look()
    assert scene.stored() == {}


def test_a_large_file_goes_on_by_part_after_the_agent_was_killed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholes, "PART", 1000)
    data = os.urandom(100_500)
    scene.write("model.pt", data)
    scene.store.allowed = 40
    with pytest.raises(KeyboardInterrupt):
        scene.look()
    scene.store.allowed = 1 << 30
    scene.start("pod-1")
    scene.look()
    assert scene.stored() == {"model.pt": data}
    assert scene.store.sent == len(data)


def test_a_checkpoint_keeps_its_parts_when_it_gets_its_name(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholes, "PART", 1000)
    scene.write("model.new", os.urandom(5000))
    scene.look()
    (scene.output / "model.new").rename(scene.output / "model.pt")
    scene.look()
    assert scene.store.sent == 5000


def test_an_agent_that_starts_again_sends_nothing_twice(scene: Scene) -> None:
    scene.write("a/b.bin", b"1234")
    scene.write("metrics.jsonl", b"12")
    scene.look()
    scene.start("pod-1")
    scene.look()
    scene.publisher.finish()
    assert scene.store.sent == 6


@pytest.mark.parametrize("url", ["file:///folder", "counting://"])
def test_both_checksums_of_every_file_are_known_in_the_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(wholes, "PART", 1000)
    scene.store.url = url
    scene.write("small.pt", b"1234")
    scene.write("large.pt", os.urandom(40_000))
    for line in (b"one\n", b"two\n"):
        scene.write("metrics.jsonl", line, "ab")
        scene.write("metrics.1.jsonl", b"" if line == b"two\n" else line, "ab")
        scene.look()
    scene.publisher.finish()
    scene.attempts.save()
    for path, file in reader.files(scene.store, scene.run.full_name).items():
        data = (scene.output / path).read_bytes()
        assert (file.crc32c, file.sha256) == (google_crc32c.value(data), hashlib.sha256(data).hexdigest()), path


def test_a_file_that_grows_again_has_no_old_sha256(scene: Scene) -> None:
    scene.write("metrics.jsonl", b"one\n")
    scene.look()
    scene.publisher.finish()
    scene.attempts.save()
    scene.start("pod-2")
    scene.write("metrics.jsonl", b"two\n", "ab")
    scene.look()
    assert reader.files(scene.store, scene.run.full_name)["metrics.jsonl"].sha256 == ""


def test_the_checksum_of_what_an_earlier_attempt_wrote_is_no_progress(scene: Scene) -> None:
    scene.write("metrics.jsonl", b"one\n")
    scene.look()
    scene.start("pod-2")
    scene.publisher.finish()
    scene.attempts.save()
    found = manifest.load(scene.store, scene.run.full_name)[0]
    assert found.files["metrics.jsonl"].sha256 == hashlib.sha256(b"one\n").hexdigest()
    assert [attempt.progress for attempt in found.attempts] == [True, False]


def test_a_growing_file_of_a_checkpoint_that_had_its_day_is_not_named_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And when it is written to after all, under names that are not about to be deleted."""
    monkeypatch.setattr(unnamed, "LINGER", 0.0)
    scene.run = scene.run.but(keep=2)
    scene.start("pod-1")
    for step in range(5):
        scene.write(f"checkpoints/step-{step}/log.jsonl", b"%d\n" % step)
        scene.write(f"checkpoints/step-{step}/model.pt", b"%d" % step)
        os.utime(scene.output / f"checkpoints/step-{step}/model.pt", (step, step))
        os.utime(scene.output / f"checkpoints/step-{step}/log.jsonl", (step, step))
        scene.look()
    kept = {f"checkpoints/step-{step}/{name}" for step in (2, 3, 4) for name in ("log.jsonl", "model.pt")}
    assert scene.stored().keys() == kept
    scene.write("checkpoints/step-0/log.jsonl", b"more\n", "ab")
    scene.look(6)
    assert scene.stored()["checkpoints/step-0/log.jsonl"] == b"0\nmore\n"


def test_what_was_deleted_is_dropped_in_the_end_and_not_before(scene: Scene) -> None:
    scene.write("old.pt", b"1")
    scene.write("kept.pt", b"2")
    scene.look()
    (scene.output / "old.pt").unlink()
    scene.look()
    assert scene.stored() == {"kept.pt": b"2", "old.pt": b"1"}
    scene.publisher.finish()
    scene.attempts.save()
    assert scene.stored() == {"kept.pt": b"2"}


def test_names_that_look_unfinished_wait_for_the_end(scene: Scene) -> None:
    scene.write("model.pt.tmp", b"1")
    scene.look()
    assert scene.stored() == {}
    scene.publisher.finish()
    scene.attempts.save()
    assert scene.stored() == {"model.pt.tmp": b"1"}


def test_links_are_followed_inside_only_and_odd_files_are_left_out(scene: Scene) -> None:
    (scene.root / "secret").write_text("secret")
    scene.write("epoch3.ckpt", b"3")
    (scene.output / "last.ckpt").symlink_to("epoch3.ckpt")
    (scene.output / "outside").symlink_to(scene.root / "secret")
    (scene.output / "loop").symlink_to("loop")
    os.mkfifo(scene.output / "fifo")
    (Path(os.fsdecode(os.fsencode(scene.output) + b"/\xff.txt"))).write_text("not UTF-8")
    scene.look()
    scene.publisher.finish()
    scene.attempts.save()
    assert scene.stored() == {"epoch3.ckpt": b"3", "last.ckpt": b"3"}


def test_a_file_where_a_folder_was_is_stored(scene: Scene) -> None:
    scene.write("model/weights.pt", b"1")
    scene.look()
    (scene.output / "model" / "weights.pt").unlink()
    (scene.output / "model").rmdir()
    scene.write("model", b"2")
    scene.look(6)
    scene.publisher.finish()
    scene.attempts.settle(Verdict(0, 0, "command"))
    assert scene.stored() == {"model": b"2"}


def test_replaced_versions_are_removed_from_the_store(scene: Scene) -> None:
    for step in range(4):
        scene.write("last.ckpt", b"step %d" % step)
        scene.look()
    scene.publisher.finish()
    scene.attempts.save()
    scene.publisher.tidy(5.0)
    names = [info.name for info in scene.store.list(f"runs/{scene.run.full_name}/output/")]
    assert names == manifest.load(scene.store, scene.run.full_name)[0].files["last.ckpt"].objects


def test_what_the_stored_manifest_names_is_never_deleted_by_one_that_was_fenced(scene: Scene) -> None:
    scene.write("last.ckpt", b"step 1")
    scene.look()
    zombie = scene.publisher
    scene.start("pod-2")
    scene.write("last.ckpt", b"step 2")
    scene.publisher = zombie
    with pytest.raises(Fenced):
        scene.look()
    zombie.tidy(5.0)
    assert scene.stored() == {"last.ckpt": b"step 1"}


def test_what_has_arrived_is_named_when_the_time_is_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholes, "PART", 10)
    scene.write("checkpoints/state.json", b"{}")
    scene.write("big.bin", b"x" * 1000)
    arrived: list[bool] = []

    def slow(name: str, data: bytes, if_generation: int | None = None) -> ObjectInfo:
        while ".parts/" in name and not arrived:
            time.sleep(0.01)
        return CountingStore.put(scene.store, name, data, if_generation)

    monkeypatch.setattr(scene.store, "put", slow)
    with pytest.raises(TooLate):
        scene.publisher.finish(lambda: bool(scene.stored()))
    arrived.append(True)
    assert scene.stored() == {"checkpoints/state.json": b"{}"}
