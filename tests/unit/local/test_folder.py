"""What the local engine keeps on disk."""

from pathlib import Path

from trainferry.local.folder import Order, Patience, RunFolder, home
from trainferry.runs import phases
from trainferry.runs.phases import Status
from trainferry.spec.runspec import RunSpec

SPEC = RunSpec("base", ("python", "train.py"), "file:///store", env=(("A", "1"),))


def test_the_state_folder_is_the_one_of_the_user_unless_named() -> None:
    assert home({"HOME": "/home/ann"}) == Path("/home/ann/.local/state/ferry")
    assert home({"HOME": "/home/ann", "XDG_STATE_HOME": "/state"}) == Path("/state/ferry")
    assert home({"HOME": "/home/ann", "XDG_STATE_HOME": "/state", "FERRY_HOME": "/here"}) == Path("/here")


def test_an_order_comes_back_as_it_was_given(tmp_path: Path) -> None:
    folder, order = RunFolder(tmp_path, SPEC.full_name), Order(SPEC, 12.5, Patience(grace=3))
    assert folder.order() is None
    folder.write_order(order)
    assert folder.order() == order


def test_the_phase_follows_the_control_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "base-12345678")
    control = folder.attempt(1) / "control"
    control.mkdir(parents=True)
    folder.write_status(Status(phases.FETCHING, attempt=1, pod=str(control.parent)))
    seen = [folder.status()]
    (control / "ready").write_text('{"attempt": 2, "already": false, "error": null}')
    seen.append(folder.status())
    (control / "done").write_text("{}")
    seen.append(folder.status())
    assert [(s.phase, s.attempt) for s in seen] == [("Fetching", 1), ("Running", 2), ("Saving", 2)]


def test_a_failed_fetch_is_not_running(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "base-12345678")
    control = folder.attempt(1) / "control"
    control.mkdir(parents=True)
    folder.write_status(Status(phases.FETCHING, attempt=1, pod=str(control.parent)))
    (control / "ready").write_text('{"attempt": 1, "already": false, "error": {"code": 66, "reason": "no data"}}')
    assert folder.status().phase == phases.FETCHING
