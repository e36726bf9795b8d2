"""Pictures of a sheet and of files stand side by side in one small one, and what is no picture is left out."""

import base64
import io

import pytest
from PIL import Image

from trainferry.views.pictures import Reference, Sheet, reference, sheet

RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 255, 0)


def picture(size: tuple[int, int], *colours: tuple[int, int, int], form: str = "PNG") -> bytes:
    """Stripes of these colours from left to right."""
    image = Image.new("RGB", size)
    width = size[0] // len(colours)
    for at, colour in enumerate(colours):
        image.paste(colour, (at * width, 0, (at + 1) * width, size[1]))
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def drawn(made: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(made.uri.partition(",")[2])))


def colour(made: Sheet, name: str) -> tuple[int, ...]:
    """In the middle of a cell."""
    row, column = divmod(made.places[name], made.columns)
    found = drawn(made).convert("RGBA").getpixel((round((column + 0.5) * made.side), round((row + 0.5) * made.side)))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a/b.png", Reference("a/b.png")),
        ("s.png#xywh=1,2,3,4", Reference("s.png", (1, 2, 3, 4))),
        ("s#1.png#xywh=pixel:1,2,3,4", Reference("s#1.png", (1, 2, 3, 4))),
        ("s.png#t=3", Reference("s.png#t=3")),
        ("s.png#xywh=percent:1,2,3,4", Reference("s.png#xywh=percent:1,2,3,4")),
        ("", Reference("")),
    ],
)
def test_a_reference_is_a_path_and_perhaps_a_box(text: str, found: Reference) -> None:
    assert reference(text) == found


def test_pieces_of_a_sheet_keep_every_pixel() -> None:
    names = [f"s.png#xywh={at * 8},0,8,8" for at in range(3)]
    made = sheet({"s.png": picture((24, 8), RED, BLUE, GREEN)}, [*names, names[0]])
    assert (made.columns, made.rows, made.side, len(made.places)) == (2, 2, 8, 3)
    assert [colour(made, name)[:3] for name in names] == [RED, BLUE, GREEN]
    assert made.position(3) == "100% 100%"
    assert 'background-position:100% 0" role=img aria-label="a &lt;cat&gt;"' in sheet_cell(made)


def sheet_cell(made: Sheet) -> str:
    return Sheet(made.uri, 2, 1, 8).cell(1, "a <cat>")


def test_large_photographs_get_small_and_keep_their_shape() -> None:
    made = sheet(
        {"wide.jpg": picture((400, 200), RED, form="JPEG"), "tall.png": picture((50, 100), BLUE)},
        ["wide.jpg", "tall.png"],
    )
    assert made.side == 64
    red, blue = colour(made, "wide.jpg"), colour(made, "tall.png")
    assert (red[0] > 240, red[3], blue[2] > 240, blue[3]) == (True, 255, True, 255)
    assert drawn(made).convert("RGBA").getpixel((32, 2)) == (0, 0, 0, 0)


def test_the_same_pictures_are_the_same_bytes() -> None:
    files = {"s.png": picture((24, 8), RED, BLUE, GREEN)}
    assert sheet(files, ["s.png"]) == sheet(files, ["s.png"])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg onload=alert(1)>", picture((8, 8), RED)[:45]])
def test_what_is_no_picture_is_left_out(data: bytes) -> None:
    made = sheet({"bad.png": data, "good.png": picture((8, 8), RED)}, ["bad.png", "gone.png", "good.png"])
    assert list(made.places) == ["good.png"]
    assert made.cell(made.places.get("bad.png"), "x") == '<span class="pic none" role=img aria-label="x"></span>'
    assert sheet({"bad.png": data}, ["bad.png"]) == Sheet()


@pytest.mark.parametrize("box", ["0,0,9,8", "8,0,1,1", "0,0,0,8", "999999,0,8,8"])
def test_a_box_outside_the_picture_is_left_out(box: str) -> None:
    assert sheet({"s.png": picture((8, 8), RED)}, [f"s.png#xywh={box}"]) == Sheet()


def test_a_file_that_would_fill_the_memory_is_not_decoded() -> None:
    image = Image.new("1", (12_000, 12_000))
    file = io.BytesIO()
    image.save(file, "PNG")
    assert sheet({"bomb.png": file.getvalue()}, ["bomb.png"]) == Sheet()
