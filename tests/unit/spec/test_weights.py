"""Class weights as they are typed and as a training reads them."""

import json

import pytest

from trainferry.errors import BadInput
from trainferry.spec import weights
from trainferry.spec.runspec import RunSpec


def test_they_are_sorted_and_the_last_of_a_name_counts() -> None:
    assert weights.parse(["dog=2", "T-shirt/top=1.5", "dog=3", "a=b=0.5"]) == (
        ("T-shirt/top", 1.5),
        ("a=b", 0.5),
        ("dog", 3.0),
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("cat", "--class-weight cat: expected NAME=FACTOR, for example --class-weight cat=3"),
        ("=3", "--class-weight =3: expected NAME=FACTOR, for example --class-weight cat=3"),
        ("cat=0", "--class-weight cat=0: expected a number above 0, for example --class-weight cat=3"),
        ("cat=nan", "--class-weight cat=nan: expected a number above 0, for example --class-weight cat=3"),
        ("cat=much", "--class-weight cat=much: expected a number above 0, for example --class-weight cat=3"),
    ],
)
def test_what_is_no_weight_is_named(typed: str, told: str) -> None:
    with pytest.raises(BadInput) as error:
        weights.parse([typed])
    assert str(error.value) == told


def test_a_training_reads_json_and_whole_numbers_stay_whole() -> None:
    assert weights.dumps((("cat", 3.0), ("größer", 1.5))) == '{"cat": 3, "größer": 1.5}'
    assert json.loads(weights.dumps(())) == {}


def test_they_are_part_of_the_run() -> None:
    base = RunSpec("base", ("true",), "gs://team")
    boosted = base.but(class_weights=(("cat", 3.0),), class_weights_mode="plain")
    assert boosted.full_name != base.full_name
    assert RunSpec.from_dict(boosted.to_dict()) == boosted
    assert "class_weights" not in base.to_dict()
