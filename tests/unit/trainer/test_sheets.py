"""Sheets hold the images themselves, and every place leads to its image."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from trainer import sheets

CHANCE = torch.Generator().manual_seed(0)


def cut(folder: Path, place: str) -> torch.Tensor:
    """What a place shows, (W, H, C)."""
    name, _, box = place.partition("#xywh=")
    x, y, width, height = map(int, box.split(","))
    with Image.open(folder / name) as sheet:
        part = sheet.crop((x, y, x + width, y + height))
    return torch.tensor(list(part.tobytes()), dtype=torch.uint8).reshape(height, width, len(part.getbands()))


@pytest.mark.parametrize("channels", [1, 3])
def test_every_place_leads_to_its_image(tmp_path: Path, channels: int) -> None:
    pixels = torch.randint(0, 256, (130, channels, 7, 7), dtype=torch.uint8, generator=CHANCE)
    places = sheets.write_sheet(tmp_path / "all.png", pixels, torch.zeros(130, dtype=torch.bool))
    assert places[65] == "all.png#xywh=7,7,7,7"
    assert all(
        torch.equal(cut(tmp_path, place), one.permute(1, 2, 0)) for place, one in zip(places, pixels, strict=True)
    )


def test_large_images_are_shown_smaller(tmp_path: Path) -> None:
    pixels = torch.full((2, 3, 80, 80), 200, dtype=torch.uint8)
    places = sheets.write_sheet(tmp_path / "all.png", pixels, torch.zeros(2, dtype=torch.bool))
    assert places == ["all.png#xywh=0,0,64,64", "all.png#xywh=64,0,64,64"]


def test_of_more_images_than_fit_the_urgent_ones_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 2)
    pixels = torch.zeros((4, 1, 7, 7), dtype=torch.uint8)
    places = sheets.write_sheet(tmp_path / "all.png", pixels, torch.tensor([False, False, False, True]))
    assert places == ["all.png#xywh=0,0,7,7", "", "", "all.png#xywh=7,0,7,7"]
