"""Pages of ours in a real Chromium, as somebody opens them from a mail: a file, no network, desktop and phone.

from tests.integration.views.browsing import browser, look    # fixtures, for a conftest or a module

def test_it(browser: Browser, tmp_path: Path) -> None:
    for look in LOOKS:
        with opened(browser, saved(tmp_path, html), look) as page:   # fails on any word in the console, any request
            assert problems(page) == []                              # contrast, names, headings, width, sizes
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
HERE = Path(__file__).parent
LOCAL = ("file:", "data:", "blob:")
PATIENCE = 120_000  # ms: a busy machine is no failure


class Look(NamedTuple):
    """How somebody looks at a page."""

    width: int = 1200
    scheme: str = "light"
    script: bool = True


DESKTOP = Look()
LOOKS = [Look(width, scheme) for width in (1200, 390) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with the module: its event loop is this thread's, and other modules have their own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look.width}-{look.scheme}")
def look(request: pytest.FixtureRequest) -> Look:
    """Desktop and phone, light and dark."""
    found: Look = request.param
    return found


def saved(folder: Path, html: str, name: str = "page.html") -> Path:
    """The page as a file."""
    path = folder / name
    path.write_text(html, encoding="utf-8")
    return path


@contextmanager
def opened(browser: Browser, path: Path, look: Look = DESKTOP) -> Iterator[Page]:
    """The page, from its file, with the network off. A word in the console or a request is a failure at the end."""
    context = _context(browser, look)
    page, told = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: told.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("request", lambda request: None if request.url.startswith(LOCAL) else told.append(f"asks {request.url}"))
    try:
        page.goto(path.absolute().as_uri())
        yield page
    finally:
        context.close()
    assert told == []


def problems(page: Page) -> list[str]:
    """Too little contrast, things without a name, bad headings, a page wider than the screen ...; [] for none."""
    return [*page.evaluate((HERE / "contrast.js").read_text()), *page.evaluate((HERE / "faults.js").read_text())]


def tabbed(page: Page, most: int = 400) -> list[str]:
    """The names of what the Tab key reaches, in order, from the top of the page; each shows that it has the focus."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name, outlined, first = page.evaluate(FOCUS)
        if not name or (first and reached):
            page.evaluate("document.querySelectorAll('[data-reached]').forEach(one => delete one.dataset.reached)")
            return reached
        assert outlined, f"{name} does not show that it has the focus"
        reached.append(name)
    raise AssertionError(f"{most} times Tab and no end: {reached[-3:]}")


FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return ['', true, false];
  const style = getComputedStyle(at);
  const seen = at.dataset.reached === 'yes';
  at.dataset.reached = 'yes';
  const name = (at.getAttribute('aria-label') || at.textContent || at.labels?.[0]?.textContent || at.tagName).trim();
  return [name.replace(/\\s+/g, ' ').slice(0, 80), style.outlineStyle !== 'none' || style.boxShadow !== 'none', seen];
}"""


def injected(browser: Browser, html: str, folder: Path) -> list[str]:
    """What of four foreign scripts in the page ran: an inline one, a handler, a data: and a javascript: address."""
    foreign = (
        "<script>window.owned = ['inline']</script>"
        "<img src='data:,x' alt='' onerror=\"(window.owned ??= []).push('handler')\">"
        "<script src=\"data:text/javascript,(window.owned ??= []).push('data')\"></script>"
        "<iframe src=\"javascript:(parent.owned ??= []).push('javascript')\"></iframe>"
    )
    path = saved(folder, re.sub("</body>", lambda end: foreign + end[0], html, count=1), "injected.html")
    context = _context(browser, DESKTOP)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    ran: list[str] = page.evaluate("window.owned ?? []")
    context.close()
    return ran


def _context(browser: Browser, look: Look) -> BrowserContext:
    phone = look.width < 600
    context = browser.new_context(
        viewport={"width": look.width, "height": 800},
        color_scheme="dark" if look.scheme == "dark" else "light",
        java_script_enabled=look.script,
        has_touch=phone,
        is_mobile=phone,
    )
    context.set_offline(True)
    return context
