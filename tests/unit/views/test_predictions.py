"""What the page of predictions says, and which pictures it shows."""

import re

import pytest

from tests.unit.views.made import HOSTILE, predictions, sheet
from trainferry.runs.predictions import Count, Predictions, Row
from trainferry.views.pictures import Sheet
from trainferry.views.pictures import sheet as made_sheet
from trainferry.views.predictions import bars, matrix, selection, sureness
from trainferry.views.predictions.bars import Bar
from trainferry.views.predictions.page import About, page
from trainferry.views.predictions.words import interval, percent, summary


def test_shares_in_words_never_promise_too_much() -> None:
    assert [percent(share) for share in (0.0, 0.00001, 0.831, 0.99999, 1.0)] == [
        "0.0 %", "0.1 %", "83.1 %", "99.9 %", "100.0 %"
    ]  # fmt: skip
    assert (percent(0.996, 0), interval(Count(66, 100)), interval(Count(0, 0))) == ("99 %", "56-75", "0-100")


def rows(*told: tuple[str, str]) -> Predictions:
    return Predictions(("cat", "dog"), tuple(Row(str(at), *pair, (0.5, 0.5)) for at, pair in enumerate(told)))


def test_one_line_says_how_good_and_where_it_fails() -> None:
    found = rows(("cat", "cat"), ("cat", "dog"), ("dog", "dog"), ("dog", "dog"))
    assert summary(found) == "test accuracy 75.0 %; worst class: cat 50 % (9-91), mostly taken for dog"
    assert summary(rows(("cat", "cat")), "validation") == "validation accuracy 100.0 %"
    assert summary(rows(("", "cat"))) == "1 test images without labels: nobody can say how many are right"


def test_a_bar_is_as_long_as_its_share_and_says_it() -> None:
    html = bars.part([Bar("<cat>", Count(62, 100), "never", worst=True)]).html
    assert html == (
        "<ul class=bars><li class=worst><span class=name><b>&lt;cat&gt;</b></span><span class=track aria-hidden=true>"
        '<span class=fill style="width:62.00%"></span><span class=reach style="left:52.21%;width:18.69%"></span></span>'
        "<span class=value>62.0 % <small>(52-71) of 100</small></span><span class=note>never</span></li></ul>"
    )


def test_the_worst_class_is_first_and_marked_when_there_is_one() -> None:
    found = bars.of(predictions())
    assert (found[0].name, found[0].worst) == ("dog", True)
    assert [bar.count.share for bar in found] == sorted(bar.count.share for bar in found)
    assert not any(bar.worst for bar in bars.of(rows(("cat", "cat"), ("dog", "dog"))))


def test_every_kind_of_mistake_has_its_pictures_before_one_has_more() -> None:
    found = predictions(2000)
    chosen = selection.chosen(found, 60)
    kinds = {(row.label, row.prediction) for row in found.rows}
    assert {(row.label, row.prediction) for row in chosen} == kinds
    shown = selection.shown(found)
    assert len(shown) == len({row.id for row in shown}) <= selection.MOST
    first = shown[: selection.FIRST]
    assert all(row.label != row.prediction for row in first)
    said = [selection.sure(found, row) for row in first]
    assert said == sorted(said, reverse=True)


def test_the_matrix_of_many_classes_shows_those_with_the_most_mistakes() -> None:
    many = predictions(3000, tuple(f"c{number:03}" for number in range(100)))
    html = matrix.part(many).html
    assert html.count("<th scope=row ") == html.count("<th scope=col ") == matrix.MOST
    assert "The 24 classes with the most mistakes, of 100." in html
    assert "c001" in html


def test_numbers_of_the_matrix_are_those_of_the_table() -> None:
    found = predictions()
    html = matrix.part(found).html
    told = {(at, other): int(count) for at, other, count in re.findall(r'data-cell="(\d),(\d)" [^>]*>(\d+)<', html)}
    counted = {
        (str(at), str(other)): count
        for at, line in enumerate(found.confusion)
        for other, count in enumerate(line)
        if count
    }
    assert told == counted


@pytest.mark.parametrize(("shares", "words"), [((0.9, 0.1), "points too sure"), ((0.5, 0.5), "can be believed")])
def test_what_a_model_says_of_itself_is_held_against_what_it_does(shares: tuple[float, float], words: str) -> None:
    told = [Row(str(at), "cat" if at % 2 else "dog", "cat", shares) for at in range(40)]
    assert words in sureness.part(Predictions(("cat", "dog"), tuple(told))).html


def test_nothing_of_a_table_is_markup() -> None:
    found = predictions(80, HOSTILE)
    html = page(About(HOSTILE[0], facts=[HOSTILE[1]], commands=[HOSTILE[1]]), found, Sheet())
    assert [words for words in ("<img", "<script>owned") if words in html] == []
    assert html.count("</script>") == html.count("<script") == 2


def test_the_same_predictions_make_the_same_page() -> None:
    found = predictions()
    picture = made_sheet({"sheet.png": sheet()}, [row.image for row in selection.shown(found)])
    assert page(About("base"), found, picture) == page(About("base"), found, picture)
    assert len(picture.places) == len(selection.shown(found))


def test_images_without_labels_are_counted_by_what_was_said() -> None:
    html = page(About("base"), predictions(40, labelled=False), Sheet())
    assert "None of these images has a label" in html
    assert "What they were taken for" in html
    assert "matrix" not in re.sub(r"<(style|script).*?</\1>", "", html, flags=re.S)
