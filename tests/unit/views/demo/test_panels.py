"""What the panels of a demo say, of values as the runs leave them."""

import json
import re
from html import unescape

import pytest

from trainferry.errors import BadInput
from trainferry.runs.comparison import compare
from trainferry.runs.manifest import Attempt, Verdict
from trainferry.runs.predictions import parse
from trainferry.runs.record import Record
from trainferry.views.demo import bars, before_after, mistakes, repeat, result, story
from trainferry.views.demo.kinds import KINDS, part
from trainferry.views.demo.panel import MIME, Panel
from trainferry.views.pictures import Sheet

TABLE = """id,label,prediction,image,cat,dog
1,cat,cat,a.png,0.9,0.1
2,cat,dog,b.png,0.2,0.8
3,cat,dog,,0.4,0.6
4,dog,dog,d.png,0.1,0.9
"""
SHEET = Sheet("data:image/webp;base64,AAAA", 2, 1, 16, {"a.png": 0, "b.png": 1})


def words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def drawn(kind: str, values: object) -> str:
    """By way of JSON, as a notebook keeps it."""
    return words(part(kind, json.loads(json.dumps(values))).html)


def test_the_result_is_a_number_of_a_hundred() -> None:
    values = result.values(parse(TABLE, "x"))
    assert values == {
        "right": 2,
        "images": 4,
        "classes": 2,
        "worst": {"name": "cat", "right": 1, "images": 3, "taken_for": "dog"},
    }
    assert drawn("result", values) == (
        "50 of 100 pictures right The model was asked about 4 pictures that it had never seen, of 2 kinds. 2 of its "
        "answers were right: 50.0 %. Of other pictures of these kinds it would most probably be 15 to 85 of 100. "
        "Hardest for it: cat , 33 of 100 right, mostly taken for dog ."
    )
    assert part("result", values).html.count("class=right") == 50


def test_a_table_without_labels_has_no_result() -> None:
    values = result.values(parse("id,label,prediction,cat\n1,,cat,1\n", "x"))
    assert drawn("result", values) == "No picture of the test has a label, so nobody can say how many are right."


def test_bars_begin_with_the_hardest_class() -> None:
    values = bars.values(parse(TABLE, "x"))
    assert [one["name"] for one in values["classes"]] == ["cat", "dog"]
    assert drawn("bars", values).endswith(
        "cat 33.3 % (6-79) of 3 2 taken for dog dog 100.0 % (21-100) of 1 never taken for another"
    )


def test_mistakes_begin_with_the_surest_and_have_their_pictures() -> None:
    predictions = parse(TABLE, "x")
    rows = mistakes.rows(predictions)
    assert [row.id for row in rows] == ["2", "3"]
    values = mistakes.values(predictions, rows, SHEET)
    assert [one["cell"] for one in values["mistakes"]] == [1, None]
    assert drawn("mistakes", values).endswith("is cat , not dog 80 % sure is cat , not dog 60 % sure")
    assert "data:image/webp;base64,AAAA" in part("mistakes", values).style


def test_before_and_after_says_what_compare_says() -> None:
    before = parse("id,label,prediction,a,b\n" + "".join(f"{n},a,b,0,1\n" for n in range(99)) + "x,b,b,0,1\n", "x")
    after = parse("id,label,prediction,a,b\n" + "".join(f"{n},a,a,1,0\n" for n in range(99)) + "x,b,b,0,1\n", "x")
    found = compare(before, [after], ("one", "two"))[0]
    said = drawn("before_after", before_after.values(("one", "two"), found, repeated=False))
    assert said.startswith("At first a was the hardest: 0 of 100 right, 100 after the second try. Two is better,")
    same = compare(before, [before], ("one", "two"))[0]
    said = drawn("before_after", before_after.values(("one", "two"), same, repeated=False))
    assert "The same answers to all 100 images." in said
    assert drawn("before_after", before_after.nothing()) == ""


LINES = [{"step": 10 * at, "accuracy": 0.1 * at, "time": 100.0 + 10 * at} for at in range(1, 6)]


def attempts(*moments: tuple[float, float]) -> list[Attempt]:
    found = enumerate(moments, 1)
    return [Attempt(at, str(at), start, verdict=Verdict(0, 0, "command", ended=end)) for at, (start, end) in found]


def test_the_story_marks_where_it_was_interrupted() -> None:
    values = story.values(LINES, attempts((100, 125), (128, 160)))
    assert values == {
        "points": [{"at": 10 * at, "share": round(0.1 * at, 5)} for at in range(1, 6)],
        "stops": [20],
        "attempts": 2,
        "seconds": 57,
    }
    assert drawn("story", values).startswith(
        "On pictures that it did not learn from it went from 10 to 50 of 100 right, in 57 seconds. The machine was "
        "taken away from it once (the dashed line); it went on from what it had saved."
    )
    assert part("story", values).html.count("class=stop") == 1


def test_a_story_without_clocks_has_no_marks_and_one_without_numbers_is_empty() -> None:
    plain = [{"step": line["step"], "accuracy": line["accuracy"]} for line in LINES]
    values = story.values(plain, attempts((0, 7200), (7300, 14500), (14600, 21800)))
    assert values["stops"] == []
    assert "in 6.0 hours. The machine was taken away from it twice; it went" in drawn("story", values)
    assert drawn("story", story.values([{"step": 1, "loss": 3.0}], attempts((0, 1)))) == ""


def test_a_long_story_is_thinned_and_keeps_its_end() -> None:
    lines = [{"step": at, "accuracy": at / 2000} for at in range(1, 2001)]
    points = story.values(lines, attempts((0, 1)))["points"]
    assert 300 <= len(points) <= 500
    assert points[-1] == {"at": 2000, "share": 1.0}


def test_how_to_repeat_it_names_what_it_was_made_of() -> None:
    spec = {
        "command": ["python", "a b.py"],
        "code": "c0ffee" * 8,
        "image": "r/t@sha256:1",
        "data": [{"name": "d", "dataset": "pets", "version": "3f9c"}],
    }
    said = drawn("repeat", repeat.values("base-1", Record("base-1", spec, commit="1c0ffee", dirty=2)))
    assert said.endswith(
        "ferry rerun base-1 Program python 'a b.py' Code commit 1c0ffee and 2 changed files, snapshot c0ffeec0ffee "
        "Data pets@3f9c Image r/t@sha256:1"
    )
    assert drawn("repeat", repeat.values("base-1", None)).endswith("ferry rerun base-1")


def test_a_panel_in_a_notebook_has_a_preview_and_its_values() -> None:
    values = repeat.values("base-1", None)
    bundle = Panel("repeat", values)._repr_mimebundle_()
    assert bundle[MIME] == {"kind": "repeat", "data": values}
    assert bundle["text/html"].startswith('<iframe sandbox="allow-scripts" srcdoc="&lt;!doctype html&gt;')
    assert bundle["text/plain"] == "panel repeat"


def test_a_panel_that_has_nothing_to_show_says_so() -> None:
    panel = Panel("before_after", before_after.nothing())
    assert panel.empty
    assert panel._repr_mimebundle_()["text/html"] == "<i>nothing to show</i>"


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=re.escape(f"no panel of the kind 'pie'; there are {', '.join(KINDS)}")):
        Panel("pie", {})
