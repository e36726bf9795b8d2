"""What is called better, and what is not: counted by hand, and on real trainings with another seed."""

import json
from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.runs import opinion
from trainferry.runs.comparison import MODELS, NOISE, SURE, Change, Comparison, compare
from trainferry.runs.predictions import Predictions, Row

MEASURED = json.loads((Path(__file__).parent / "equal_recipes.json").read_text())
CLASSES = MEASURED["classes"]


def answers(flips: list[tuple[int, int]], both: int = 40) -> tuple[Predictions, Predictions]:
    """Two tables; of each class so many images that both have right, only the first (lost), only the second (won)."""
    first, second = list[Row](), list[Row]()
    for name, (lost, won) in zip(CLASSES, flips, strict=False):
        wrong = CLASSES[CLASSES.index(name) - 1]
        said = [(name, name)] * both + [(name, wrong)] * lost + [(wrong, name)] * won
        for one, other in said:
            number = f"{len(first):05}"
            first.append(Row(number, name, one, (1.0,) * len(CLASSES)))
            second.append(Row(number, name, other, (1.0,) * len(CLASSES)))
    return Predictions(tuple(CLASSES), tuple(first)), Predictions(tuple(CLASSES), tuple(second))


def compared(flips: list[tuple[int, int]], both: int = 40) -> Comparison:
    first, second = answers(flips, both)
    return compare(first, [second], ["a", "b"])[0]


def test_flips_are_counted_class_by_class() -> None:
    found = compared([(3, 5), (0, 0), (10, 2)], both=90)
    assert [(one.name, one.images, one.both, one.lost, one.won) for one in (found.overall, *found.classes)] == [
        ("", 290, 270, 13, 7), ("T-shirt", 98, 90, 3, 5), ("Trouser", 90, 90, 0, 0), ("Pullover", 102, 90, 10, 2),
    ]  # fmt: skip
    assert found.overall.points == pytest.approx(-100 * 6 / 290)
    assert (found.overall.before.right, found.overall.after.right) == (283, 277)
    assert found.overall.interval[0] < found.overall.points < found.overall.interval[1]
    assert found.left_out == 0


@pytest.mark.parametrize("kind", [key for key in MEASURED if key.startswith("equal")])
def test_the_same_recipe_with_another_seed_is_never_called_better_or_worse(kind: str) -> None:
    kinds = set[str]()
    for overall, *flips in MEASURED[kind]:
        found = compared(flips)
        assert [found.overall.lost, found.overall.won] == overall
        changes = (found.overall, *found.classes)
        kinds |= {one.kind for one in changes}
        assert [one.name for one in changes if one.kind == SURE] == []
        assert opinion.sentence(found, "b").startswith("no difference that is more than chance")
    assert kinds == {NOISE, MODELS}, "McNemar alone would have called some of them different"


def test_a_class_that_counts_three_times_is_surely_better_and_its_neighbour_pays() -> None:
    for _, *flips in MEASURED["weighted small"]:
        found = compared(flips)
        assert [one.name for one in found.classes if one.better] == ["Shirt"]
        assert "T-shirt" in [one.name for one in found.classes if one.worse]
        assert "Shirt is better, " in opinion.sentence(found, "b")


def test_the_worst_class_is_raised_only_when_the_one_that_is_worst_now_is_better_than_it() -> None:
    raised = compared([(0, 0), (20, 20), (2, 200)], both=200)
    assert raised.worst[0].name == "Pullover"
    assert raised.raised
    dropped = compared([(190, 0), (0, 0), (2, 180)], both=200)
    assert [one.name for one in dropped.worst] == ["Pullover", "T-shirt"]
    assert not dropped.raised
    assert not compared([(0, 0), (20, 30)], both=200).raised


def test_equal_answers_are_noise_and_so_is_a_single_flip() -> None:
    assert {one.kind for one in compared([(0, 0), (0, 0)]).classes} == {NOISE}
    assert {one.kind for one in compared([(0, 1), (1, 0)]).classes} == {NOISE}


