"""Reading idx files and class folders, and the splits."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.unit.trainer.pictures import CLASSES, class_folders, idx, images
from trainer.data import load
from trainer.errors import BadData, NoData
from trainer.images import Images, Wanted
from trainer.signals import Stop, Stopped


def sorted_like_folders(part: Images) -> torch.Tensor:
    """The pixels in the order of class folders: by class, then by number."""
    return part.pixels[part.labels.argsort(stable=True)]


def test_class_folders_give_every_pixel_back_with_the_path_as_id(tmp_path: Path) -> None:
    test = images(8, 1)
    data = load(str(class_folders(tmp_path, {"train": images(40), "test": test})), 0.25, Wanted())
    assert data.classes == CLASSES
    assert torch.equal(data.test.pixels, sorted_like_folders(test))
    assert data.test.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert list(data.test.ids[:3]) == ["test/board/0000.png", "test/board/0004.png", "test/columns/0001.png"]


def test_idx_files_give_every_pixel_back_and_take_the_names_from_labels_txt(tmp_path: Path) -> None:
    test = images(8, 1)
    folder = idx(tmp_path, {"train": images(40), "t10k": test})
    assert load(str(folder), 0.25, Wanted()).classes == ("0", "1", "2", "3")
    (folder / "labels.txt").write_text("\n".join(CLASSES))
    data = load(str(folder), 0.25, Wanted())
    assert data.classes == CLASSES
    assert torch.equal(data.test.pixels, test.pixels)
    assert list(data.test.ids[:2]) == ["test/00000", "test/00001"]


def test_splits_that_are_missing_are_a_fraction_of_each_class_and_share_no_image(tmp_path: Path) -> None:
    data = load(str(class_folders(tmp_path, {"": images(80)})), 0.5, Wanted())
    assert [len(part) for part in (data.train, data.validation, data.test)] == [36, 36, 8]
    assert data.validation.labels.bincount().tolist() == [9, 9, 9, 9]
    assert len({*data.train.ids, *data.validation.ids, *data.test.ids}) == 80


def test_the_splits_are_the_same_every_time(tmp_path: Path) -> None:
    folder = str(class_folders(tmp_path, {"": images(80)}))
    assert load(folder, 0.2, Wanted()).validation.ids == load(folder, 0.2, Wanted(threads=2)).validation.ids


def test_pictures_of_any_size_and_colour_become_one_shape(tmp_path: Path) -> None:
    for place, mode in enumerate(("RGB", "L", "RGBA", "P", "1", "LA", "RGB", "RGB")):
        target = tmp_path / "ab"[place % 2] / f"{place}.png"
        target.parent.mkdir(exist_ok=True)
        Image.new(mode, (20 + 40 * place, 30)).save(target)
    assert load(str(tmp_path), 0.2, Wanted()).train.pixels.shape[1:] == (3, 64, 64)
    assert load(str(tmp_path), 0.2, Wanted(size=16, threads=2)).train.pixels.shape[1:] == (3, 16, 16)


def test_pictures_of_16_bits_keep_their_shades_and_those_of_a_tilted_camera_are_upright(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for place in range(4):
            deep = np.full((8, 8), 256 * (40 + place), np.uint16)
            Image.fromarray(deep).save(tmp_path / name / f"{place}.png")
            tilted = Image.new("L", (8, 8))
            tilted.paste(250, (0, 0, 8, 4))  # the upper half, to be turned by 180 degrees
            tilted.save(tmp_path / name / f"{place}.jpg", exif=_turned(3), quality=95)
    data = load(str(tmp_path), 0.2, Wanted())
    for part in (data.train, data.validation, data.test):
        for pixels, name in zip(part.pixels, part.ids, strict=True):
            shade = 40 + int(Path(name).stem)
            if name.endswith(".png"):
                assert pixels.unique().tolist() == [shade]
            else:
                assert (pixels[0, 0].float().mean() < 20, pixels[0, 7].float().mean() > 230) == (True, True)


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_idx_pictures_are_resized_when_asked(tmp_path: Path) -> None:
    folder = idx(tmp_path, {"train": images(40), "t10k": images(8, 1)})
    assert load(str(folder), 0.2, Wanted(size=24)).train.pixels.shape == (32, 1, 24, 24)


def test_a_folder_that_is_not_there_or_has_no_pictures_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"^--data /no/where: no such folder$"):
        load("/no/where", 0.1, Wanted())
    with pytest.raises(NoData, match=r"no <class>/\*\.png nor train/<class>/\*\.png in it$"):
        load(str(tmp_path), 0.1, Wanted())


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    folder = class_folders(tmp_path, {"": images(400)})
    broken = folder / "columns" / "0201.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(BadData, match=f"^{broken}: not a whole image"):
        load(str(folder), 0.1, Wanted())


def test_a_class_that_only_the_test_split_has_is_named(tmp_path: Path) -> None:
    folder = class_folders(tmp_path, {"train": images(40), "test": images(8)})
    (folder / "test" / "board").rename(folder / "test" / "up")
    with pytest.raises(BadData, match="class up is in the test split but not in train"):
        load(str(folder), 0.1, Wanted())


def test_too_few_pictures_say_which_split_is_empty(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="too few images, none is left for the test split"):
        load(str(class_folders(tmp_path, {"": images(4)})), 0.1, Wanted())


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"no gzip at all"])
def test_a_damaged_idx_file_is_named(tmp_path: Path, content: bytes) -> None:
    folder = idx(tmp_path, {"train": images(8), "t10k": images(8)})
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(BadData, match=r"t10k-images-idx3-ubyte\.gz: not an idx file"):
        load(str(folder), 0.1, Wanted())


def test_too_few_names_for_the_labels_are_bad_data(tmp_path: Path) -> None:
    folder = idx(tmp_path, {"train": images(8), "t10k": images(8)})
    (folder / "labels.txt").write_text("one\ntwo\n")
    with pytest.raises(BadData, match=r"labels\.txt: 2 names, but there is a label 3$"):
        load(str(folder), 0.1, Wanted())


def test_digits_are_real_and_need_no_folder() -> None:
    data = load("digits", 0.1, Wanted())
    assert [len(part) for part in (data.train, data.validation, data.test)] == [1458, 160, 179]
    assert data.train.pixels.shape[1:] == (1, 8, 8)


def test_reading_stops_between_pieces_when_asked(tmp_path: Path) -> None:
    stop = Stop()
    stop.asked = True
    with pytest.raises(Stopped):
        load(str(class_folders(tmp_path, {"": images(80)})), 0.1, Wanted(between=stop.check))
