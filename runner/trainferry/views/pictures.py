"""Many small pictures as one: cut out of sheets or files, side by side in one that the page carries."""

import base64
import hashlib
import io
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "PPM")
LARGEST = 64  # pixels a side in a page
EXACT = 32  # up to here pictures keep every pixel; photographs above are compressed
MOST_PIXELS = 1 << 27  # of a file that is decoded
QUALITY = 82
_FRAGMENT = re.compile(r"xywh=(?:pixel:)?(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", re.ASCII)

STYLE = """
.pic { display: inline-block; width: var(--pic, 3.5rem); aspect-ratio: 1; background-repeat: no-repeat;
  background-color: var(--well); border-radius: 5px; vertical-align: middle; flex: none }
.pic.none { border: 1px dashed var(--line) }
@media print { .pic { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


class Reference(NamedTuple):
    """A picture by its file's path and, inside a sheet, left, top, width and height in pixels."""

    path: str
    box: tuple[int, int, int, int] | None = None


def reference(text: str) -> Reference:
    """`path`, or `path#xywh=X,Y,W,H` (a W3C media fragment). Another fragment is a part of the path."""
    path, hash_, fragment = text.rpartition("#")
    found = _FRAGMENT.fullmatch(fragment) if hash_ else None
    if found is None:
        return Reference(text)
    left, top, width, height = map(int, found.groups())
    return Reference(path, (left, top, width, height))


@dataclass(frozen=True)
class Sheet:
    """`uri`: a picture of `columns` x `rows` cells of `side` pixels; `places`: reference -> number of its cell."""

    uri: str = ""
    columns: int = 0
    rows: int = 0
    side: int = 0
    places: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the CSS class."""
        return "sheet-" + hashlib.sha256(self.uri.encode()).hexdigest()[:8]

    @property
    def style(self) -> str:
        """What the page needs once for all cells."""
        if not self.uri:
            return STYLE
        sharp = "; image-rendering: pixelated" if self.side <= EXACT else ""
        size = f"{100 * self.columns}% {100 * self.rows}%"
        return f"{STYLE}.{self.name} {{ background-image: url({self.uri}); background-size: {size}{sharp} }}\n"

    def cell(self, number: int | None, label: str = "") -> str:
        """One picture as HTML; `label` says what it shows, "" makes it decoration. Number None: a place without one."""
        said = f'role=img aria-label="{escape(label)}"' if label else "aria-hidden=true"
        if number is None or not self.uri:
            return f'<span class="pic none" {said}></span>'
        return f'<span class="pic {self.name}" style="background-position:{self.position(number)}" {said}></span>'

    def position(self, number: int) -> str:
        """CSS: where the cell is."""
        row, column = divmod(number, self.columns)
        return f"{_percent(column, self.columns)} {_percent(row, self.rows)}"


def sheet(files: Mapping[str, bytes], references: Iterable[str], largest: int = LARGEST) -> Sheet:
    """A sheet of those whose file is there and can be read; none is enlarged, `largest` pixels a side at most.

    What is not square keeps its shape, with nothing around it.
    """
    found = dict(_cut(files, references, largest))
    if not found:
        return Sheet()
    side = max(max(picture.size) for picture in found.values())
    columns = math.ceil(math.sqrt(len(found)))
    rows = math.ceil(len(found) / columns)
    whole = Image.new("RGBA", (columns * side, rows * side), (0, 0, 0, 0))
    for number, picture in enumerate(found.values()):
        row, column = divmod(number, columns)
        whole.paste(ImageOps.pad(picture, (side, side), _resampling(side), (0, 0, 0, 0)), (column * side, row * side))
    return Sheet(_encoded(whole, side), columns, rows, side, {name: at for at, name in enumerate(found)})


def _cut(files: Mapping[str, bytes], references: Iterable[str], largest: int) -> Iterator[tuple[str, Image.Image]]:
    """Each reference with its picture, file by file, so that one sheet at a time is in memory."""
    by_path: dict[str, list[tuple[str, Reference]]] = {}
    for text in dict.fromkeys(references):
        found = reference(text)
        by_path.setdefault(found.path, []).append((text, found))
    for path, wanted in by_path.items():
        image = _decoded(files.get(path, b""))
        for text, found in wanted:
            picture = _piece(image, found.box) if image else None
            if picture is not None:
                picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
                yield text, picture


def _decoded(data: bytes) -> Image.Image | None:
    """None for what is no picture, or one that would fill the memory."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            return ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None


def _piece(image: Image.Image, box: tuple[int, int, int, int] | None) -> Image.Image | None:
    """A copy; None for a box that is not inside the picture."""
    if box is None:
        return image.copy()
    left, top, width, height = box
    if not width or not height or left + width > image.width or top + height > image.height:
        return None
    return image.crop((left, top, left + width, top + height))


def _encoded(image: Image.Image, side: int) -> str:
    if image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=side <= EXACT, quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def _resampling(side: int) -> Image.Resampling:
    return Image.Resampling.NEAREST if side <= EXACT else Image.Resampling.LANCZOS


def _percent(place: int, count: int) -> str:
    return f"{100 * place / (count - 1):.5g}%" if count > 1 else "0"
