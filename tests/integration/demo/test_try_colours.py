"""Trying a net for coloured pictures of many classes: what the page says is what torch says of what it shows."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from torch import Tensor, nn

from tests.integration.views.browsing import opened, problems, saved
from trainer import model
from trainferry.runs.predictions import Predictions, Row
from trainferry.views.demo import try_it, weights
from trainferry.views.demo.kinds import part
from trainferry.views.page import Part, page
from trainferry.views.pictures import sheet

CLASSES = tuple(f"kind-{number}" for number in range(12))
SIDE = 32


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    """Two boxes of a colour each on a nearly white ground, (24, 3, 32, 32) uint8."""
    made = torch.full((24, 3, SIDE, SIDE), 250, dtype=torch.uint8)
    for at in range(24):
        made[at, :, 4:-4, 4 + at % 3 : -4] = torch.tensor([9 * at, 40, 200 - 8 * at], dtype=torch.uint8)[:, None, None]
    return made


@pytest.fixture(scope="module")
def net(pixels: Tensor) -> nn.Module:
    """Of random weights, its norms those of these pictures."""
    torch.manual_seed(0)
    made = model.Net(3, len(CLASSES), model.SMALL)
    made.prepare(pixels)
    with torch.no_grad():
        for _ in range(20):
            made(pixels)
        made.head.weight *= 8
    return made.eval()


@pytest.fixture(scope="module")
def html(pixels: Tensor, net: nn.Module) -> str:
    grid, file = Image.new("RGB", (SIDE * len(pixels), SIDE)), io.BytesIO()
    for at, one in enumerate(pixels):
        grid.paste(Image.fromarray(one.permute(1, 2, 0).numpy()), (SIDE * at, 0))
    grid.save(file, "PNG")
    rows = []
    for at, shares in enumerate(answers(net, pixels)):
        name = f"s.png#xywh={SIDE * at},0,{SIDE},{SIDE}"
        said = CLASSES[int(shares.argmax())]
        rows.append(Row(f"i{at}", CLASSES[at % 12], said, tuple(shares.tolist()), name))
    found = Predictions(CLASSES, tuple(rows))
    chosen = try_it.rows(found)
    about = {"about": json.dumps({"classes": CLASSES, "shape": [3, SIDE, SIDE]})}
    content = safetensors.torch.save(net.state_dict(), about)
    pictures = sheet({"s.png": file.getvalue()}, [row.image for row in chosen])
    panel = part("try_it", try_it.values(found, chosen, pictures, weights.of(content)))
    return page("Colours", [Part("<h1>Colours</h1>"), panel])


def answers(net: nn.Module, pixels: Tensor) -> Tensor:
    with torch.inference_mode():
        found: Tensor = net(pixels).softmax(1)
    return found


def shown(page: Page) -> tuple[Tensor, list[str]]:
    """What the model was asked about, (1, 3, 32, 32) uint8, and the first line of its answer: from one moment."""
    uri, words = page.locator(".try-it").evaluate(
        """one => [one.querySelector('.seen').toDataURL(),
        [...one.querySelectorAll('.odds span')].map((part) => part.innerText)]"""
    )
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB")
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None], words[:2]


def seen(page: Page) -> Tensor:
    return shown(page)[0]


def check(page: Page, net: nn.Module) -> None:
    expect(page.locator(".try-it .odds .top")).to_have_count(1)
    asked, (name, share) = shown(page)
    wanted = answers(net, asked)[0]
    assert name == CLASSES[int(wanted.argmax())]
    assert abs(int(share.removesuffix(" %")) - 100 * wanted.max().item()) < 1


def draw(page: Page) -> None:
    box = page.locator(".try-it .paper").bounding_box()
    assert box
    places = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3)]
    for at, (x, y) in enumerate(places):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if at == 0:
            page.mouse.down()
    page.mouse.up()


def test_pictures_drawings_and_drawings_on_pictures(
    browser: Browser, html: str, pixels: Tensor, net: nn.Module, tmp_path: Path
) -> None:
    with opened(browser, saved(tmp_path, html)) as page:
        page.get_by_label("test picture 4", exact=True).click()
        check(page, net)
        chosen = seen(page)
        assert any(torch.equal(chosen[0], one) for one in pixels)
        page.locator(".try-it .colour").fill("#00a040")
        draw(page)
        page.wait_for_function("!document.querySelector('.try-it [aria-pressed=true]')")
        check(page, net)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".try-it .odds .top")).to_have_count(0)
        page.get_by_label("fill closed outlines").check()
        draw(page)
        check(page, net)
        expect(page.locator(".try-it .odds li")).to_have_count(10)
        assert problems(page) == []


def test_a_drawing_has_the_pens_colour_on_the_ground_of_the_pictures(
    browser: Browser, html: str, tmp_path: Path
) -> None:
    with opened(browser, saved(tmp_path, html)) as page:
        page.locator(".try-it .colour").fill("#00a040")
        page.get_by_label("fill closed outlines").check()
        draw(page)
        expect(page.locator(".try-it .odds .top")).to_have_count(1)
        page.wait_for_function(
            "document.querySelector('.try-it .seen').getContext('2d').getImageData(16, 16, 1, 1).data[1] === 160"
        )
        assert seen(page)[0, :, 16, 16].tolist() == [0, 160, 64]
        assert seen(page)[0, :, 0, 0].tolist() == [250, 250, 250]
