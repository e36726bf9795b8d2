"""Snapshots of real folders and real git work trees."""

import hashlib
import os
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path

import pytest

from trainferry.data import archive
from trainferry.errors import BadInput, FerryError
from trainferry.ship.snapshot import Snapshot, take, upload
from trainferry.store import open_store


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder without git, a cache and a git configuration of its own."""
    for name, value in {"XDG_CACHE_HOME": "cache", "HOME": "home", "GIT_CONFIG_GLOBAL": "gitconfig"}.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    (tmp_path / "gitconfig").write_text("[user]\nname = a\nemail = a@b.c\n[protocol.file]\nallow = always\n")
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def fill(folder: Path, *names: str) -> None:
    """Files that hold their own names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


def names(taken: Snapshot) -> list[str]:
    with tarfile.open(taken.path) as tar:
        return tar.getnames()


def test_without_git_everything_but_junk_travels(project: Path):
    fill(project, "train.py", "a/b.txt", "a/__pycache__/b.pyc", "c.pyc", ".venv/x", "env/pyvenv.cfg", "node_modules/x",
         ".ipynb_checkpoints/x", "ferry-store/runs/x", "results/.ferry/lock", "results/runs/x", ".env")  # fmt: skip
    assert names(take(project)) == [".env", "a/b.txt", "train.py"]


def test_both_kinds_of_ignore_files_count_without_git(project: Path):
    fill(project, "train.py", "big/x.bin", "secret", "keep/x.bin")
    (project / ".ferryignore").write_text("/big/\n.*ignore\n")
    (project / ".gitignore").write_text("secret\n")
    assert names(take(project)) == ["keep/x.bin", "train.py"]


def test_a_folder_that_says_it_is_no_code_stays_at_home(project: Path):
    fill(project, "train.py", "manifests/run.yaml", "notes/a.txt")
    (project / "manifests" / ".ferryignore").write_text("*\n")
    (project / "notes" / ".ferryignore").write_text("a.txt\n")
    assert names(take(project)) == ["notes/.ferryignore", "notes/a.txt", "train.py"]


def test_git_says_what_travels_and_what_is_changed(project: Path):
    fill(project, "train.py", "gone.py", "same.py", "data/x.bin", "notes/a.txt")
    (project / ".gitignore").write_text("data/\n*.log\n")
    (project / ".ferryignore").write_text("notes/\n")
    commit = committed(project)
    fill(project, "new.py", "run.log", "ferry-store/x")
    (project / "train.py").write_text("changed")
    (project / "gone.py").unlink()
    taken = take(project)
    assert names(taken) == [".ferryignore", ".gitignore", "new.py", "same.py", "train.py"]
    assert (taken.files, taken.commit, taken.dirty, taken.without) == (5, commit, 3, ())


def test_a_folder_of_a_work_tree_is_a_project_too(project: Path):
    fill(project, "other/x.py", "mine/train.py", "mine/é ü.txt")
    commit = committed(project)
    fill(project, "other/new.py", "mine/new.py")
    taken = take(project / "mine")
    assert (names(taken), taken.commit, taken.dirty) == (["new.py", "train.py", "é ü.txt"], commit, 1)


def test_a_folder_that_the_outer_repository_ignores_is_one_without_git(project: Path):
    fill(project, "x.py", "scratch/train.py")
    (project / ".gitignore").write_text("scratch/\n")
    committed(project)
    taken = take(project / "scratch")
    assert (names(taken), taken.commit) == (["train.py"], "")


def test_a_repository_without_a_commit_has_none(project: Path):
    fill(project, "train.py")
    git(project, "init", "-q")
    taken = take(project)
    assert (names(taken), taken.commit, taken.dirty) == (["train.py"], "", 1)


def test_submodules_travel_when_they_are_checked_out_and_are_named_when_not(project: Path, tmp_path: Path):
    fill(tmp_path / "library", "lib.py", "deep/er.py")
    committed(tmp_path / "library")
    fill(project, "train.py")
    committed(project)
    git(project, "submodule", "--quiet", "add", str(tmp_path / "library"), "here")
    git(project, "submodule", "--quiet", "add", str(tmp_path / "library"), "away")
    git(project, "submodule", "--quiet", "deinit", "-f", "away")
    taken = take(project)
    assert names(taken) == [".gitmodules", "here/deep/er.py", "here/lib.py", "train.py"]
    assert taken.without == ("away",)


def test_the_same_code_is_the_same_bytes_wherever_and_whenever(project: Path, tmp_path: Path):
    fill(project, "b.py", "a/x.sh")
    (project / "a/x.sh").chmod(0o700)
    one = take(project)
    first = one.path.read_bytes()
    copy = tmp_path / "elsewhere"
    fill(copy, "a/x.sh", "b.py")
    (copy / "a/x.sh").chmod(0o775)
    (copy / "b.py").chmod(0o600)
    os.utime(copy / "b.py", (1, 1))
    committed(copy)
    one.path.unlink()
    two = take(copy)
    assert (two.digest, two.path.read_bytes()) == (one.digest, first)
    with tarfile.open(two.path) as tar:
        assert [(m.name, oct(m.mode), m.uid, m.mtime, m.uname) for m in tar] == [
            ("a/x.sh", "0o755", 0, 0, ""), ("b.py", "0o644", 0, 0, ""),
        ]  # fmt: skip


