"""What a notebook becomes: what is in the page, what is left out, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.demo.made import notebook, said
from trainferry import Ferry
from trainferry.errors import BadInput
from trainferry.sdk.demo.wish import DemoWish
from trainferry.share import record
from trainferry.store import open_store

TOKEN = "hf_" + "a1" * 15


def page(folder: Path, *sources: str, outputs: dict[int, list[dict[str, Any]]] | None = None, **wish: Any) -> str:
    """Of the outputs that are stored in it."""
    book = notebook(folder / "a.ipynb", *sources, outputs=outputs)
    return Ferry(cwd=folder).write_demo(book, folder / "a.html", wish=DemoWish(as_is=True, **wish)).read_text()


def words(html: str) -> str:
    body = html.partition("<body>")[2]
    return " ".join(re.sub("<script.*?</script>|<[^>]*>", " ", body, flags=re.S).split())


def test_text_and_outputs_are_shown_and_source_when_it_is_asked_for(tmp_path: Path) -> None:
    told = {1: [said("it says"), {"output_type": "stream", "name": "stderr", "text": "a warning"}]}
    shown = words(page(tmp_path, "# Words", "source()", outputs=told))
    assert re.fullmatch(r"Words it says made with trainferry on \d+ \w+ \d+\. Nothing you do here .*", shown)
    assert words(page(tmp_path, "# Words", "source()", outputs=told, code=True)).startswith("Words source () it says")


def test_a_notebook_without_a_heading_gets_its_name(tmp_path: Path) -> None:
    assert "<title>a</title>" in (html := page(tmp_path, "1", outputs={0: [said("x")]}))
    assert "<h1>a</h1>" in html


def test_a_table_and_a_picture_stay_what_they_are(tmp_path: Path) -> None:
    data = {"text/html": "<table border=1><thead><tr><th>n</th></tr></thead><tr><td colspan=2>1</td></tr></table>"}
    told = [
        {"output_type": "display_data", "metadata": {}, "data": data},
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
    ]
    html = page(tmp_path, "# Words", "1", outputs={1: told})
    assert '<td colspan="2">1</td>' in html
    assert re.search('<img[^>]* src="data:image/png;base64,AAAA"', html)
    assert "Figure" not in html


def test_pictures_from_elsewhere_are_left_out_and_said(tmp_path: Path) -> None:
    told: list[str] = []
    book = notebook(tmp_path / "a.ipynb", "# Words\n\n![x](https://example.com/x.png) ![y](y.png)")
    path = Ferry(told.append, tmp_path).write_demo(book, tmp_path / "a.html", wish=DemoWish(as_is=True))
    assert told == ["left out: 2 pictures that are not in the notebook itself; a demo asks no network"]
    assert "example.com" not in path.read_text()


def test_source_that_is_not_shown_may_hold_what_it_likes(tmp_path: Path) -> None:
    assert TOKEN not in page(tmp_path, "# Words", f"key = '{TOKEN}'")
    with pytest.raises(BadInput, match=r"^a.ipynb: cell 2 shows a Hugging Face token; nothing was published   "):
        page(tmp_path, "# Words", f"key = '{TOKEN}'", code=True)


def test_the_value_of_a_secret_variable_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "value-of-mine")
    with pytest.raises(BadInput, match=r"cell 1 shows the value of the variable MY_API_KEY;"):
        page(tmp_path, "# My value-of-mine")


def test_a_page_that_is_too_large_says_what_is_large(tmp_path: Path) -> None:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "AAAA" * 600_000}}
    told = (
        "the page has 2.4 MB, a demo at most 2 MB   the largest: cell 2 (output image/png) 2.4 MB, cell 1 (text) 0.0 MB"
    )
    with pytest.raises(BadInput) as caught:
        page(tmp_path, "# Words", "1", outputs={1: [picture]})
    assert str(caught.value) == told


def test_the_same_file_gives_the_same_page(tmp_path: Path) -> None:
    assert page(tmp_path, "# Words", "1", outputs={1: [said("x")]}) == page(
        tmp_path, "# Words", "1", outputs={1: [said("x")]}
    )


def test_names_tell_demos_of_one_person_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = notebook(tmp_path / "a.ipynb", "# Words")
    ferry = Ferry(cwd=tmp_path)
    try:
        made = []
        for who, name in [("ann", ""), ("ann", "For Bob"), ("bob", ""), ("ann", "")]:
            monkeypatch.setenv("FERRY_USER", who)
            made.append(ferry.publish_demo(book, wish=DemoWish(as_is=True, name=name)))
    finally:
        ferry.serving().stop()
    assert [one.record.name for one in made] == ["a", "for-bob", "a", "a"]
    first, second, third, again = (one.link for one in made)
    assert len({first, second, third}) == 3
    assert again == first
    kept = record.everything(open_store((tmp_path / "ferry-store").as_uri()))
    assert [(one.kind, one.by) for one in kept] == [("demo", "ann"), ("demo", "ann"), ("demo", "bob")]
