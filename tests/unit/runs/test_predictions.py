"""A table of predictions is read whole, or the one line of the error says what is wrong where."""

import pytest

from trainferry.errors import BadInput
from trainferry.runs import columns
from trainferry.runs.predictions import EXPECTED, Count, Row, parse, read

PLAIN = "id,label,prediction,cat,dog\na,cat,cat,0.9,0.1\nb,dog,cat,0.6,0.4\nc,cat,dog,0.2,0.8\nd,,dog,0.3,0.7\n"


def test_rows_counts_and_confusion_of_a_table() -> None:
    found = parse(PLAIN, "p.csv")
    assert found.classes == ("cat", "dog")
    assert found.rows[1] == Row("b", "dog", "cat", (0.6, 0.4))
    assert len(found.labelled) == 3
    assert found.overall == Count(1, 3)
    assert found.counts == {"cat": Count(1, 2), "dog": Count(0, 1)}
    assert found.confusion == ((1, 1), (1, 0))
    assert (found.worst, found.taken_for("dog"), found.taken_for("cat")) == ("dog", ("cat", 1), ("dog", 1))


def test_an_image_column_quotes_and_line_ends_of_every_kind() -> None:
    text = 'id,label,prediction,image,cat,"big, red"\r\n"a ""1""",cat,"big, red","s.png#xywh=0,28,28,28",1e-3,1\r\n\r\n'
    found = read(b"\xef\xbb\xbf" + text.encode(), "p.csv")
    assert found.classes == ("cat", "big, red")
    assert found.rows == (Row('a "1"', "cat", "big, red", (0.001, 1.0), "s.png#xywh=0,28,28,28"),)


def test_a_class_may_be_called_like_a_column_and_nothing_needs_a_label() -> None:
    found = parse("id,label,prediction,label,id\n1,,id,-0.0001,1.0004\n", "p.csv")
    assert (found.classes, found.rows[0].probabilities) == (("label", "id"), (0.0, 1.0))
    assert (found.worst, found.overall, found.counts) == ("", Count(0, 0), {})


WRONG = {
    "": f"p.csv: is empty; {EXPECTED}",
    "id,label,prediction,cat\n": f"p.csv: no rows; {EXPECTED}",
    "name,label,cat\na,cat,1\n": f"p.csv: begins with name,label,cat; {EXPECTED}",
    "id,label,prediction\na,cat,cat\n": "p.csv: no column with the probability of a class",
    "id,label,prediction,image\na,cat,cat,x\n": "p.csv: no column with the probability of a class",
    "id,label,prediction,cat,cat\na,cat,cat,1,0\n": 'p.csv: class "cat" has two columns',
    "id,label,prediction,cat,\na,cat,cat,1,0\n": "p.csv: a column of a class has no name",
    "id,label,prediction,cat\na,cat,cat\n": "p.csv line 2: 3 fields, the header has 4",
    "id,label,prediction,cat\na,dog,cat,1\n": 'p.csv line 2: label "dog" is none of the classes cat',
    "id,label,prediction,cat\na,cat,,1\n": 'p.csv line 2: prediction "" is none of the classes cat',
    "id,label,prediction,cat\na,cat,cat,97\n": 'p.csv line 2: "97" is no probability, expected a number from 0 to 1',
    "id,label,prediction,cat\na,cat,cat,nan\n": 'p.csv line 2: "nan" is no probability, expected a number from 0 to 1',
    "id,label,prediction,cat\na,cat,cat,\n": 'p.csv line 2: "" is no probability, expected a number from 0 to 1',
    "id,label,prediction,cat\na,cat,cat,1\na,cat,cat,1\n": 'p.csv: id "a" is there twice',
    'id,label,prediction,cat\n"a\n': f"p.csv line 2: unexpected end of data; {EXPECTED}",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_line(text: str) -> None:
    with pytest.raises(BadInput) as error:
        parse(text, "p.csv")
    assert error.value.message == WRONG[text]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadInput, match=r"p.csv: byte 20 is not UTF-8; expected the columns id,label"):
        read(b"id,label,prediction,\xff\n", "p.csv")


def test_columns_of_another_name_are_told_by_the_user() -> None:
    text = "truth,p_cat,p_dog,guess,seconds\ncat,0.9,0.1,cat,3\ndog,0.2,0.8,dog,4\n"
    found = parse(text, "x.csv", columns.typed("label=truth,prediction=guess,classes=p_*"))
    assert found.classes == ("cat", "dog")
    assert found.rows == (Row("2", "cat", "cat", (0.9, 0.1)), Row("3", "dog", "dog", (0.2, 0.8)))


UNTOLD = {
    "label=truth": 'x.csv: no column "truth"; it has id,label,guess,cat   ',
    "id=id": 'x.csv: no column "prediction"; it has id,label,guess,cat   ',
    "prediction=guess,classes=p_*": "x.csv: no column with the probability of a class   ",
}


@pytest.mark.parametrize("told", UNTOLD)
def test_columns_that_are_not_there_are_named(told: str) -> None:
    with pytest.raises(BadInput) as error:
        parse("id,label,guess,cat\na,cat,cat,1\n", "x.csv", columns.typed(told))
    assert str(error.value) == UNTOLD[told] + columns.EXAMPLE


@pytest.mark.parametrize("typed", ["truth", "label", "label=", "=x", "colour=x", "classes=p_", "classes=*_*"])
def test_what_is_typed_wrongly_is_said(typed: str) -> None:
    with pytest.raises(BadInput, match=f"--columns {typed}: expected NAME=COLUMN".replace("*", r"\*")):
        columns.typed(typed)
