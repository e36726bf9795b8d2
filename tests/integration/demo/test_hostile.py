"""Whatever is in a notebook: no script of it is alive on the page, and the page asks no network."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from nbformat import from_dict
from playwright.sync_api import Browser, Page

from tests.integration.demo.hostile import RUN, notebooks
from tests.integration.views.browsing import LOCAL, saved
from trainferry import Ferry
from trainferry.errors import BadInput
from trainferry.sdk.demo.wish import DemoWish

BOOKS = dict(notebooks())
WISH = DemoWish(as_is=True, code=True)
REFUSED = {
    "panel: a net that is none",
    "panel: of text",
    "panel: without values",
    "panel: a number of text",
    "panel: sheet that ends its address",
}

# a reader who touches everything
TOUCH = """async () => {
  for (const one of document.querySelectorAll('body *')) {
    for (const kind of ['pointerover', 'focus', 'toggle', 'load', 'error', 'animationstart', 'beginEvent'])
      one.dispatchEvent(new Event(kind));
    if (one.matches('a[href^=http], a[href^=mailto]')) continue;
    one.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
  }
  await new Promise(done => setTimeout(done, 10));
}"""
ALIVE = """() => [
  ...(window.owned ? ['ran'] : []),
  ...[...document.querySelectorAll('*')].flatMap(one => [...one.attributes].flatMap(({name, value}) =>
    /^on/i.test(name) || /^\\s*(javascript|vbscript|data:text)/i.test(value) ? [`${one.tagName} ${name}`] : [])),
  ...[...document.querySelectorAll('iframe, object, embed, base, form, link, style ~ style, body style, svg script')]
    .map(one => one.tagName),
  ...[...document.querySelectorAll('main script')].filter(one => !/json/.test(one.type)).map(() => 'SCRIPT'),
]"""


@contextmanager
def reader(browser: Browser) -> Iterator[Page]:
    """Opens one page after the other; a word in the console or a request to a network is a failure at the end."""
    context = browser.new_context()
    context.set_offline(True)
    page, told = context.new_page(), list[str]()
    page.set_default_timeout(120_000)
    page.on("console", lambda message: told.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
    page.on("request", lambda asked: None if asked.url.startswith(LOCAL) else told.append(f"asks {asked.url}"))
    yield page
    context.close()
    assert told == []


def drawn(folder: Path, name: str) -> Path:
    """The page of a notebook. Raises BadInput for one that is refused."""
    book = folder / "book.ipynb"
    book.write_text(json.dumps(BOOKS[name]))
    return Ferry(cwd=folder).write_demo(book, folder / "book.html", wish=WISH)


def test_there_are_many_hostile_notebooks() -> None:
    assert len(BOOKS) >= 80


def test_no_script_of_a_hostile_notebook_is_alive(browser: Browser, tmp_path: Path) -> None:
    with reader(browser) as page:
        for name in sorted(BOOKS.keys() - REFUSED):
            page.goto(drawn(tmp_path, name).as_uri())
            page.evaluate(TOUCH)
            assert (name, page.evaluate(ALIVE)) == (name, [])
            assert page.locator("h1").first.inner_text() == "A notebook"


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_panel_whose_values_do_not_fit_is_refused_with_its_cell(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"^cell 2: [^\n]*$"):
        drawn(tmp_path, name)


def test_the_same_notebooks_are_alive_when_they_are_not_cleaned(browser: Browser, tmp_path: Path) -> None:
    """So that finding nothing means something: nbconvert's own page without its cleaning and without our policy."""
    exporter = HTMLExporter(template_name="basic")
    page, alive = browser.new_page(), 0
    names = [name for name in BOOKS if name.startswith("output: ")]
    for name in names:
        html = exporter.from_notebook_node(from_dict(BOOKS[name]))[0]
        page.goto(saved(tmp_path, f"<!doctype html><title>x</title><body>{html}").as_uri(), wait_until="commit")
        page.wait_for_timeout(20)
        alive += bool(page.evaluate(ALIVE))
    page.close()
    assert alive >= len(names) - 3


@pytest.mark.parametrize("tag", ["hide", "remove-cell"])
def test_a_hidden_cell_is_not_in_the_page(tmp_path: Path, tag: str) -> None:
    (tmp_path / "book.ipynb").write_text(json.dumps(hidden(tag)))
    path = Ferry(cwd=tmp_path).write_demo(tmp_path / "book.ipynb", tmp_path / "x.html", wish=WISH)
    assert RUN not in path.read_text()


def hidden(tag: str) -> dict[str, object]:
    cell = {"id": "x", "cell_type": "markdown", "metadata": {"tags": [tag]}, "source": f"`{RUN}`"}
    seen = {"id": "y", "cell_type": "markdown", "metadata": {}, "source": "words"}
    return {"cells": [cell, seen], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
