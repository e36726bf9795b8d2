"""Ferry is put together of many files: none of them may take another's name away."""

from collections import Counter

from trainferry.sdk.ferry import Ferry


def test_no_two_parts_of_ferry_use_one_name_for_two_things() -> None:
    names = Counter(
        name
        for part in Ferry.__mro__[:-1]
        for name, value in vars(part).items()
        if callable(value) and name[:2] != "__"
    )
    assert [name for name, uses in names.items() if uses > 1] == []
