"""Pictures of an evaluation: what is in them, looked up by its colour."""

import io

import pytest
import torch
from PIL import Image, ImageStat

from tests.unit.trainer.pictures import images
from trainer import figures
from trainer.evaluate import Evaluation
from trainer.figures import PAPER, RIGHT, WRONG
from trainer.images import Images
from trainer.lettering import cut, width, written

CLASSES = ("board", "columns", "dim", "rows")


def evaluation(said: list[int], sure: list[float], labels: list[int]) -> Evaluation:
    probabilities = torch.full((len(said), len(CLASSES)), 0.01)
    probabilities[torch.arange(len(said)), torch.tensor(said)] = torch.tensor(sure)
    return Evaluation(CLASSES, probabilities, torch.tensor(labels))


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def inked(picture: Image.Image) -> float:
    """How much of a picture is not paper."""
    grey = picture.convert("L").point(lambda value: 255 * (value < 200))
    return ImageStat.Stat(grey).mean[0] / 255


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def test_a_cell_is_the_darker_the_more_of_its_row_it_has() -> None:
    picture = opened(figures.confusion(evaluation([0, 1, 3, 3], [0.9] * 4, [0, 1, 2, 3]), "test"))
    cell, names = figures.LARGEST_CELL, max(width(name, figures.TEXT) for name in CLASSES)
    left, top = 24 + names, 54 + names

    def at(row: int, column: int) -> tuple[int, ...]:
        found = picture.getpixel((left + column * cell + 4, top + row * cell + 4))
        assert isinstance(found, tuple)
        return found

    full = [(row, column) for row in range(4) for column in range(4) if not near(at(row, column), PAPER)]
    assert full == [(0, 0), (1, 1), (2, 3), (3, 3)]
    assert near(at(0, 0), RIGHT)
    assert near(at(2, 3), WRONG)


@pytest.mark.parametrize(("count", "side"), [(1, 44), (10, 250), (64, 1024), (1000, 2000)])
def test_any_number_of_classes_fits_with_names_on_both_axes(count: int, side: int) -> None:
    classes = tuple(f"class {number}" for number in range(count))
    picture = opened(figures.confusion(Evaluation(classes, torch.eye(count), torch.arange(count)), "test"))
    names = max(width(name, figures.TEXT) for name in classes)
    left, top = 24 + names, 54 + names
    title = width(f"100.0 % of {count:,} test images are right", figures.TITLE)
    wide = max(left + side, title, left + width(figures.COLUMNS, figures.TEXT)) + 8
    assert picture.size == (wide, top + side + 8)
    rows = picture.crop((16, top, left - 4, top + side))
    columns = picture.crop((left, 46, left + side, top - 4)).transpose(Image.Transpose.ROTATE_270)
    assert inked(rows) == pytest.approx(inked(columns), rel=0.02)
    assert inked(rows) > 0.01


def test_the_surest_mistakes_come_first_and_those_that_are_right_do_not_come() -> None:
    some = images(4)
    for place, grey in enumerate((60, 120, 180, 240)):
        some.pixels[place] = grey
    picture = opened(figures.mistakes(evaluation([0, 0, 1, 2], [0.9, 0.5, 0.8, 0.7], [0, 1, 2, 3]), some, "test"))
    step, middle = figures.TILE + 4, figures.TILE // 2
    assert [picture.getpixel((middle + place * step, middle + 48)) for place in range(4)] == [
        (180,) * 3,
        (240,) * 3,
        (120,) * 3,
        PAPER,
    ]


@pytest.mark.parametrize(
    ("side", "channels", "shown"), [(8, 1, 80), (28, 1, 84), (48, 3, 48), (64, 3, 64), (200, 3, 84)]
)
def test_small_images_are_enlarged_by_whole_pixels_and_large_ones_fit(side: int, channels: int, shown: int) -> None:
    one = Images(torch.zeros(1, channels, side, side, dtype=torch.uint8), torch.tensor([0]), ["a"])
    picture = opened(figures.mistakes(evaluation([1], [0.9], [0]), one, "test"))
    tile = picture.crop((2, 48, 2 + figures.TILE, 48 + figures.TILE))
    assert {colour: count for count, colour in tile.getcolors() or ()}[0, 0, 0] == shown**2


def test_without_a_mistake_there_is_only_a_line_that_says_so() -> None:
    picture = opened(figures.mistakes(evaluation([0], [0.9], [0]), images(1), "test"))
    assert picture.height == 48
    assert inked(picture) > 0


def test_a_name_that_is_too_long_is_cut() -> None:
    assert cut("short", 12, 84) == "short"
    assert cut("a name that goes on and on", 12, 84) == "a name that…"
    assert cut("short", 12, 1) == "…"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("T-shirt/top", "T-shirt/top"),
        ("naïve café", "naive cafe"),
        ("two\nlines", "two lines"),
        ("猫", "class 7"),
        ("straße", "class 7"),
        ("\x1b[31m", "class 7"),
        ("", "class 7"),
    ],
)
def test_a_name_is_written_as_far_as_the_font_goes(name: str, told: str) -> None:
    assert written(name, 7) == told
