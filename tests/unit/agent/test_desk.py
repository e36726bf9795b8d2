import socket
from contextlib import closing
from pathlib import Path

from trainferry.agent import desk


def laid_out(folder: Path) -> dict[str, str]:
    """Name -> where it leads, as JupyterLab shows it."""
    places = {name: str(folder / name) for name in ("project", "data", "run")}
    for place in places.values():
        Path(place).mkdir(exist_ok=True)
    desk.lay_out(folder / "desk", folder / "code", places)
    return {link.name: link.readlink().name for link in (folder / "desk").iterdir()}


def code(folder: Path) -> None:
    (folder / "code" / "package").mkdir(parents=True)
    (folder / "code" / "train.py").write_text("1")
    (folder / "code" / "package" / "model.py").write_text("2")


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_project_begins_with_the_code(tmp_path: Path):
    code(tmp_path)
    (tmp_path / "project" / "checkpoints").mkdir(parents=True)  # made for every run
    assert laid_out(tmp_path) == {"project": "project"}
    assert files(tmp_path / "project") == {"train.py": "1", "package/model.py": "2"}
    assert not (tmp_path / "project" / "checkpoints").exists()


def test_a_project_that_was_worked_in_stays_as_it_is(tmp_path: Path):
    code(tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "train.py").write_text("mine")
    laid_out(tmp_path)
    assert files(tmp_path / "project") == {"train.py": "mine"}


def test_data_and_results_are_shown_where_there_are_some(tmp_path: Path):
    code(tmp_path)
    for name in ("data", "run"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")
    assert laid_out(tmp_path) == laid_out(tmp_path) == {"project": "project", "data": "data", "run": "run"}


def test_the_token_is_told_on_the_loopback(tmp_path: Path):
    (tmp_path / "token").write_text("secret")
    with closing(desk.tell(tmp_path / "token", 0)) as listening:
        address, port = listening.getsockname()
        told = []
        for _ in range(2):
            with socket.create_connection((address, port), 5) as asking:
                told.append(asking.makefile().read())
    assert (address, told) == ("127.0.0.1", ["secret\n", "secret\n"])
