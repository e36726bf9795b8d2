"""What counts as a byte that moved."""

from pathlib import Path

from trainferry.agent.moved import Moved
from trainferry.agent.wrapper.control import Control


def test_what_is_sent_again_of_the_same_version_does_not_look_like_news(tmp_path: Path) -> None:
    moved = Moved(Control(str(tmp_path)))
    for version, pieces in (("a", [4, 4]), ("a", [4, 4]), ("a", [4, 4, 2]), ("b", [4])):
        add = moved.once("model.pt", version)
        for piece in pieces:
            add(piece)
    assert moved.bytes == 8 + 2 + 4
