"""Which models a page can run, and what its panels say of all others; what a stranger wrote into them is refused."""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.unit.views import made
from trainferry.errors import BadInput
from trainferry.runs.predictions import Predictions, Row
from trainferry.views.demo import quiz, try_it, weights
from trainferry.views.demo.kinds import part
from trainferry.views.pictures import Sheet, sheet

CLASSES = made.CLASSES
ABOUT: dict[str, Any] = {"classes": CLASSES, "shape": [3, 12, 12], "model": "small"}
Shapes = dict[str, tuple[int, ...]]


def shapes(wide: int = 4) -> Shapes:
    """Of a small net for three channels and four classes."""
    found: Shapes = {"mean": (3,), "std": (3,), "head.weight": (len(CLASSES), wide)}
    sizes = {"stem": (3, 2, 4), "grow": (2, 3, 3), "widen": (3, wide, 3), "refine": (wide, wide, 3)}
    for name, (inward, outward, kernel) in sizes.items():
        found[f"{name}.0.weight"] = (outward, inward, kernel, kernel)
        found |= {f"{name}.1.{one}": (outward,) for one in ("weight", "bias", "running_mean", "running_var")}
        found[f"{name}.1.num_batches_tracked"] = ()
    return found


def file(found: Mapping[str, tuple[int, ...]], about: object = ABOUT, number: float = 0.5) -> bytes:
    """As the trainer leaves it: float32, counters as int64."""
    header: dict[str, Any] = {"__metadata__": {"about": json.dumps(about)}}
    data = b""
    for name, shape in found.items():
        count, counter = 1, name.endswith("tracked")
        for size in shape:
            count *= size
        new = struct.pack("<q", 7) if counter else struct.pack("<f", number) * count
        header[name] = {"dtype": "I64" if counter else "F32", "shape": [*shape]}
        header[name]["data_offsets"] = [len(data), len(data) + len(new)]
        data += new
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def renamed(old: str, new: str) -> Callable[[Shapes], Shapes]:
    return lambda found: {name.replace(old, new): shape for name, shape in found.items()}


OTHER = "it is not the small or the medium net of the reference trainer"
NO_NETS = [
    (file({**shapes(), "more": (300_000,)}), "it has 300,476 weights; in a page 300,000 is the most"),
    (file(renamed("grow", "tall")(shapes())), OTHER),
    (file({name: shape for name, shape in shapes().items() if name != "std"}), OTHER),
    (file({**shapes(), "stem.0.weight": (2, 3, 3, 3)}), OTHER),
    (file({**shapes(), "stem.0.weight": ()}), OTHER),
    (file(shapes(), {**ABOUT, "shape": [1, 12, 12]}), OTHER),
    (file(shapes(), {**ABOUT, "classes": ["a"]}), OTHER),
    (file(shapes(), number=float("nan")), "its weights are not all numbers"),
    (file(shapes(), number=float("inf")), "its weights are not all numbers"),
    (file(shapes()).replace(b'"F32", "shape": [3]', b'"I32", "shape": [3]'), "its weights are not float32"),
    (file(shapes(), {}), "it does not say its classes and the shape of its images"),
    (
        file(shapes(), {**ABOUT, "shape": [3, 224, 224]}),
        "its images have 3 channels and 224 x 224 pixels; in a page 1 or 3 channels and 8 to 128 pixels a side",
    ),
    (file(shapes())[:-1], "it is not a whole safetensors file"),
    (file(shapes()).replace(b'"shape": [3]', b'"shape": [9]'), "it is not a whole safetensors file"),
    (b"", "it is not a whole safetensors file"),
    (b"\xff" * 100, "it is not a whole safetensors file"),
    (struct.pack("<Q", 2) + b"[]", "it is not a whole safetensors file"),
]  # fmt: skip


def test_a_net_of_the_trainer_goes_into_the_page_without_its_counters() -> None:
    net = weights.of(file(shapes()))
    assert (net.classes, net.shape) == (CLASSES, (3, 12, 12))
    weights.check(net.content, 3, len(CLASSES))
    assert net.content.count(b"\x00\x00\x00?") == 476
    assert b"tracked" not in net.content


