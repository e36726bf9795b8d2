"""An attempt that was taken for dead and still publishes: it changes nothing that a reader of the run sees."""

from pathlib import Path

from tests.integration.agent.pod import Pod, read, spec
from trainferry.runs import reader
from trainferry.store import open_store


def test_a_zombie_is_fenced_and_nothing_of_the_next_attempt_is_lost(url: str, tmp_path: Path) -> None:
    run = spec(url, "--steps", "60", "--pause", "0.05", "--kilobytes", "300")
    zombie = Pod(tmp_path, run).until("step 5\n")
    heir = Pod(tmp_path, run)
    assert (zombie.wait(), heir.wait()) == (75, 0), (zombie.said(), heir.said())
    assert "a newer attempt of this run has taken over" in zombie.said()
    found, store = read(run), open_store(url)
    assert found.complete
    assert {file.attempt for file in found.files.values()} == {2}
    for path, file in found.files.items():
        assert b"".join(reader.pieces(store, file)) == (heir.output / path).read_bytes()
