"""Trying a model in the browser: drawing by hand and by keyboard, people's own pictures, the quiz."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, expect
from torch import Tensor

from tests.integration.demo import nets
from tests.integration.views.browsing import DESKTOP, Look, injected, opened, problems, tabbed
from trainferry import Ferry
from trainferry.store import open_store

RUN = "base-4be1a90c"
LINE = ((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8), (0.3, 0.2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("try")
    nets.data(made)
    nets.stock(open_store((made / "ferry-store").as_uri()), RUN, nets.trained(made, "small"))
    return made


@pytest.fixture(scope="module")
def demo(folder: Path) -> Path:
    """The ready notebook of the run, executed, as a page."""
    ferry = Ferry(cwd=folder)
    return ferry.write_demo(ferry.new_demo(RUN, folder / "demo.ipynb"), folder / "demo.html", RUN)


def draw(page: Page, points: tuple[tuple[float, float], ...] = LINE) -> None:
    paper = page.locator(".try-it .paper")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def answered(page: Page) -> None:
    """Waits for an answer about what is on the paper now."""
    expect(page.locator(".try-it .odds .top")).to_have_count(1)


def shown(page: Page) -> tuple[Tensor, str, list[int]]:
    """What the model was asked about, (1, 1, 28, 28) uint8, its answer, its percents: all from one moment."""
    uri, words, shares = page.locator(".try-it").evaluate(
        """one => [one.querySelector('.seen').toDataURL(), one.querySelector('.said b').innerText,
        [...one.querySelectorAll('.odds li span:last-child')].map((part) => parseInt(part.innerText))]"""
    )
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("L")
    return torch.from_numpy(np.array(image))[None, None], words, shares


def seen(page: Page) -> Tensor:
    return shown(page)[0]


def until(page: Page, right: Callable[[Tensor], bool]) -> Tensor:
    """What the model is asked about, once it is right; else the last of 300 looks."""
    for _ in range(300):
        if right(found := seen(page)):
            break
        page.wait_for_timeout(50)
    return found


def test_what_the_page_says_of_a_drawing_is_what_torch_says_of_it(browser: Browser, folder: Path, demo: Path) -> None:
    with opened(browser, demo) as page:
        draw(page)
        answered(page)
        asked, said, shares = shown(page)
    wanted = nets.logits(folder / "small", "small", asked)[0].softmax(0)
    assert all(abs(share - 100 * one) < 1 for share, one in zip(shares, wanted.tolist(), strict=True))
    assert said == nets.CLASSES[int(wanted.argmax())]
    assert asked.float().std() > 30


def test_a_drawing_is_filled_moved_and_made_as_large_as_the_pictures_of_the_training(
    browser: Browser, demo: Path
) -> None:
    with opened(browser, demo) as page:
        draw(page, tuple((0.05 + x / 2, 0.5 + y / 2) for x, y in LINE))
        answered(page)
        framed = until(page, lambda found: _box(found) == (27, 13.5, 13.5))
        assert _box(framed) == (27, 13.5, 13.5)
        assert framed[0, 0, 14, 14] > 60
        page.get_by_label("fill closed outlines").uncheck()
        assert until(page, lambda found: bool(found[0, 0, 14, 14] < 60))[0, 0, 14, 14] < 60


def _box(image: Tensor) -> tuple[int, float, float]:
    """The longer side of what is drawn, and its middle from left and from above."""
    drawn = image[0, 0] > 60
    edges = [(int(line[0]), int(line[-1])) for at in (0, 1) if len(line := drawn.any(at).nonzero().flatten())]
    (left, right), (top, bottom) = edges
    return max(right - left, bottom - top), (left + right) / 2, (top + bottom) / 2


def test_the_keyboard_draws_undoes_and_clears(browser: Browser, demo: Path) -> None:
    with opened(browser, demo) as page:
        page.locator(".try-it .paper").focus()
        page.keyboard.press("Space")
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            for _ in range(3):
                page.keyboard.press(f"Shift+{key}")
        answered(page)
        page.keyboard.press("Delete")
        expect(page.locator(".try-it .said b")).to_have_text("Draw something")
        expect(page.locator(".try-it .odds .top")).to_have_count(0)
        page.keyboard.press("Control+z")
        answered(page)


def test_a_finger_draws_and_the_page_stays_where_it_is(browser: Browser, demo: Path) -> None:
    with opened(browser, demo, Look(390)) as page:
        paper = page.locator(".try-it .paper")
        paper.scroll_into_view_if_needed()
        box, before = paper.bounding_box(), page.evaluate("scrollY")
        assert box
        touch = page.context.new_cdp_session(page)
        for kind, part in (("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.8), ("touchEnd", None)):
            at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * part}] if part else []
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        answered(page)
        assert page.evaluate("scrollY") == before


def test_a_picture_of_the_test_gets_the_answer_of_the_table_and_its_truth(
    browser: Browser, folder: Path, demo: Path
) -> None:
    with opened(browser, demo) as page:
        page.get_by_label("test picture 2", exact=True).click()
        answered(page)
        tested = nets.images(folder)
        asked, said, _ = shown(page)
        same = [at for at in range(1000) if torch.equal(tested[at], asked[0])]
        wanted = nets.logits(folder / "small", "small", asked)[0].argmax()
        assert len(same) == 1
        assert said == nets.CLASSES[int(wanted)]
        assert page.get_by_label("test picture 2", exact=True).get_attribute("aria-pressed") == "true"
        assert ("Right." in (told := page.locator(".try-it .said").inner_text())) != ("In truth it is" in told)


def photo(pixels: Tensor) -> bytes:
    """As somebody takes it: dark on white, larger, off the middle, with much around it."""
    large = ImageOps.invert(Image.fromarray(pixels.numpy())).resize((280, 280), Image.Resampling.BICUBIC)
    whole = Image.new("RGB", (640, 480), "white")
    whole.paste(large, (310, 60))
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=92)
    return file.getvalue()


def test_a_photo_is_made_like_the_pictures_of_the_training(browser: Browser, folder: Path, demo: Path) -> None:
    pixels = nets.images(folder)[0, 0]

    def off(found: Tensor) -> float:
        return (found[0, 0].float() - pixels.float()).abs().mean().item()

    with opened(browser, demo) as page:
        page.locator(".try-it .file").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(pixels)}
        )
        answered(page)
        assert off(until(page, lambda found: off(found) < 15)) < 15


def test_a_picture_can_be_dropped_and_what_is_none_is_said(browser: Browser, folder: Path, demo: Path) -> None:
    drop = """(one, [kind, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], 'a', {type: kind}));
      one.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    with opened(browser, demo) as page:
        board = page.locator(".try-it .board")
        board.evaluate(drop, ["text/plain", "AAAA"])
        expect(page.locator(".try-it .said b")).to_have_text("That is no picture")
        board.evaluate(drop, ["image/jpeg", base64.b64encode(photo(nets.images(folder)[1, 0])).decode()])
        answered(page)