@pytest.mark.parametrize(("content", "why"), NO_NETS, ids=range(len(NO_NETS)))
def test_another_model_is_refused_in_one_line(content: bytes, why: str) -> None:
    with pytest.raises(BadInput) as caught:
        weights.of(content)
    assert str(caught.value) == why


def found(images: int = 80) -> tuple[Predictions, Sheet]:
    predictions = made.predictions(images)
    chosen = {row.image for row in (*try_it.rows(predictions), *quiz.rows(predictions))}
    return predictions, sheet({"sheet.png": made.sheet(images)}, sorted(chosen))


def panel() -> dict[str, Any]:
    predictions, pictures = found()
    return try_it.values(predictions, try_it.rows(predictions), pictures, weights.of(file(shapes())))


def test_examples_are_one_of_each_class_in_turn() -> None:
    predictions, _ = found()
    chosen = try_it.rows(predictions)
    assert [row.label for row in chosen] == [*CLASSES] * (len(chosen) // len(CLASSES))
    assert (len(chosen), len({row.id for row in chosen})) == (36, 36)
    assert try_it.rows(predictions) == chosen


def test_examples_and_questions_have_pictures() -> None:
    bare = Predictions(("a", "b"), (Row("1", "a", "a", (0.9, 0.1)), Row("2", "b", "a", (0.6, 0.4))))
    assert try_it.rows(bare) == quiz.rows(bare) == []
    assert part("quiz", quiz.values(bare, [], Sheet())).html == ""


def test_the_values_of_a_panel_survive_json() -> None:
    told = json.loads(json.dumps(panel()))
    assert "class=live" in (shown := part("try_it", told)).html
    assert "ferryModel" in shown.script


def test_of_another_model_examples_are_shown_and_no_script_is_needed() -> None:
    predictions, pictures = found()
    told = try_it.values(predictions, try_it.rows(predictions), pictures, BadInput("<it> is another"))
    shown = part("try_it", told)
    assert "This model cannot answer in a page: &lt;it&gt; is another. These are some of its answers." in shown.html
    assert (shown.script, shown.html.count("<li ")) == ("", 12)


BAD = [
    {"weights": ""}, {"weights": "AAAA"}, {"weights": "<b>"}, {"shape": [3, 12]}, {"shape": [2, 12, 12]},
    {"shape": [3, 12, 900]}, {"shape": "x"}, {"shape": [1, 12, 12]}, {"classes": ["a", "b"]}, {"classes": []},
    {"examples": [{"label": 1}]}, {"sheet": {"uri": "javascript:x"}}, {"why": 3},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD, ids=str)
def test_values_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        part("try_it", panel() | change)


def test_every_second_question_is_one_that_the_model_was_unsure_of() -> None:
    predictions, pictures = found(400)
    chosen = quiz.rows(predictions)
    sure = sorted(max(row.probabilities) for row in predictions.rows)
    assert (len(chosen), len({row.id for row in chosen})) == (30, 30)
    assert sum(max(row.probabilities) <= sure[30] for row in chosen) >= 10
    told = quiz.values(predictions, chosen, pictures)["questions"]
    assert {tuple(one["choices"]) for one in told} == {CLASSES}


def test_of_many_classes_the_likely_ones_can_be_chosen() -> None:
    classes = tuple(f"c{number:02}" for number in range(40))
    predictions = made.predictions(40, classes)
    row = predictions.rows[7]
    pictures = sheet({"sheet.png": made.sheet(40)}, [row.image])
    (one,) = quiz.values(predictions, [row], pictures)["questions"]
    assert (len(one["choices"]), one["choices"]) == (10, sorted(one["choices"]))
    assert {row.label, row.prediction} <= {*one["choices"]}


QUIZ = {"label": "a", "prediction": "b", "sure": 0.9, "choices": ["a", "b"], "cell": 0}


@pytest.mark.parametrize(
    "change", [{"choices": ["b", "c"]}, {"choices": ["a", "a"]}, {"sure": 2}, {"cell": -1}], ids=str
)
def test_questions_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    _, pictures = found()
    drawn = {"uri": pictures.uri, "columns": pictures.columns, "rows": pictures.rows, "side": pictures.side}
    assert "class=quiz" in part("quiz", {"questions": [QUIZ], "sheet": drawn}).html
    with pytest.raises(BadInput):
        part("quiz", {"questions": [QUIZ | change], "sheet": drawn})
