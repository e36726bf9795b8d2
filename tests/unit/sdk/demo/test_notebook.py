"""A notebook's title, its link's name, and files that are none."""

import json
from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.sdk.demo import notebook


def book(*texts: str) -> str:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in texts]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 2})


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.ipynb"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Cats and dogs", "Cats and dogs"),
        ("words\n\n#   *Cats* and [`dogs`](https://example.com)  ", "Cats and dogs"),
        ("## Not this\n\nnor this", ""),
        ("# <b onclick=x>Cats</b>\u202e", "Cats"),
        ("# " + "long " * 100, ("long " * 20).strip()),
    ],
)
def test_the_title_is_the_first_heading_in_plain_words(tmp_path: Path, text: str, title: str) -> None:
    assert notebook.title(notebook.read(written(tmp_path, book("no heading", text)))) == title


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("My Demo!", "my-demo"),
        ("größe 日本", "groe"),
        ("日本", "demo"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 99, "a" * 60),
    ],
)
def test_the_name_of_a_link_has_plain_letters(text: str, slug: str) -> None:
    assert notebook.slug(text) == slug


NONE = {
    "nothing": "",
    "a list": "[]",
    "another format": '{"nbformat": 9, "cells": []}',
    "cells that are none": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}',
    "a cell of no kind": book("x").replace("markdown", "unknown"),
    "no text": b"\xff\xfe\x00",
    "nested too deep": "[" * 100_000,
    "no cells": book(),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_is_no_notebook_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, NONE[kind])
    with pytest.raises(BadInput) as caught:
        notebook.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_an_old_notebook_without_ids_is_read(tmp_path: Path) -> None:
    assert len(notebook.read(written(tmp_path, book("one", "two"))).cells) == 2


def test_a_missing_one_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no such notebook   ferry demo new --out .*   writes one for a run$"):
        notebook.read(tmp_path / "a.ipynb")
