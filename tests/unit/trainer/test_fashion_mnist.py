"""PNG files out of idx files, without a network."""

import io
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.unit.trainer.pictures import idx, images
from trainer.fashion_mnist import CLASSES, Unavailable, png, write_idx, write_png


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The two splits, 20 images of 28 x 28 each, classes 0 to 3."""
    return idx(tmp_path / "source", {"train": images(20, 0, 28), "t10k": images(20, 1, 28)})


def test_a_png_of_ours_is_a_png_for_others() -> None:
    pixels = bytes(range(256))
    with Image.open(io.BytesIO(png(pixels, 16))) as image:
        assert (image.mode, image.size, image.tobytes()) == ("L", (16, 16), pixels)


def test_every_picture_lies_in_the_folder_of_its_class(source: Path, tmp_path: Path) -> None:
    assert write_png(source, tmp_path / "out", {"train": 10, "test": 3}) == 13
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.glob("out/*/*/*"))
    train = [f"train/{CLASSES[number % 4]}/{number:05}.png" for number in range(10)]
    assert found == sorted([*train, "test/t-shirt/00000.png", "test/trouser/00001.png", "test/pullover/00002.png"])
    with Image.open(tmp_path / "out" / "train" / "trouser" / "00009.png") as image:
        assert image.tobytes() == images(20, 0, 28).pixels[9].numpy().tobytes()


def test_the_second_time_nothing_is_written(source: Path, tmp_path: Path) -> None:
    counts = {"train": 10, "test": 3}
    write_png(source, tmp_path / "out", counts)
    assert write_png(source, tmp_path / "out", counts) == 0


def test_another_number_of_files_is_not_mixed_in(source: Path, tmp_path: Path) -> None:
    write_png(source, tmp_path / "out", {"train": 10, "test": 3})
    with pytest.raises(Unavailable, match="has 10 files, not 12; remove it or choose another folder"):
        write_png(source, tmp_path / "out", {"train": 12, "test": 3})


def test_idx_files_come_with_the_names_of_the_classes(source: Path, tmp_path: Path) -> None:
    assert [write_idx(source, tmp_path / "out", {}) for _ in range(2)] == [5, 0]
    assert (tmp_path / "out" / "labels.txt").read_text().split() == list(CLASSES)


def test_it_needs_nothing_but_the_standard_library() -> None:
    import trainer.fashion_mnist as module

    assert {value.__name__.partition(".")[0] for value in vars(module).values() if type(value) is type(sys)} <= set(
        sys.stdlib_module_names
    )
    assert torch.__name__ not in vars(module)
