"""Sheets: many small images in one PNG, and the places by which a page finds each of them."""

import io
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from trainer.files import write_whole
from trainer.images import resize

COLUMNS = 64
SIDE = 64  # pixels, at most
MOST = 10_000  # images of one sheet


def write_sheet(path: Path, pixels: Tensor, urgent: Tensor) -> Sequence[str]:
    """Write images (N, C, H, W) uint8; for each `NAME#xywh=X,Y,W,H` (a W3C media fragment), "" for one left out.

    Of more than fit those where urgent (N,) bool is true come first.
    """
    chosen = torch.cat([urgent.nonzero().flatten(), (~urgent).nonzero().flatten()])[:MOST].sort().values
    small = _as_drawn(pixels[chosen].cpu())
    sheet, (height, width) = _laid_out(small), small.shape[-2:]
    encoded = io.BytesIO()
    Image.fromarray(sheet.numpy()).save(encoded, "PNG")
    write_whole(path, encoded.getvalue())
    places = [""] * len(pixels)
    for number, place in enumerate(chosen.tolist()):
        row, column = divmod(number, COLUMNS)
        places[place] = f"{path.name}#xywh={column * width},{row * height},{width},{height}"
    return places


def _as_drawn(pixels: Tensor) -> Tensor:
    """(N, 1 or 3, H, W) of at most SIDE pixels a side."""
    if max(pixels.shape[-2:]) > SIDE:
        pixels = resize(pixels, SIDE)
    return pixels if pixels.shape[1] == 3 else pixels[:, :1]


def _laid_out(pixels: Tensor) -> Tensor:
    """(rows * H, COLUMNS * W) or the same with 3 channels last; the rest of the last row is black."""
    count, channels, height, width = pixels.shape
    rows = -(-count // COLUMNS)
    full = torch.zeros((rows * COLUMNS, channels, height, width), dtype=torch.uint8)
    full[:count] = pixels
    grid = full.reshape(rows, COLUMNS, channels, height, width).permute(0, 3, 1, 4, 2)
    sheet = grid.reshape(rows * height, COLUMNS * width, channels)
    return sheet.squeeze(2).contiguous()
