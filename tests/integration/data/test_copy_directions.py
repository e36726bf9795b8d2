"""`ferry cp` from everywhere to everywhere, over each kind of store."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import google_crc32c
import pytest

from tests.integration.data.trees import tree
from tests.integration.gateway.server import Gateway, gateway
from trainferry import Ferry
from trainferry.data import catalog
from trainferry.errors import BadInput, Missing
from trainferry.runs import manifest, reader
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.store import Store, open_store

RUN, OTHER = "base-0a1b2c3d", "next-0a1b2c3d"
FILES = {
    "last.ckpt": os.urandom(3000),
    "checkpoints/best.pt": os.urandom(20 << 20),
    "checkpoints/step-1.pt": os.urandom(1000),
    "metrics.jsonl": b'{"step": 1}\n' * 9,
    "empty": b"",
}


@pytest.fixture(scope="session")
def claim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("claim") / "root") as running:
        yield running


@pytest.fixture(params=["file", "gs", "volume"])
def ferry(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ferry:
    """A project whose store has two finished runs and a dataset."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path))
    if request.param == "file":
        made = Ferry(store=(tmp_path / "store").as_uri())
    elif request.param == "gs":
        made = Ferry(store=f"gs://{request.getfixturevalue('bucket')}/team")
    else:
        running = request.getfixturevalue("claim")
        made = Ferry(store=(tmp_path / "unused").as_uri())
        made.__dict__["store"] = running.store(tmp_path.name)
        monkeypatch.setattr(made, "_open", partial(opened, running))
    for run in (RUN, OTHER):
        publish(made.store, run, FILES if run == RUN else {})
    make(tmp_path / "cats", {"a/1.png": b"one", "a/2.png": b"two", "big.bin": os.urandom(17 << 20), "readme": b"read"})
    made.push(tmp_path / "cats", "cats")
    return made


def opened(running: Gateway, url: str) -> Store:
    """What a cluster would find by the claim's name."""
    return open_store(url) if url.startswith("file:") else running.store(url.split("://")[1].partition("/")[2])