def test_the_quiz_is_played_by_keyboard_and_counts(browser: Browser, demo: Path) -> None:
    with opened(browser, demo) as page:
        quiz = page.locator(".quiz")
        answers = page.evaluate("JSON.parse(document.querySelector('[data-name=quiz]').textContent)")
        quiz.locator(".choices button").first.focus()
        for at, one in enumerate(answers[:10]):
            for _ in range(one["choices"].index(one["label"]) if at != 3 else one["choices"].index(one["label"]) ^ 1):
                page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(quiz.locator(".verdict b")).to_have_text("Right." if at != 3 else f"No: {one['label']}.")
            page.keyboard.press("Enter")
        model = sum(one["label"] == one["prediction"] for one in answers[:10])
        expect(quiz.locator(".verdict")).to_contain_text(f"You had 9 of 10 right, the model {model}.")
        page.keyboard.press("Enter")
        expect(quiz.locator(".verdict")).to_have_text("Picture 1 of 10. What is it?")
        assert quiz.locator("ol > li:not([hidden])").count() == 1


def test_nothing_is_wrong_with_the_page_in_any_look(browser: Browser, demo: Path, look: Look) -> None:
    with opened(browser, demo, look) as page:
        draw(page)
        answered(page)
        page.locator(".quiz .choices button").first.click()
        assert problems(page) == []


def test_every_part_is_reached_by_keyboard(browser: Browser, demo: Path) -> None:
    with opened(browser, demo) as page:
        expect(page.locator(".try-it .odds li")).to_have_count(10)
        names = tabbed(page)
    for name in (
        "Paper to draw on",
        "Pen",
        "fill closed outlines",
        "Undo",
        "Clear",
        "Choose a picture",
        "test picture 1",
    ):
        assert any(one.startswith(name) for one in names), (name, names)
    assert {*nets.CLASSES} <= {*names}


def test_without_scripts_it_shows_examples_and_questions(browser: Browser, demo: Path) -> None:
    with opened(browser, demo, Look(script=False)) as page:
        assert page.locator(".try-it .tiles li").count() == 12
        assert not page.locator(".try-it .live").is_visible()
        page.locator(".quiz summary").first.click()
        assert "The model said" in page.locator(".quiz li").first.inner_text()
        assert problems(page) == []


def test_it_is_small_and_foreign_scripts_in_it_do_nothing(browser: Browser, demo: Path, tmp_path: Path) -> None:
    assert len(demo.read_bytes()) < 2_000_000
    assert injected(browser, demo.read_text(), tmp_path) == []


def test_a_model_that_a_page_cannot_run_says_so_and_shows_examples(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    output = folder / "small"
    there = open_store((tmp_path / "ferry-store").as_uri())
    kept, content = output / nets.WEIGHTS, (output / nets.WEIGHTS).read_bytes()
    try:
        kept.write_bytes(content.replace(b"head.weight", b"tail.weight"))
        nets.stock(there, RUN, output)
    finally:
        kept.write_bytes(content)
    panel = Ferry(cwd=tmp_path).demo(RUN).try_it()
    assert panel.data["why"] == "it is not the small or the medium net of the reference trainer"
    path = tmp_path / "cell.html"
    path.write_text(f"<!doctype html><title>x</title>{panel._repr_mimebundle_()['text/html']}")
    with opened(browser, path, DESKTOP) as page:
        body = page.frame_locator("iframe").locator(".try-it")
        expect(body).to_contain_text("This model cannot answer in a page: it is not the small or the medium net")
        expect(body.locator(".tiles li")).to_have_count(12)
