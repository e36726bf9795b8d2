"""Which column of a table of predictions is what: by the contract, or as the user says."""

import fnmatch
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from trainferry.errors import BadInput

WORDS = ("id", "label", "prediction", "image", "classes")
EXAMPLE = "--columns label=truth,prediction=guess,classes=p_*"


@dataclass(frozen=True)
class Columns:
    """Places in a line of `width` fields; `id` None: lines are numbered; `places` are those of the classes."""

    width: int
    id: int | None
    label: int
    prediction: int
    image: int | None
    classes: tuple[str, ...]
    places: tuple[int, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of the classes."""
        return frozenset(self.classes)


def by_place(header: Sequence[str], source: str, expected: str) -> Columns:
    """As the contract says: id, label, prediction, perhaps image, then the classes."""
    if list(header[:3]) != ["id", "label", "prediction"]:
        found = ",".join(header[:5])[:120]
        raise BadInput(f"{source}: begins with {found}; {expected}", f"{EXAMPLE} says which is which")
    image = 3 if len(header) > 3 and header[3] == "image" else None
    first = 3 if image is None else 4
    classes = tuple(header[first:])
    _check(classes, source)
    return Columns(len(header), 0, 1, 2, image, classes, tuple(range(first, len(header))))


def by_name(header: Sequence[str], columns: Mapping[str, str], source: str) -> Columns:
    """As the user says. `classes` is a pattern with one `*` that stands for the class; without it all other columns.

    A table without ids gets the numbers of its lines.
    """
    named = {word: columns.get(word, word) for word in WORDS[:4]}
    places = {word: _place(header, name, word in columns, source) for word, name in named.items()}
    label, prediction = places["label"], places["prediction"]
    if label is None or prediction is None:
        missing = "label" if label is None else "prediction"
        raise BadInput(f'{source}: no column "{missing}"; it has {",".join(header)[:120]}', EXAMPLE)
    taken = {place for place in places.values() if place is not None}
    found = _classes(header, columns.get("classes", "*"), taken)
    classes = tuple(name for name, _ in found)
    _check(classes, source)
    where = tuple(place for _, place in found)
    return Columns(len(header), places["id"], label, prediction, places["image"], classes, where)


def typed(text: str) -> dict[str, str]:
    """`label=truth,prediction=guess` as a mapping. Raises BadInput."""
    found: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        word, equals, name = pair.partition("=")
        if word not in WORDS or not equals or not name or (word == "classes" and name.count("*") != 1):
            expected = f"expected NAME=COLUMN with NAME one of {', '.join(WORDS)}"
            raise BadInput(f"--columns {pair}: {expected}", EXAMPLE)
        found[word] = name
    return found


def _place(header: Sequence[str], name: str, asked: bool, source: str) -> int | None:
    if header.count(name) > 1:
        raise BadInput(f'{source}: column "{name}" is there twice')
    if name in header:
        return list(header).index(name)
    if asked:
        raise BadInput(f'{source}: no column "{name}"; it has {",".join(header)[:120]}', EXAMPLE)
    return None


def _classes(header: Sequence[str], pattern: str, taken: set[int]) -> list[tuple[str, int]]:
    """Names and places of the classes."""
    before, _, after = pattern.partition("*")
    shape = f"{_literal(before)}*{_literal(after)}"
    names = [(name, place) for place, name in enumerate(header) if place not in taken]
    return [
        (name[len(before) : len(name) - len(after)], place) for name, place in names if fnmatch.fnmatchcase(name, shape)
    ]


def _literal(text: str) -> str:
    return text.replace("[", "[[]").replace("?", "[?]")


def _check(classes: Sequence[str], source: str) -> None:
    if not classes:
        raise BadInput(f"{source}: no column with the probability of a class", EXAMPLE)
    name, count = Counter(classes).most_common(1)[0]
    if count > 1:
        raise BadInput(f'{source}: class "{name}" has two columns')
    if "" in classes:
        raise BadInput(f"{source}: a column of a class has no name")
