"""The parts of the page that compares runs."""

import re

from tests.unit.views.made import CLASSES, HOSTILE, predictions, sheet
from trainferry.runs import opinion
from trainferry.runs.comparison import Comparison, compare
from trainferry.runs.predictions import Predictions, Row
from trainferry.views import pictures
from trainferry.views.compare import flips, mistakes, moves, selection
from trainferry.views.compare.page import About, Section, page

NAMES = ("base", "base-cat3")


def other(first: Predictions, changed: int = 60) -> Predictions:
    """The same model, but it calls the first images of the second class what they are, and some of the first not."""
    fox, owl = first.classes[1], first.classes[0]

    def row(number: int, one: Row) -> Row:
        said = one.label if one.label == fox else fox if one.label == owl and number % 8 else one.prediction
        return Row(one.id, one.label, said if number < changed else one.prediction, one.probabilities, one.image)

    return Predictions(first.classes, tuple(row(number, one) for number, one in enumerate(first.rows)))


def two(images: int = 400, classes: tuple[str, ...] = CLASSES) -> tuple[Predictions, Predictions, Comparison]:
    first = predictions(images, classes)
    second = other(first, images)
    return first, second, compare(first, [second], NAMES)[0]


def made(images: int = 400, classes: tuple[str, ...] = CLASSES, seen: bool = True, runs: int = 1) -> str:
    first, second, found = two(images, classes)
    rows = selection.flips(found, (first, second))
    files = {"sheet.png": sheet(images)} if seen else {}
    about = About(NAMES[1], opinion.sentence(found, NAMES[1]), ["class weights dog 3 (adaptive)"])
    return page(NAMES[0], [Section(about, found, rows)] * runs, pictures.sheet(files, [row.image for row in rows]))


def test_every_flip_is_shown_once_the_clearest_first() -> None:
    first, second, found = two()
    rows = selection.flips(found, (first, second), most=10_000)
    assert len({row.id for row in rows}) == len(rows)
    assert all((row.first == row.label) != (row.second == row.label) for row in rows)
    assert [row.clear for row in rows] == sorted((row.clear for row in rows), reverse=True)
    for one in found.classes:
        for won, count in ((True, one.won), (False, one.lost)):
            shown = [row for row in rows if row.label == one.name and row.won == won]
            assert len(shown) == min(count, selection.OF_CLASS)
    assert len(selection.flips(found, (first, second), most=7)) == 7


def test_the_numbers_of_the_page_are_those_of_the_comparison() -> None:
    first, second, found = two()
    rows = selection.flips(found, (first, second))
    text = re.sub(r"<[^>]+>", " ", flips.part(found, NAMES, rows, pictures.Sheet()).html)
    overall = found.overall
    none = overall.images - overall.both - overall.won - overall.lost
    for words in (
        f"{overall.both:,}  both are right", f"{overall.won:,}  only base-cat3 is right",
        f"{overall.lost:,}  only base is right", f"{none:,}  both are wrong",
    ):  # fmt: skip
        assert words in text


def test_the_biggest_gain_is_on_top_and_what_may_be_chance_is_called_so() -> None:
    _, _, found = two()
    html = moves.part(found, NAMES).html
    names = re.findall(r"<span class=name>([^<]+)</span>", html)
    expected = sorted(found.classes, key=lambda one: (-one.points, one.name))
    assert names == ["all images", *(one.name for one in expected)]
    kinds = re.findall(r'<li class="(\w+)(?: all)?"', html)
    assert kinds == [moves.kind(one) for one in (found.overall, *expected)]
    assert {"better", "worse", "noise"} <= set(kinds)


def test_of_many_classes_those_that_changed_are_shown() -> None:
    classes = tuple(f"class-{number:03}" for number in range(60))
    _, _, found = two(3000, classes)
    html = moves.part(found, NAMES).html
    assert html.count("<li class=") <= 2 + moves.FIRST
    assert f"{60 - moves.FIRST} more classes, none of them surely changed." in html
    assert "class-000" in html


def test_mistakes_that_changed_are_counted_in_both() -> None:
    _, _, found = two()
    lines = re.findall(
        r"<th scope=row>dog taken for cat</th><td>(\d+)</td><td>(\d+)</td>", mistakes.part(found, NAMES).html
    )
    counted = [sum(pair[at].label == "dog" and pair[at].prediction == "cat" for pair in found.pairs) for at in (0, 1)]
    assert lines == [tuple(map(str, counted))]


def test_equal_models_have_nothing_to_look_at() -> None:
    first = predictions(40)
    found = compare(first, [first], NAMES)[0]
    assert flips.part(found, NAMES, [], pictures.Sheet()).html == "<p>Both have the same images right.</p>"
    assert mistakes.part(found, NAMES).html == ""
    html = page("base", [Section(About("copy", opinion.sentence(found, "copy")), found, [])], pictures.Sheet())
    assert "<p class=verdict>The same answers to all 40 images.</p>" in html


def test_names_from_outside_are_text() -> None:
    html = made(120, HOSTILE)
    for name in HOSTILE[:2]:
        assert name not in html


def test_a_page_of_many_pictures_is_small() -> None:
    assert len(made(4000).encode()) < 1 << 20