def publish(store: Store, run: str, files: dict[str, bytes]) -> None:
    """What an agent would have stored; the metrics in chunks."""
    stored = {}
    for age, (path, data) in enumerate(files.items()):
        names = [f"runs/{run}/output/1/{path}"]
        if path.endswith(".jsonl"):
            names = [f"{names[0]}.{number}" for number in range(3)]
            for number, name in enumerate(names):
                store.put(name, data[number * len(data) // 3 : (number + 1) * len(data) // 3])
        else:
            store.put(names[0], data)
        stored[path] = StoredFile(names, len(data), google_crc32c.value(data), 1, 0o644, 1.0 + age)
    manifest.save(store, OutputManifest(run, stored, [manifest.Attempt(1, "x", 0.0)], complete=True), 0)


def make(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def output(ferry: Ferry, run: str) -> dict[str, bytes]:
    """What the run's manifest names, with its bytes verified."""
    found = {}
    for path, stored in reader.files(ferry.store, run).items():
        found[path] = b"".join(reader.pieces(ferry.store, stored))
        assert (len(found[path]), google_crc32c.value(found[path])) == (stored.size, stored.crc32c)
    return found


def below(ferry: Ferry, path: str) -> str:
    return f"{ferry.store.url}/{path}"


def test_one_file_goes_under_its_name_several_keep_their_paths(ferry: Ferry, tmp_path: Path) -> None:
    ferry.copy("base:last", "mine.pt")
    ferry.copy("base:best", ".")
    ferry.copy("base:checkpoints", "folder/")
    ferry.copy(["base:last.ckpt", "base:*.jsonl"], "several")
    ferry.copy("base:.", "all")
    assert content(Path()) == {
        "mine.pt": FILES["checkpoints/step-1.pt"],
        "best.pt": FILES["checkpoints/best.pt"],
        "folder/checkpoints/best.pt": FILES["checkpoints/best.pt"],
        "folder/checkpoints/step-1.pt": FILES["checkpoints/step-1.pt"],
        "several/last.ckpt": FILES["last.ckpt"],
        "several/metrics.jsonl": FILES["metrics.jsonl"],
        **{f"all/{path}": data for path, data in FILES.items()},
    }


def test_local_files_become_part_of_a_runs_output(ferry: Ferry) -> None:
    make(Path("notes"), {"a.txt": b"a", "deep/b.bin": os.urandom(9 << 20)})
    ferry.copy("notes", "next:")
    ferry.copy("notes/a.txt", "next:")
    ferry.copy("notes/a.txt", "next:report/renamed.txt")
    expected = {f"notes/{path}": data for path, data in content(Path("notes")).items()}
    assert output(ferry, OTHER) == {**expected, "a.txt": b"a", "report/renamed.txt": b"a"}
    told = reader.files(ferry.store, OTHER)["a.txt"]
    assert told.sha256.startswith("ca978112ca1bbdca")
    make(Path(), {"c": b"c"})
    ferry.copy("c", "next:report")
    with pytest.raises(BadInput, match=r"a\.txt is a file already"):
        ferry.copy("c", "next:a.txt/x")
    assert output(ferry, OTHER)["report/c"] == b"c"


def test_of_one_run_into_another_nothing_travels(ferry: Ferry) -> None:
    ferry.copy("base:best", "next:from-base.pt")
    ferry.copy("base:metrics.jsonl", "next:")
    expected = {"from-base.pt": FILES["checkpoints/best.pt"], "metrics.jsonl": FILES["metrics.jsonl"]}
    assert output(ferry, OTHER) == expected


def test_a_dataset_gives_files_and_takes_them(ferry: Ferry, tmp_path: Path) -> None:
    before = catalog.versions(ferry.store, "cats")[-1]
    make(Path(), {"new.png": b"new"})
    ferry.copy("new.png", "cats:a/3.png")
    ferry.copy("new.png", "cats:a/1.png")
    ferry.copy("base:last.ckpt", "cats:models/")
    ferry.copy("cats:a", "now")
    ferry.copy("cats:big.bin", "big")
    ferry.copy(f"cats@{before[:8]}:a/*.png", "then")
    assert content(Path("now")) == {"a/1.png": b"new", "a/2.png": b"two", "a/3.png": b"new"}
    assert content(Path("then")) == {"a/1.png": b"one", "a/2.png": b"two"}
    ferry.pull("cats", "whole")
    original = content(tmp_path / "cats")
    added = {"a/1.png": b"new", "a/3.png": b"new", "models/last.ckpt": FILES["last.ckpt"]}
    assert content(Path("whole")) == {**original, **added}
    assert Path("big").read_bytes() == original["big.bin"]


def test_urls_are_sources_and_targets(ferry: Ferry) -> None:
    make(Path("models"), {"a.pt": b"a", "b/c.pt": os.urandom(17 << 20), "b/d.txt": b"d"})
    ferry.copy("models", below(ferry, "area/"))
    ferry.copy("models/a.pt", below(ferry, "area/single"))
    ferry.copy("base:best", below(ferry, "area/best.pt"))
    ferry.copy("cats:readme", below(ferry, "area/"))
    ferry.copy(below(ferry, "area/models/b"), "out")
    ferry.copy(below(ferry, "area/models/*.pt"), "globbed")
    ferry.copy(below(ferry, "area/single"), ".")
    ferry.copy(below(ferry, "area/best.pt"), "next:copied.pt")
    names = {info.name: info.size for info in ferry.store.list("area/")}
    assert sorted(names) == [
        "area/best.pt", "area/models/a.pt", "area/models/b/c.pt", "area/models/b/d.txt", "area/readme", "area/single",
    ]  # fmt: skip
    assert content(Path("out")) == {f"b/{path}": data for path, data in content(Path("models/b")).items()}
    assert sorted(content(Path("globbed"))) == ["a.pt", "b/c.pt"]
    assert Path("single").read_bytes() == b"a"
    assert output(ferry, OTHER) == {"copied.pt": FILES["checkpoints/best.pt"]}
    assert list(ferry.store.list("cp.parts/")) == []


def test_between_two_stores_bytes_pass_through_memory(ferry: Ferry, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    ferry.copy("base:.", f"{elsewhere.as_uri()}/copied/")
    ferry.copy("cats:.", f"{elsewhere.as_uri()}/cats/")
    kept = {path: data for path, data in content(elsewhere).items() if not path.startswith(".ferry")}
    expected = {f"copied/{path}": data for path, data in FILES.items()}
    assert kept == {**expected, **{f"cats/{path}": data for path, data in content(tmp_path / "cats").items()}}
    assert list(open_store(elsewhere.as_uri()).list("cp.parts/")) == []


@pytest.mark.parametrize("ferry", ["file"], indirect=True)
def test_a_share_is_a_source(ferry: Ferry) -> None:
    """Of a bucket: tests/integration/share; of a claim: tests/e2e/volume."""
    shared = ferry.share("base", ["metrics.jsonl"])
    ferry.serving().stop()  # the one that the share started
    ferry.copy(f"share:{shared.record.id}", "shared.jsonl")
    ferry.copy(f"share:{shared.record.id}", "next:")
    assert Path("shared.jsonl").read_bytes() == FILES["metrics.jsonl"]
    assert output(ferry, OTHER) == {"metrics.jsonl": FILES["metrics.jsonl"]}


def test_what_is_not_there_names_what_is(ferry: Ferry) -> None:
    for typed, line in {
        "base:nope": f"{RUN} has no nope; it has checkpoints/best.pt, checkpoints/step-1.pt, empty, last.ckpt",
        "cats:nope": "has no nope; it has a, big.bin, readme",
        below(ferry, "nope"): f"nothing at {below(ferry, 'nope')}",
        "nobody:best": 'no run "nobody"',
    }.items():
        with pytest.raises(Missing) as caught:
            ferry.copy(typed, "out")
        assert line in str(caught.value)
    assert not Path("out").exists()


def test_a_run_and_a_dataset_of_one_name_are_told_apart(ferry: Ferry, tmp_path: Path) -> None:
    ferry.push(tmp_path / "cats", "base")
    with pytest.raises(BadInput, match=f'cp base: run {RUN} and dataset "base" are both meant'):
        ferry.copy("base:last.ckpt", ".")
    ferry.copy(f"{RUN}:last.ckpt", ".")
    ferry.copy("base@:readme", ".")
    assert sorted(content(Path())) == ["last.ckpt", "readme"]


def test_what_is_in_the_way_is_one_line_and_stays(ferry: Ferry) -> None:
    make(Path("out/last.ckpt"), {"inside": b"1"})
    make(Path(), {"file": b"2"})
    Path("link").symlink_to("/")
    for source, target, line in [
        ("base:last.ckpt", "out", "out/last.ckpt: in the way, a folder"),
        ("base:checkpoints", "file", "2 files do not fit into the file file"),
        ("base:checkpoints", "file/x", "file/x: a part of this name is a file already"),
    ]:
        with pytest.raises(BadInput, match=line):
            ferry.copy(source, target)
    Path("sub").mkdir()
    Path("sub/checkpoints").symlink_to("/tmp")
    with pytest.raises(BadInput, match="sub/checkpoints: in the way, and not a folder"):
        ferry.copy("base:checkpoints", "sub/")
    assert content(Path("out")) == {"last.ckpt/inside": b"1"}
    assert Path("file").read_bytes() == b"2"


@pytest.mark.parametrize("ferry", ["gs", "volume"], indirect=True)
def test_within_one_bucket_or_claim_nothing_travels(ferry: Ferry) -> None:
    """Also to a corner of it that is outside of the project's store."""
    outside = ferry.store.url.rpartition("/")[0] + "/elsewhere"
    ferry.copy("base:best", f"{outside}/deep/")
    ferry.copy("base:metrics.jsonl", f"{outside}/deep/m")
    ferry.copy(f"{outside}/deep", ".")
    assert content(Path()) == {"deep/best.pt": FILES["checkpoints/best.pt"], "deep/m": FILES["metrics.jsonl"]}
