"""Which files a folder has, and which it may not have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainferry.data import scan
from trainferry.errors import BadInput, Changed


def make(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        scan.scan(folder)
    return str(caught.value)


def test_files_come_by_path_with_what_they_can_do(tmp_path: Path) -> None:
    make(tmp_path, "b/c", "b-d", "a", "größe\n/日本")
    (tmp_path / "a").chmod(0o750)
    found = [(file.path, file.size, file.mode) for file in scan.scan(tmp_path)]
    assert found == [("a", 1, "755"), ("b-d", 3, "644"), ("b/c", 3, "644"), ("größe\n/日本", 15, "644")]


def test_a_link_to_a_file_inside_counts_as_the_file(tmp_path: Path) -> None:
    make(tmp_path, "real/file")
    (tmp_path / "link").symlink_to("real/file")
    assert [scan.read(str(tmp_path), file) for file in scan.scan(tmp_path)] == [b"real/file", b"real/file"]


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "folder", "nowhere", "link", "../outside"])
def test_other_links_are_refused_by_name(target: str, tmp_path: Path) -> None:
    make(tmp_path, "outside", "in/folder/file")
    (tmp_path / "in/link").symlink_to(target)
    inside = tmp_path / "in"
    assert refusal(inside) == f"{inside}/link: a link that does not end at a file inside {inside}"


def test_a_pipe_is_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path) == f"{tmp_path}/pipe: neither a file nor a folder"


def test_a_name_that_is_not_utf8_is_refused_and_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_text("")
    expected = f"{tmp_path}/caf\\xe9: the name is not UTF-8   rename it, for example with convmv"
    assert refusal(tmp_path) == expected


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "only/folders").mkdir(parents=True)
    assert refusal(tmp_path) == f"{tmp_path}: no files in this folder"


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x") == f"{tmp_path}/x: no such file or directory"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    make(tmp_path, "secret").joinpath("secret").chmod(0)
    code = (
        "import sys; from pathlib import Path; from trainferry.data import scan; f = Path(sys.argv[1])\n"
        "try: scan.read(str(f), scan.scan(f)[0])\nexcept scan.BadInput as e: print(e)"
    )
    command = ["unshare", "--user", sys.executable, "-c", code, str(tmp_path)]  # root without root's rights
    assert subprocess.check_output(command, text=True) == f"{tmp_path}/secret: permission denied\n"


@pytest.mark.parametrize("change", [b"longer now", b"", b"same"])
def test_a_file_that_changes_meanwhile_is_named(change: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"4444")
    (found,) = scan.scan(tmp_path)
    (tmp_path / "file").write_bytes(change)
    os.utime(tmp_path / "file", ns=(1, found.mtime + 1))
    for read in (lambda: scan.read(str(tmp_path), found), lambda: list(scan.pieces(str(tmp_path), found))):
        with pytest.raises(Changed, match=f"^{tmp_path}/file changed while it was read"):
            read()
