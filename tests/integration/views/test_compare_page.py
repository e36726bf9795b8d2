"""The page that compares runs, as people use it: with a mouse, with keys alone, on a phone, without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.views.browsing import Look, injected, opened, problems, saved, tabbed
from tests.unit.views.made import CLASSES, HOSTILE
from tests.unit.views.test_compare import made, two
from trainferry.views.compare import flips, selection


@pytest.fixture(scope="module")
def html() -> str:
    return made()


def test_it_is_readable_for_everybody(browser: Browser, tmp_path: Path, html: str, look: Look) -> None:
    with opened(browser, saved(tmp_path, html), look) as shown:
        assert problems(shown) == []
        shown.locator("summary").click()
        shown.locator("button", has_text="dog").click()
        assert problems(shown) == []


def test_a_class_is_chosen_with_the_mouse_and_with_keys(browser: Browser, tmp_path: Path, html: str) -> None:
    _, _, found = two()
    dog = next(one for one in found.classes if one.name == "dog")
    with opened(browser, saved(tmp_path, html)) as shown:
        assert shown.locator(".won li").count() == min(flips.FIRST, found.overall.won)
        shown.locator("[data-class=dog]").click()
        assert shown.locator(".won li").count() == min(dog.won, selection.OF_CLASS)
        assert shown.locator(".won h3").inner_text().startswith("dog: only base-cat3 is right")
        assert shown.locator("[aria-pressed=true]").inner_text().startswith("dog")
        shown.locator("[data-all]").focus()
        shown.keyboard.press("Enter")
        assert shown.locator(".won li").count() == min(flips.FIRST, found.overall.won)
        reached = tabbed(shown)
        assert [name for name in reached if name.startswith(("all classes", "cat +", "dog +"))]


def test_what_the_script_draws_is_what_the_page_began_with(browser: Browser, tmp_path: Path, html: str) -> None:
    with opened(browser, saved(tmp_path, html)) as shown:
        before = shown.locator(".flips .tiles").all_inner_texts(), shown.locator(".flips .pic").evaluate_all(CELLS)
        shown.locator("[data-class=dog]").click()
        shown.locator("[data-all]").click()
        after = shown.locator(".flips .tiles").all_inner_texts(), shown.locator(".flips .pic").evaluate_all(CELLS)
        assert after == before


CELLS = "all => all.map(one => [one.className, getComputedStyle(one).backgroundPosition])"


def test_without_scripts_it_tells_the_same(browser: Browser, tmp_path: Path, html: str) -> None:
    with opened(browser, saved(tmp_path, html), Look(script=False)) as shown:
        assert not any(button.is_visible() for button in shown.locator("button").all())
        assert shown.locator(".won li").count() == flips.FIRST
        assert "dog is better" in shown.locator(".verdict").inner_text()


def test_a_foreign_script_in_it_does_not_run(browser: Browser, tmp_path: Path, html: str) -> None:
    assert injected(browser, html, tmp_path) == []


ODD = {
    "hostile names": lambda: made(120, HOSTILE),
    "no pictures": lambda: made(120, seen=False),
    "many classes": lambda: made(900, tuple(f"class-{number:03}" for number in range(60))),
    "long names": lambda: made(90, ("a" * 60, "b c " * 20, "d")),
    "three runs": lambda: made(200, CLASSES, runs=3),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("width", [1200, 390])
def test_odd_runs_make_readable_pages(browser: Browser, tmp_path: Path, kind: str, width: int) -> None:
    with opened(browser, saved(tmp_path, ODD[kind]()), Look(width)) as shown:
        assert problems(shown) == []
        assert shown.evaluate("window.owned === undefined")
        shown.locator(".choose button").nth(1).click()
        assert problems(shown) == []
