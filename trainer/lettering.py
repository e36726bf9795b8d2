"""Text in pictures, with the one font that Pillow brings along: machines that train rarely have another."""

import functools
import unicodedata

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """So many pixels high."""
    return ImageFont.load_default(size)


def written(name: str, place: int) -> str:
    """The name of the class at place as far as the font has its letters: without accents, or just its number."""
    plain = unicodedata.normalize("NFKD", " ".join(name.split()))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters if letters.isascii() and letters.isprintable() and letters else f"class {place}"


def width(text: str, size: int) -> int:
    """In pixels, rounded up."""
    return int(font(size).getlength(text)) + 1


def cut(text: str, size: int, room: int) -> str:
    """As much of text as fits into room, with dots where something is missing."""
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1].rstrip()
    return text + "…"


def write(picture: Image.Image, corner: tuple[float, float], text: str, colour: Colour, size: int, anchor: str) -> None:
    """Text at a point; anchor as Pillow has it: `lm` begins there, `mm` is centred, `rm` ends there."""
    ImageDraw.Draw(picture).text(corner, text, colour, font(size), anchor=anchor)


def write_upwards(picture: Image.Image, foot: tuple[float, float], text: str, colour: Colour, size: int) -> None:
    """Text that begins at foot and runs upwards, centred on it from left to right."""
    mask = Image.new("L", (width(text, size), size + 6), 0)
    ImageDraw.Draw(mask).text((0, mask.height / 2), text, 255, font(size), anchor="lm")
    turned = mask.rotate(90, expand=True)
    picture.paste(colour, (round(foot[0] - turned.width / 2), round(foot[1]) - turned.height), turned)
