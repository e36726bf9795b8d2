import socket
from contextlib import closing
from pathlib import Path

from trainferry.agent import desk


def furnished(folder: Path) -> dict[str, str]:
    """The project, as JupyterLab shows it."""
    desk.furnish(folder / "code", folder / "project")
    return files(folder / "project")


def code(folder: Path) -> None:
    (folder / "code" / "package").mkdir(parents=True)
    (folder / "code" / "train.py").write_text("1")
    (folder / "code" / "package" / "model.py").write_text("2")


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_project_begins_with_the_code(tmp_path: Path):
    code(tmp_path)
    (tmp_path / "project" / "checkpoints").mkdir(parents=True)  # made for every run
    assert furnished(tmp_path) == {"train.py": "1", "package/model.py": "2"}
    assert not (tmp_path / "project" / "checkpoints").exists()


def test_a_project_that_was_worked_in_stays_as_it_is(tmp_path: Path):
    code(tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "train.py").write_text("mine")
    assert furnished(tmp_path) == {"train.py": "mine"}


def test_the_token_is_told_on_the_loopback(tmp_path: Path):
    (tmp_path / "token").write_text("secret")
    with closing(desk.tell(tmp_path / "token", 0)) as listening:
        address, port = listening.getsockname()
        told = []
        for _ in range(2):
            with socket.create_connection((address, port), 5) as asking:
                told.append(asking.makefile().read())
    assert (address, told) == ("127.0.0.1", ["secret\n", "secret\n"])
