"""Values out of a notebook are what they should be, or refused by their place."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from trainferry.errors import BadInput
from trainferry.views.demo.fields import Fields

GOOD = {
    "text": "x",
    "number": 0.5,
    "count": 3,
    "flag": True,
    "picture": "data:image/png;base64,AAAA",
    "encoded": "AA==",
    "inner": {"a": 1},
    "rows": [{"a": 1}, {"a": 2}],
    "texts": ["a", "b"],
    "numbers": [1, 2.5],
}
BAD: dict[str, list[Any]] = {
    "text": [None, 1, ["x"], "x" * 2001],
    "number": [None, "1", True, math.nan, math.inf, [1]],
    "count": [None, -1, 1.0, "1", True, 1 << 60],
    "flag": [None, 0, "true"],
    "picture": [
        None,
        "x",
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64,AA)};x",
        "data:image/png;base64,AAAA\n",
        "https://example.com/x.png",
    ],
    "encoded": [None, "AA==\n", "<b>", 1],
    "inner": [None, [], "x"],
    "rows": [None, {}, [1], ["x"], [None]],
    "texts": [None, "ab", [1], ["x" * 2001]],
    "numbers": [None, "12", ["1"], [math.nan], [True]],
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_value_of_its_kind_is_given(kind: str) -> None:
    found = getattr(Fields("panel", {"v": GOOD[kind]}), kind)("v")
    if kind == "inner":
        assert found.count("a") == 1
    elif kind == "rows":
        assert [one.count("a") for one in found] == [1, 2]
    else:
        assert found == GOOD[kind]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in BAD.items() for value in values])
def test_another_is_refused_by_its_place(kind: str, value: Any) -> None:
    read: Callable[[str], Any] = getattr(Fields("panel", {"v": value}), kind)
    with pytest.raises(BadInput, match=r"^panel\.v(\[0\])?: expected "):
        read("v")


@pytest.mark.parametrize("kind", ["rows", "texts", "numbers"])
def test_a_list_may_not_be_longer_than_asked(kind: str) -> None:
    fields = Fields("panel", {"v": GOOD[kind]})
    assert len(getattr(fields, kind)("v", 2)) == 2
    with pytest.raises(BadInput, match=r"^panel\.v: expected a list of at most 1"):
        getattr(fields, kind)("v", 1)


def test_numbers_lie_between_their_ends() -> None:
    fields = Fields("panel", {"v": 2})
    assert fields.number("v", 0, 2) == 2.0
    assert fields.count("v", 2) == 2
    for read in (lambda: fields.number("v", 0, 1), lambda: fields.number("v", 3), lambda: fields.count("v", 1)):
        with pytest.raises(BadInput):
            read()


def test_what_is_no_object_has_no_values() -> None:
    with pytest.raises(BadInput, match=r"^panel: expected an object$"):
        Fields("panel", ["x"])