def test_the_digest_is_that_of_the_tar_inside(project: Path):
    fill(project, "train.py")
    taken = take(project)
    tar = zlib.decompress(taken.path.read_bytes(), wbits=31)
    assert taken.digest == hashlib.sha256(tar).hexdigest()
    assert taken.path.name == f"{taken.digest}.tar.gz"


def test_a_name_a_byte_and_the_right_to_execute_each_make_another_digest(project: Path):
    fill(project, "train.py")
    digests = [take(project).digest]
    (project / "train.py").chmod(0o755)
    digests.append(take(project).digest)
    (project / "train.py").write_text("train.pz")
    digests.append(take(project).digest)
    (project / "train.py").rename(project / "task.py")
    digests.append(take(project).digest)
    assert len(set(digests)) == 4


def test_links_inside_travel_as_what_they_lead_to(project: Path, tmp_path: Path):
    fill(project, "conf/base.yaml", "conf/deep/x.yaml")
    (project / "now.yaml").symlink_to("conf/base.yaml")
    (project / "same").symlink_to(project / "conf")
    archive.unpack(take(project).path, tmp_path / "out")
    unpacked = sorted((tmp_path / "out").rglob("*"))
    assert {str(p.relative_to(tmp_path / "out")): p.read_text() for p in unpacked if p.is_file()} == {
        "conf/base.yaml": "conf/base.yaml", "conf/deep/x.yaml": "conf/deep/x.yaml", "now.yaml": "conf/base.yaml",
        "same/base.yaml": "conf/base.yaml", "same/deep/x.yaml": "conf/deep/x.yaml",
    }  # fmt: skip
    assert not [p for p in unpacked if p.is_symlink()]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/hostname", "leads to /etc/hostname, which does not travel"),
        ("nothing", "leads to nothing"),
        (".", "leads to {project}, which does not travel"),
        (".venv/python", "leads to {project}/.venv/python, which does not travel"),
    ],
)
def test_links_that_lead_outside_are_refused_by_name(project: Path, target: str, reason: str):
    fill(project, "train.py", ".venv/python")
    (project / "data").symlink_to(target)
    with pytest.raises(BadInput) as error:
        take(project)
    said = reason.format(project=project)
    assert str(error.value) == f"data: this link {said}   leave it out: a line  /data  in .ferryignore"


def test_too_much_names_the_ten_largest_and_what_to_do(project: Path):
    for number in range(12):
        with (project / f"{number:02}.bin").open("wb") as file:
            file.truncate((20 + number) << 20)
    with pytest.raises(BadInput) as error:
        take(project)
    largest = ", ".join(f"{number:02}.bin {20 + number}.0 MiB" for number in range(11, 1, -1))
    assert str(error.value) == (
        f"{project} holds 306.0 MiB of code, more than 200.0 MiB; the largest: {largest}"
        "   leave data out with .gitignore or .ferryignore and send it with  ferry data push"
    )


def test_a_folder_of_data_is_not_taken_for_code(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trainferry.ship.worktree.MOST_FILES", 3)
    fill(project, *"abcd")
    with pytest.raises(BadInput) as error:
        take(project)
    assert str(error.value) == (
        f"{project} holds more than 3 files to ship as code"
        "   `cd` to the code, or leave data out with .gitignore or .ferryignore"
    )


def test_an_empty_folder_is_refused(project: Path):
    with pytest.raises(BadInput) as error:
        take(project)
    assert str(error.value) == f"{project}: no code here to ship   cd to the folder of the training code"


def test_a_name_that_is_not_utf8_is_refused_by_name(project: Path):
    Path(os.fsdecode(os.fsencode(project) + b"/caf\xe9.py")).write_text("x")
    with pytest.raises(BadInput) as error:
        take(project)
    assert str(error.value) == (
        r"caf\xe9.py: the name is not UTF-8 and cannot travel   leave it out: a line  /caf\xe9.py  in .ferryignore"
    )


def test_a_file_that_cannot_be_read_is_named():
    """Everything can be read by root: so another user takes the snapshot, in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        fill(folder, "train.py", "locked")
        (folder / "locked").chmod(0)
        assert as_nobody(folder, folder / "cache") == f"Forbidden {folder}/locked: permission denied"


def as_nobody(folder: Path, cache: Path) -> str:
    """What a user who owns nothing is told by `take`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.seteuid(65534)
        os.environ["XDG_CACHE_HOME"] = str(cache)
        try:
            take(folder)
        except FerryError as error:
            os.write(writer, f"{type(error).__name__} {error}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader) as said:
        return said.read()


def test_a_broken_repository_is_one_line(project: Path):
    fill(project, "train.py")
    committed(project)
    (project / ".git" / "HEAD").write_text("nonsense")
    with pytest.raises(BadInput) as error:
        take(project)
    assert str(error.value).splitlines() == [str(error.value)]
    assert str(error.value).startswith(f"git in {project}: fatal: not a git repository")


def test_it_travels_once(project: Path, tmp_path: Path):
    fill(project, "train.py")
    store = open_store(f"file://{tmp_path}/store")
    taken = take(project)
    assert [upload(store, taken), upload(store, taken)] == [True, False]
    assert store.get(f"code/{taken.digest}.tar.gz") == taken.path.read_bytes()


def test_archives_that_nobody_used_for_a_week_leave_the_cache(project: Path):
    fill(project, "train.py")
    old = take(project).path
    os.utime(old, (1, 1))
    (project / "train.py").write_text("new")
    new = take(project).path
    assert list(old.parent.iterdir()) == [new]
