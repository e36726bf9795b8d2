"""The share page in a real browser: desktop and phone, keyboard, downloads, and a policy that holds."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.integration.gateway.server import Gateway, gateway
from tests.integration.share.conftest import ODD, README, Shelf
from tests.integration.share.made import demo, share
from trainferry.share.key import link_key
from trainferry.share.links import token
from trainferry.share.record import ShareRecord

WIDTHS = {"desktop": 1200, "phone": 390}


@pytest.fixture
def served(shelf: Shelf, tmp_path: Path) -> Iterator[Gateway]:
    with gateway(tmp_path / "store", "tests.integration.share.serving") as running:
        yield running


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 800}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    told: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    yield opened
    context.close()
    assert told == []


def link(served: Gateway, made: ShareRecord) -> str:
    return f"{served.url}/{'d' if made.kind == 'demo' else 's'}/{token(link_key(served.folder), made)}"


def test_the_page_shows_what_is_shared_and_nothing_of_it_is_code(shelf: Shelf, served: Gateway, page: Page) -> None:
    made = share(shelf.store, ["checkpoints", "notes"], name="<img src=x onerror=alert(1)> & \u202etxt")
    page.goto(link(served, made))
    assert page.locator("h1").inner_text() == "<img src=x onerror=alert(1)> & \N{REPLACEMENT CHARACTER}txt"
    assert page.locator("script, img, iframe, object, link, form").count() == 0
    rows = page.locator("ul.files li").all_inner_texts()
    for file, row in zip(made.files, rows, strict=True):
        assert file.path in row
        assert file.sha256 in row
    assert f"notes/{ODD}" in " ".join(rows)
    assert README.strip() in page.locator("pre").first.inner_text()
    assert "accuracy" in page.locator("table").inner_text()
    assert "Loading last.pt can run code." in page.locator(".warning").inner_text()
    assert "left" in page.locator(".facts").inner_text()
    assert f"curl -fsSL {link(served, made)} |" in page.locator("pre.command").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_keyboard_reaches_every_button_and_the_download_is_the_file(
    shelf: Shelf, served: Gateway, page: Page, tmp_path: Path
) -> None:
    made = share(shelf.store, ["best"])
    page.goto(link(served, made))
    reached = []
    for _ in range(len(made.files)):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert [label.partition(",")[0] for label in reached] == [
        "Download best.safetensors",
        "Download best.json",
        "Download README.md",
    ]
    page.locator("a.button").first.focus()
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "best.safetensors"
    started.value.save_as(tmp_path / "got")
    assert hashlib.sha256((tmp_path / "got").read_bytes()).hexdigest() == made.files[0].sha256


def test_an_injected_script_style_picture_or_form_does_nothing(shelf: Shelf, served: Gateway, browser: Browser) -> None:
    """The page as it is served, with code put into its body on the way."""
    context = browser.new_context()
    page = context.new_page()
    evil = (
        "<script>document.title='owned'</script><img src=/s/x onerror=\"document.title='owned'\">"
        "<style>h1{display:none}</style><iframe src=/s/x></iframe><form action=/s/x><button id=send>x</button></form>"
    )

    def inject(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        route.fulfill(response=answer, body=answer.text().replace("<h1>", evil + "<h1>"))  # type: ignore[attr-defined]

    page.route("**/s/*.*", inject)
    page.goto(link(served, share(shelf.store, name="Mine")))
    assert page.title() == "Mine"
    assert page.locator("h1").is_visible()
    page.locator("#send").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert served.output.count('"what": "share') == 1
    assert "opens nothing" not in served.output
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(shelf: Shelf, served: Gateway, browser: Browser, scheme: str) -> None:
    """Contrast of at least 4.5 to 1 (WCAG AA)."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(link(served, share(shelf.store, ["checkpoints"])))
    for selector in ("h1", ".facts li", ".warning", ".button", ".told", ".size", "th", "td", "pre", "footer"):
        inks = page.locator(selector).first.evaluate(INKS)
        assert contrast(*inks) >= 4.5, (selector, inks)
    context.close()


def test_a_link_that_opens_nothing_says_so_kindly(served: Gateway, browser: Browser) -> None:
    page = browser.new_page()
    answer = page.goto(f"{served.url}/s/nothing")
    assert answer is not None
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "This link opens nothing"
    page.close()


def test_a_demo_runs_its_own_script_and_reaches_nobody(shelf: Shelf, served: Gateway, browser: Browser) -> None:
    own = "document.title='ran'; fetch('/healthz').catch(() => { document.title += ', shut in' })"
    html = f"<!doctype html><title>x</title><script>{own}</script><script>document.title='owned'</script>"
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    context = browser.new_context()
    page = context.new_page()
    page.goto(link(served, demo(shelf.store, html.encode(), [digest])))
    page.wait_for_function("document.title == 'ran, shut in'")
    context.close()


INKS = """element => {
  const ink = getComputedStyle(element).color;
  let ground = 'rgba(0, 0, 0, 0)';
  for (let at = element; at && ground === 'rgba(0, 0, 0, 0)'; at = at.parentElement)
    ground = getComputedStyle(at).backgroundColor;
  return [ink, ground];
}"""


def contrast(ink: str, ground: str) -> float:
    """Of two CSS colours, as WCAG 2 counts it."""
    darker, lighter = sorted(map(_luminance, (ink, ground)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
