"""The page of predictions as people use it: with a mouse, with keys alone, on a phone, in the dark, without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.integration.views.browsing import DESKTOP, Look, injected, opened, problems, saved, tabbed
from tests.unit.views.made import CLASSES, HOSTILE, predictions, sheet
from trainferry.runs.predictions import Predictions
from trainferry.sdk.predicting import Predicted, Source
from trainferry.views import pictures
from trainferry.views.pictures import Sheet
from trainferry.views.predictions import selection
from trainferry.views.predictions.page import About, page


def made(found: Predictions, seen: bool = True) -> str:
    references = [row.image for row in selection.shown(found)] if seen else []
    about = About("base-4be1a90c", facts=["pets@3f9c2a71"], commands=["ferry rerun base --boost-worst 3"])
    return page(about, found, pictures.sheet({"sheet.png": sheet(len(found.rows))}, references))


@pytest.fixture(scope="module")
def found() -> Predictions:
    return predictions(400)


@pytest.fixture
def path(tmp_path: Path, found: Predictions) -> Path:
    return saved(tmp_path, made(found))


def test_it_is_readable_for_everybody_also_with_a_picture_open(browser: Browser, path: Path, look: Look) -> None:
    with opened(browser, path, look) as shown:
        assert problems(shown) == []
        shown.locator('[data-cell="1,0"] button').click()
        assert problems(shown) == []
        shown.locator(".tiles button").first.click()
        assert problems(shown) == []


def test_a_number_of_the_table_opens_its_pictures(browser: Browser, path: Path, found: Predictions) -> None:
    count = found.confusion[1][0]
    with opened(browser, path) as shown:
        assert shown.locator(".shelf h2").inner_text() == "Mistakes it was most sure of"
        assert shown.locator(".back").is_hidden()
        shown.locator('[data-cell="1,0"] button').click()
        assert shown.locator(".shelf h2").inner_text() == "dog, taken for cat"
        assert shown.locator(".tiles button").count() == min(count, selection.OF_MISTAKES)
        assert shown.locator('[aria-pressed="true"]').inner_text() == str(count)
        shown.locator(".tiles button").nth(1).click()
        first = dialog(shown)
        assert first[0] == "dog, taken for cat"
        shown.locator(".after").click()
        assert dialog(shown)[1] != first[1]
        shown.locator(".before").click()
        assert dialog(shown) == first
        shown.locator(".close").click()
        shown.locator(".back").click()
        assert shown.locator(".shelf h2").inner_text() == "Mistakes it was most sure of"
        shown.locator("[data-open='1,0'] button").click()
        assert shown.locator(".shelf h2").inner_text() == "dog, taken for cat"


def dialog(shown: Page) -> tuple[str, str]:
    return shown.locator(".detail h3").inner_text(), shown.locator(".detail .id").inner_text()


def test_what_a_picture_could_have_been_adds_up(browser: Browser, path: Path, found: Predictions) -> None:
    with opened(browser, path) as shown:
        shown.locator('[data-cell="0,0"] button').click()
        shown.locator(".tiles button").first.click()
        row = next(row for row in found.rows if row.id == dialog(shown)[1])
        told = shown.locator(".detail .chances").inner_text().split("\n")
        order = sorted(range(len(CLASSES)), key=lambda at: -row.probabilities[at])
        words = [word.strip() for word in told if word.strip()]
        assert words == [w for at in order for w in (CLASSES[at], f"{100 * row.probabilities[at]:.1f} %")]


def test_keys_alone_reach_everything_and_come_back(browser: Browser, path: Path) -> None:
    with opened(browser, path) as shown:
        reached = tabbed(shown)
        assert reached[:4] == [name for name in reached[:4] if " taken for " in name or name.startswith("never")]
        assert sum(name.startswith("cat recognised") for name in reached) == 1
        assert len([name for name in reached if name.startswith("is ")]) == selection.FIRST
        shown.locator('[data-cell="0,0"] button').focus()
        shown.keyboard.press("ArrowDown")
        assert focused(shown).startswith("dog taken for cat")
        shown.keyboard.press("Enter")
        assert focused(shown) == "dog, taken for cat"
        while not focused(shown).startswith("is dog"):
            shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
        before = dialog(shown)
        shown.keyboard.press("ArrowRight")
        assert dialog(shown) != before
        shown.keyboard.press("Escape")
        assert shown.locator(".detail").is_hidden()
        assert focused(shown).startswith("is dog")
        assert shown.evaluate("document.activeElement === document.querySelectorAll('.tiles button')[1]")


def focused(shown: Page) -> str:
    text: str = shown.evaluate(
        "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).replace(/\\s+/g, ' ')"
    )
    return text.strip()


def test_without_scripts_it_tells_the_same(browser: Browser, path: Path, found: Predictions) -> None:
    with opened(browser, path, Look(script=False)) as shown:
        assert not any(button.is_visible() for button in shown.locator("button").all())
        assert shown.locator(".tiles li").count() == selection.FIRST
        assert shown.locator('[data-cell="1,0"]').inner_text() == str(found.confusion[1][0])
        assert not shown.locator(".script").is_visible()


def test_in_a_notebook_it_is_the_page_in_a_frame(browser: Browser, tmp_path: Path, found: Predictions) -> None:
    (tmp_path / "sheet.png").write_bytes(sheet(400))
    shown = Predicted(Source("answers.csv", folder=tmp_path), found)
    assert len(repr(shown)) < 400
    frame = shown._repr_html_()
    html = f"<!doctype html><html lang=en><title>x</title><main><h1>A notebook</h1>{frame}</main></html>"
    with opened(browser, saved(tmp_path, html)) as notebook:
        inner = notebook.frame_locator("iframe")
        inner.locator('[data-cell="1,0"] button').click()
        assert inner.locator(".shelf h2").inner_text() == "dog, taken for cat"
        assert inner.locator(".tiles .none").count() == 0


def test_a_foreign_script_in_it_does_not_run(browser: Browser, tmp_path: Path, found: Predictions) -> None:
    assert injected(browser, made(found), tmp_path) == []


ODD = {
    "hostile names": predictions(120, HOSTILE),
    "no labels": predictions(60, labelled=False),
    "one image": predictions(1),
    "many classes": predictions(900, tuple(f"class-{number:03}" for number in range(60))),
    "long names": predictions(60, ("a" * 60, "b c " * 20, "d")),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("width", [1200, 390])
def test_odd_tables_make_readable_pages(browser: Browser, tmp_path: Path, kind: str, width: int) -> None:
    for seen in (True, False):
        with opened(browser, saved(tmp_path, made(ODD[kind], seen)), Look(width)) as shown:
            assert problems(shown) == []
            assert shown.evaluate("window.owned === undefined")
            shown.locator(".tiles button").first.click()
            assert problems(shown) == []


def test_everything_right_is_no_list_of_mistakes(browser: Browser, tmp_path: Path, found: Predictions) -> None:
    right = Predictions(found.classes, tuple(row for row in found.rows if row.label == row.prediction))
    with opened(browser, saved(tmp_path, page(About("base"), right, Sheet())), DESKTOP) as shown:
        assert problems(shown) == []
        assert shown.locator(".shelf h2").inner_text() == "Images it was least sure of"
        assert shown.locator(".lead strong").inner_text() == "100.0 %"
