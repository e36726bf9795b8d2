"""What the checks of pages find when there is something to find, so that finding nothing means something."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.views.browsing import Look, injected, opened, problems, saved, tabbed
from trainferry.views.page import Part, data, page

BAD = {
    "<p style='color:#999;background:#fff'>pale</p>": '"pale" has 2.85, needs 4.5',
    "<p style='opacity:.4'>faint</p>": '"faint" has 2.',
    "<p style='background-image:linear-gradient(red,blue)'>on it</p>": '"on it" stands on a picture',
    "<svg role=img aria-label=x><text y=20 fill='#ccc'>drawn</text></svg>": '"drawn" has 1.61, needs 4.5',
    "<button></button>": "has no name: <button>",
    "<h4>deep</h4>": "skips a level: <h4>deep",
    "<p id=a>x</p><p id=a>y</p>": "id a is there twice",
    "<div style='width:3000px'>wide</div>": "wider than the screen",
    "<button style='padding:0;border:0;font-size:9px'>i</button>": "too small to touch",
    "<table><tr><td>1</td></tr></table>": "no headers: <table>",
    "<p aria-describedby=nobody>x</p>": "names nobody, not there",
}


def test_what_is_wrong_with_a_page_is_found(browser: Browser, tmp_path: Path) -> None:
    for html, words in BAD.items():
        with opened(browser, saved(tmp_path, page("t", [Part("<h1>A page</h1>" + html)]))) as opened_page:
            found = problems(opened_page)
        assert any(words in one for one in found), (html, found)


def test_a_plain_page_is_fine_in_every_look(browser: Browser, tmp_path: Path, look: Look) -> None:
    html = page(
        "t",
        [Part("<h1>A page</h1><p class=quiet>of ours</p><button class='button'>Press</button> <a href='#x'>go</a>")],
    )
    with opened(browser, saved(tmp_path, html), look) as opened_page:
        assert problems(opened_page) == []
        assert tabbed(opened_page) == ["Press", "go"]


NOISY = ["console.log('said')", "throw new Error('broken')", "fetch('https://nobody.example/').catch(() => {})"]


@pytest.mark.parametrize("script", NOISY)
def test_a_page_that_speaks_breaks_or_asks_is_a_failure(browser: Browser, tmp_path: Path, script: str) -> None:
    with pytest.raises(AssertionError), opened(browser, saved(tmp_path, page("t", [Part("<h1>A</h1>", "", script)]))):
        pass


def test_foreign_scripts_run_without_our_policy_and_not_with_it(browser: Browser, tmp_path: Path) -> None:
    script = "document.title = JSON.parse(document.querySelector('[data-name=v]').textContent).title"
    ours = page("t", [Part("<h1>A</h1>" + data("v", json.loads('{"title": "ran"}')), "", script)])
    assert injected(browser, ours, tmp_path) == []
    open_door = "<!doctype html><title>x</title><body><h1>A</h1></body>"
    assert sorted(injected(browser, open_door, tmp_path)) == ["data", "handler", "inline", "javascript"]
    with opened(browser, saved(tmp_path, ours)) as opened_page:
        assert opened_page.title() == "ran"
