"""Pictures of an evaluation for TensorBoard: which classes are taken for which, and the most confident mistakes."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from trainer.evaluate import Evaluation
from trainer.images import Images

PAPER, INK, FAINT = (255, 255, 255), (32, 36, 44), (120, 126, 138)
RIGHT, WRONG = (38, 110, 158), (206, 86, 40)  # what a full cell of the diagonal, and one beside it, looks like
SIDE, LARGEST_CELL = 480, 44  # pixels
TILE, CAPTION, ACROSS, MISTAKES = 96, 34, 8, 32


def confusion(evaluation: Evaluation) -> bytes:
    """A PNG: row what an image is, column what the model said, each cell the share of its row in percent."""
    shares = evaluation.confusion / evaluation.confusion.sum(1, keepdim=True).clamp_min(1)
    count = len(evaluation.classes)
    cell = max(2, min(LARGEST_CELL, SIDE // count))
    font = _font(min(13, cell * 2 // 3))
    margin = 8 + (max(int(font.getlength(name)) for name in evaluation.classes) if cell >= 12 else 0)
    picture = Image.new("RGB", (margin + count * cell + 6,) * 2, PAPER)
    for row, column in ((row, column) for row in range(count) for column in range(count)):
        corner = margin + column * cell, margin + row * cell
        _cell(picture, corner, cell, shares[row, column].item(), row == column)
    if cell >= 12:
        _names(picture, evaluation.classes, cell, margin)
    return _png(picture)


def mistakes(evaluation: Evaluation, images: Images) -> bytes:
    """A PNG of the mistakes that the model was most sure of: what it said and how sure it was, and what it is."""
    sure, said = evaluation.probabilities.max(1)
    wrong = (said != evaluation.labels).nonzero().flatten()
    chosen = wrong[sure[wrong].argsort(descending=True, stable=True)][:MISTAKES].tolist()
    rows = max(1, -(-len(chosen) // ACROSS))
    picture = Image.new("RGB", (ACROSS * (TILE + 8) + 8, rows * (TILE + CAPTION + 8) + 8), PAPER)
    for number, place in enumerate(chosen):
        row, column = divmod(number, ACROSS)
        left, top = 8 + column * (TILE + 8), 8 + row * (TILE + CAPTION + 8)
        picture.paste(_tile(images.pixels[place]), (left, top))
        answer = f"{evaluation.classes[said[place]]}, {100 * sure[place].item():.0f} %"
        truth = f"is {evaluation.classes[evaluation.labels[place]]}"
        for line, (text, colour) in enumerate(((answer, WRONG), (truth, INK))):
            ImageDraw.Draw(picture).text((left, top + TILE + 2 + 15 * line), _cut(text), colour, _font(12))
    return _png(picture)


def _cell(picture: Image.Image, corner: tuple[int, int], cell: int, share: float, right: bool) -> None:
    """A square whose colour says how much; rare mistakes are to be seen too, hence the root."""
    draw, (left, top) = ImageDraw.Draw(picture), corner
    strength = share if right else share**0.5
    colour = tuple(round(p + (c - p) * strength) for p, c in zip(PAPER, RIGHT if right else WRONG, strict=True))
    gap = 1 if cell >= 12 else 0
    draw.rectangle((left, top, left + cell - 1 - gap, top + cell - 1 - gap), colour)
    if cell >= 24 and round(100 * share):
        ink = PAPER if strength > 0.6 else INK
        draw.text((left + cell / 2, top + cell / 2), f"{100 * share:.0f}", ink, _font(13), anchor="mm")


def _names(picture: Image.Image, classes: Sequence[str], cell: int, margin: int) -> None:
    """Beside the rows, and turned above the columns."""
    turned = picture.rotate(-90)  # its rows are the columns, from below upwards
    for target, first in ((picture, margin), (turned, margin)):
        for place, name in enumerate(classes):
            middle = first + (place + 0.5) * cell
            anchor, left = ("rm", margin - 4) if target is picture else ("lm", picture.width - margin + 4)
            ImageDraw.Draw(target).text((left, middle), name, INK, _font(min(13, cell * 2 // 3)), anchor=anchor)
    picture.paste(turned.rotate(90).crop((margin, 0, picture.width, margin)), (margin, 0))
    if margin >= 60:
        ImageDraw.Draw(picture).text((margin - 4, margin - 6), "is / said", FAINT, _font(11), anchor="rs")


def _tile(pixels: Tensor) -> Image.Image:
    """An image (C, H, W) uint8, as large as its place."""
    shown = pixels.cpu() if len(pixels) == 3 else pixels[:1].cpu().expand(3, -1, -1)
    image = Image.fromarray(shown.permute(1, 2, 0).contiguous().numpy())
    image.thumbnail((TILE, TILE))
    scale = TILE / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.NEAREST)
    tile = Image.new("RGB", (TILE, TILE), PAPER)
    tile.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    return tile


def _cut(text: str) -> str:
    """As much of text as fits below a tile."""
    while _font(12).getlength(text) > TILE:
        text = text.rstrip("…")[:-1] + "…"
    return text


def _font(size: int) -> ImageFont.FreeTypeFont:
    return _FONTS.setdefault(size, ImageFont.load_default(size))


_FONTS: dict[int, ImageFont.FreeTypeFont] = {}


def _png(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    return encoded.getvalue()
