"""The ready notebook of a run, as a page: in Chromium, from a file, without a network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.demo.made import RUN, SECOND, stock
from tests.integration.views.browsing import Look, injected, opened, problems, tabbed
from trainferry import Ferry
from trainferry.store import open_store


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written by the real notebook: all of its cells are run."""
    folder = tmp_path_factory.mktemp("demo")
    store = open_store((folder / "ferry-store").as_uri())
    stock(store)
    stock(store, SECOND, cats=0.9, lineage={"from": RUN})
    ferry = Ferry(cwd=folder)
    return ferry.write_demo(ferry.new_demo(SECOND, folder / "demo.ipynb"), folder / "demo.html", SECOND)


def test_nothing_is_wrong_with_it_in_any_look(browser: Browser, demo: Path, look: Look) -> None:
    with opened(browser, demo, look) as shown:
        assert problems(shown) == []
        tabbed(shown)


def test_it_tells_the_run_in_words_without_any_script(browser: Browser, demo: Path) -> None:
    with opened(browser, demo, Look(script=False)) as shown:
        text = shown.locator("body").inner_text()
    for words in (
        "What base-cat3 has learned",
        "96 of 100 pictures right",
        "Hardest for it: cat, 94 of 100 right, mostly taken for dog.",
        "5 taken for dog",
        "98 % sure",
        "At first cat was the hardest: 52 of 100 right, 94 after the second try. Base-cat3 is better, +13.8 over all",
        "it went from 30 to 84 of 100 right, in 5 minutes. The machine was taken away from it once (the dashed line)",
        "commit 1c0ffee1c0ff and 1 changed file, snapshot c0ffeec0ffee",
        f"ferry rerun {SECOND}",
    ):
        assert words in text, words


def test_a_foreign_script_in_it_does_nothing(browser: Browser, demo: Path, tmp_path: Path) -> None:
    assert injected(browser, demo.read_text(), tmp_path) == []


def test_behind_its_link_it_is_the_same_page_and_nothing_in_it_is_refused(browser: Browser, demo: Path) -> None:
    """The server's policy allows what the page's own does: a word in the console would say what it did not."""
    ferry = Ferry(cwd=demo.parent)
    context = browser.new_context()
    page, told = context.new_page(), list[str]()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    try:
        page.goto(ferry.publish_demo(demo.parent / "demo.ipynb", SECOND).link)
        assert "96 of 100 pictures right" in page.locator("body").inner_text()
        assert page.title() == "What base-cat3 has learned"
    finally:
        ferry.serving().stop()
        context.close()
    assert told == []


def test_a_panel_in_a_notebook_is_shown_in_a_frame_of_its_own(browser: Browser, demo: Path, tmp_path: Path) -> None:
    ferry = Ferry(cwd=demo.parent)
    html = ferry.demo(SECOND).result()._repr_mimebundle_()["text/html"]
    path = tmp_path / "cell.html"
    path.write_text(f"<!doctype html><title>x</title>{html}")
    with opened(browser, path) as shown:
        assert "96 of 100 pictures right" in shown.frame_locator("iframe").locator("body").inner_text()
    assert len(demo.read_bytes()) < 100_000