def test_all_classes_of_all_runs_are_looked_at_together() -> None:
    first, second = answers([(0, 11), (5, 5)])
    alone, many = compare(first, [second], ["a", "b"]), compare(first, [second] * 6, list("abcdefg"))
    assert [one.classes[0].kind for one in alone] == [MODELS]
    assert [one.classes[0].kind for one in many] == [NOISE] * 6


def test_images_that_only_one_was_asked_about_do_not_count() -> None:
    first, second = answers([(1, 2), (3, 4)], both=20)
    found = compare(first, [Predictions(second.classes, second.rows[5:])], ["a", "b"])[0]
    assert (found.left_out, len(found.pairs)) == (5, len(first.rows) - 5)
    assert [(one.lost, one.won) for one in found.classes] == [(1, 2), (3, 4)]


def test_runs_that_were_asked_about_other_images_are_refused() -> None:
    first, _ = answers([(1, 2), (3, 4)], both=20)
    other = Predictions(
        first.classes, tuple(Row(f"x{row.id}", row.label, "Boot", row.probabilities) for row in first.rows)
    )
    with pytest.raises(BadInput) as error:
        compare(first, [other], ["base", "cat3"])
    assert str(error.value) == (
        "base and cat3 were asked about other images: 0 of 50 images have the same id and label in both"
        "   compare runs of one dataset"
    )
    unknown = Predictions(first.classes, tuple(Row(row.id, "", "Boot", row.probabilities) for row in first.rows))
    with pytest.raises(BadInput, match="base and cat3: their images have no labels"):
        compare(unknown, [unknown], ["base", "cat3"])


def change(name: str, lost: int, won: int, sure: bool, images: int = 1000) -> Change:
    chance = 0.0001 if sure else 0.5
    return Change(name, images, 600, lost, won, chance, chance)


def judged(*changes: Change, overall: Change | None = None) -> str:
    first, second = answers([(1, 0)], both=0)
    pairs = tuple(zip(first.rows, second.rows, strict=True))
    found = Comparison(overall or change("", 40, 40, sure=False), changes, pairs, 0)
    return opinion.sentence(found, "base-cat3")


def test_the_verdict_names_what_is_sure_and_nothing_else() -> None:
    said = judged(change("cat", 60, 149, True), change("dog", 152, 101, True))
    assert said == "cat is better, dog pays; the worst class rose from 66.0 to 70.1"
    said = judged(change("cat", 60, 149, True), change("dog", 152, 80, True))
    assert said == "cat is better, dog pays; the worst class is dog now, 68.0 (cat was 66.0)"
    said = judged(change("cat", 60, 20, True), change("dog", 152, 10, True))
    assert said == "cat and dog are worse; the worst class is dog now, 61.0 (cat was 66.0)"
    assert judged(change("cat", 60, 70, False)) == "no difference that is more than chance"
    whole = judged(change("cat", 60, 70, False), overall=change("", 30, 90, True))
    assert whole == "base-cat3 is better, +6.0 over all"
    many = [change(f"c{number}", 10, 200, True) for number in range(7)]
    assert judged(*many).startswith("c0, c1, c2 and 4 more are better; the worst class rose from ")


def test_what_holds_for_two_models_only_is_said_as_that() -> None:
    only = Change("cat", 1000, 600, 60, 100, 0.001, 0.2)
    said = judged(only, change("dog", 10, 9, False))
    assert said == (
        "no difference that is more than chance; cat +4.0 in these two models, but training again may do as much"
    )


def test_a_recipe_trained_again_is_chance_whatever_the_numbers_say() -> None:
    found = compared([(0, 300), (300, 0)])
    assert found.classes[0].better
    assert opinion.sentence(found, "b", repeated=True) == (
        "the same recipe trained again: what differs is chance (T-shirt by 88.2 points)"
    )


def test_the_same_answers_are_said_to_be_the_same() -> None:
    assert opinion.sentence(compared([(0, 0)]), "b", repeated=True) == "the same answers to all 40 images"


def test_the_column_sure_has_three_words() -> None:
    said = [
        opinion.certainty(Change("", 9, 0, 0, 0, *chances))
        for chances in ((0.0, 2e-5), (0.004, 0.004), (0.001, 0.4), (0.2, 0.9))
    ]
    assert said == ["yes (p < 0.001)", "yes (p = 0.004)", "only these models", "within noise"]
