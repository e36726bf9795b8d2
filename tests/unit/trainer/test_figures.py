"""Pictures of an evaluation: what is in them, looked up by its colour."""

import io

import pytest
import torch
from PIL import Image

from tests.unit.trainer.pictures import images
from trainer import figures
from trainer.evaluate import Evaluation
from trainer.figures import PAPER, RIGHT, WRONG

CLASSES = ("board", "columns", "dim", "rows")


def evaluation(said: list[int], sure: list[float], labels: list[int]) -> Evaluation:
    probabilities = torch.full((len(said), len(CLASSES)), 0.01)
    probabilities[torch.arange(len(said)), torch.tensor(said)] = torch.tensor(sure)
    return Evaluation(CLASSES, probabilities, torch.tensor(labels))


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def test_a_cell_is_the_darker_the_more_of_its_row_it_has() -> None:
    picture = opened(figures.confusion(evaluation([0, 1, 3, 3], [0.9] * 4, [0, 1, 2, 3])))
    cell = figures.LARGEST_CELL
    first = picture.width - 6 - len(CLASSES) * cell

    def at(row: int, column: int) -> tuple[int, ...]:
        found = picture.getpixel((first + column * cell + 2, first + row * cell + 2))
        assert isinstance(found, tuple)
        return found

    full = [(row, column) for row in range(4) for column in range(4) if not near(at(row, column), PAPER)]
    assert full == [(0, 0), (1, 1), (2, 3), (3, 3)]
    assert near(at(0, 0), RIGHT)
    assert near(at(2, 3), WRONG)


@pytest.mark.parametrize("count", [1, 2, 40, 1000])
def test_any_number_of_classes_fits(count: int) -> None:
    labels = torch.arange(count)
    classes = tuple(f"class {number}" for number in range(count))
    picture = opened(figures.confusion(Evaluation(classes, torch.eye(count), labels)))
    assert picture.width == picture.height
    assert picture.width <= 2100


def test_the_surest_mistakes_come_first_and_those_that_are_right_do_not_come() -> None:
    some = images(4)
    for place, grey in enumerate((60, 120, 180, 240)):
        some.pixels[place] = grey
    picture = opened(figures.mistakes(evaluation([0, 0, 1, 2], [0.9, 0.5, 0.8, 0.7], [0, 1, 2, 3]), some))
    step, middle = figures.TILE + 8, 8 + figures.TILE // 2
    assert [picture.getpixel((middle + place * step, middle)) for place in range(4)] == [
        (180,) * 3,
        (240,) * 3,
        (120,) * 3,
        PAPER,
    ]


def test_without_a_mistake_the_picture_is_empty() -> None:
    picture = opened(figures.mistakes(evaluation([0], [0.9], [0]), images(1)))
    assert picture.getcolors() == [(picture.width * picture.height, PAPER)]


def test_a_name_that_is_too_long_for_its_tile_is_cut() -> None:
    assert figures._cut("short") == "short"
    assert figures._cut("a name that goes on and on") == "a name that go…"
