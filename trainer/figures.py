"""Pictures of an evaluation for TensorBoard: which classes are taken for which, and the most confident mistakes."""

import io

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from trainer.evaluate import Evaluation, percent
from trainer.images import Images
from trainer.lettering import Colour, cut, width, write, write_upwards, written

PAPER, INK, FAINT = (255, 255, 255), (32, 36, 44), (100, 106, 118)
RIGHT, WRONG = (38, 110, 158), (206, 86, 40)  # a full cell of the diagonal, a full one beside it
TEXT, TITLE = 12, 13  # pixels high
CELL, LARGEST_CELL, LONGEST_NAME = 25, 44, 150  # pixels; TensorBoard shows pictures 350 pixels wide at first
COLUMNS = "prediction, % of each row"
TILE, CAPTION, ACROSS, MISTAKES = 84, 48, 4, 16


def confusion(evaluation: Evaluation, split: str) -> bytes:
    """A PNG: row what an image is, column what the model said, each cell the share of its row in percent."""
    names = [written(name, place) for place, name in enumerate(evaluation.classes)]
    cell = _cell(len(names))
    names = [cut(name, TEXT, LONGEST_NAME) for name in names]
    margin = max(width(name, TEXT) for name in names) + 8
    title = f"{percent(evaluation.accuracy)} of {len(evaluation.labels):,} {split} images are right"
    left, top = 16 + margin, 46 + margin
    across = max(len(names) * cell, width(title, TITLE) - left, width(COLUMNS, TEXT))
    picture = Image.new("RGB", (left + across + 8, top + len(names) * cell + 8), PAPER)
    shares = evaluation.confusion / evaluation.confusion.sum(1, keepdim=True).clamp_min(1)
    picture.paste(_cells(shares, cell), (left, top))
    write(picture, (6, 14), title, INK, TITLE, "lm")
    write(picture, (left, 36), COLUMNS, FAINT, TEXT, "lm")
    write_upwards(picture, (9, top + len(names) * cell / 2 + 14), "label", FAINT, TEXT)
    for place in range(0, len(names), -(-16 // cell)):  # as many as fit
        middle = (place + 0.5) * cell
        write(picture, (left - 6, top + middle), names[place], INK, TEXT, "rm")
        write_upwards(picture, (left + middle, top - 6), names[place], INK, TEXT)
    return _png(picture)


def mistakes(evaluation: Evaluation, images: Images, split: str) -> bytes:
    """A PNG of the mistakes that the model was most sure of, below each: label -> prediction, and how sure it was."""
    sure, said = evaluation.probabilities.max(1)
    wrong = (said != evaluation.labels).nonzero().flatten()
    chosen = wrong[sure[wrong].argsort(descending=True, stable=True)][:MISTAKES].tolist()
    rows = -(-len(chosen) // ACROSS)
    picture = Image.new("RGB", (ACROSS * (TILE + 4), 48 + rows * (TILE + CAPTION)), PAPER)
    some = f"the {MISTAKES} surest of {len(wrong):,}" if len(wrong) > MISTAKES else str(len(wrong) or "no")
    title = f"{some} mistakes in {len(images):,} {split} images:"
    write(picture, (6, 14), title, INK, TITLE, "lm")
    write(picture, (6, 32), "label -> prediction, and how sure it was", FAINT, TEXT, "lm")
    for number, place in enumerate(chosen):
        row, column = divmod(number, ACROSS)
        left, top = 2 + column * (TILE + 4), 48 + row * (TILE + CAPTION)
        picture.paste(_tile(images.pixels[place]), (left, top))
        label, prediction = (
            written(evaluation.classes[at], at) for at in (int(evaluation.labels[place]), int(said[place]))
        )
        lines = ((label, INK), (f"-> {prediction}", INK), (percent(sure[place].item()), WRONG))
        for line, (text, colour) in enumerate(lines):
            middle = left + TILE / 2, top + TILE + 8 + 13 * line
            write(picture, middle, cut(text, TEXT, TILE + 2), colour, TEXT, "mm")
    return _png(picture)


def _cell(count: int) -> int:
    """Pixels of a cell, that of so many classes there be room for numbers, for all names, or at least for colours."""
    if count <= 30:
        return max(CELL, min(LARGEST_CELL, 10 * CELL // count))
    return 16 if count <= 64 else max(2, 1024 // count)


def _cells(shares: Tensor, cell: int) -> Image.Image:
    """Shares (C, C) from 0 to 1 as squares whose colour says how much; where there is room with the number."""
    right = torch.eye(len(shares), dtype=torch.bool)
    strength = torch.where(right, shares, shares.sqrt())  # rare mistakes are to be seen too
    full = torch.where(right[..., None], torch.tensor(RIGHT), torch.tensor(WRONG))
    colours = torch.tensor(PAPER) + (full - torch.tensor(PAPER)) * strength[..., None]
    pixels = colours.round().to(torch.uint8).repeat_interleave(cell, 0).repeat_interleave(cell, 1)
    picture = Image.fromarray(pixels.numpy())
    draw = ImageDraw.Draw(picture)
    for place in range(0, picture.width + 1, cell) if cell >= 8 else ():
        draw.line((place, 0, place, picture.height), (226, 229, 234))
        draw.line((0, place, picture.width, place), (226, 229, 234))
    if cell >= CELL:
        for row, column in (shares >= 0.005).nonzero().tolist():
            ink: Colour = PAPER if strength[row, column] > 0.8 else INK
            middle = (column + 0.5) * cell, (row + 0.5) * cell
            write(picture, middle, f"{100 * shares[row, column]:.0f}", ink, TEXT, "mm")
    return picture


def _tile(pixels: Tensor) -> Image.Image:
    """An image (C, H, W) uint8 in its place, a small one with every pixel as a square."""
    shown = pixels.cpu() if len(pixels) == 3 else pixels[:1].cpu().expand(3, -1, -1)
    image = Image.fromarray(shown.permute(1, 2, 0).contiguous().numpy())
    image.thumbnail((TILE, TILE))
    times = TILE // max(image.size)
    image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    tile = Image.new("RGB", (TILE, TILE), PAPER)
    tile.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    return tile


def _png(picture: Image.Image) -> bytes:
    """In 256 colours: event files grow by every one of them."""
    encoded = io.BytesIO()
    picture.quantize(256).save(encoded, "PNG", optimize=True)
    return encoded.getvalue()
