"""The net in plain JavaScript says what torch says, of 1,000 real test images, in node and in Chromium."""

import base64
import json
import subprocess
from importlib import resources
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser
from torch import Tensor

from tests.integration.demo import nets
from trainferry.views.demo import weights

SCRIPT = resources.files(weights.__package__).joinpath("model.js").read_text()
TOLERANCE = 2e-5  # of a logit; measured 3e-6, which is float32's own
ASK = """(bytes, pixels) => {
  const net = ferryModel.net(ferryModel.tensors(bytes));
  const found = [];
  for (let at = 0; at < pixels.length; at += 784) found.push([...net.logits(pixels.subarray(at, at + 784), 28, 28)]);
  return found;
}"""
NODE = f"""{SCRIPT}
const {{ readFileSync }} = require('fs');
const [bytes, pixels] = process.argv.slice(1).map((path) => new Uint8Array(readFileSync(path)));
console.log(JSON.stringify(({ASK})(bytes, pixels)));
"""
PAGE = f"""([weights, images]) => {{
  {SCRIPT}
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return ({ASK})(bytes(weights), bytes(images));
}}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("nets")
    nets.data(made)
    return made


@pytest.fixture(scope="module", params=["small", "medium"])
def name(request: pytest.FixtureRequest, folder: Path) -> str:
    nets.trained(folder, request.param)
    return str(request.param)


def in_node(folder: Path, content: bytes) -> Tensor:
    (folder / "weights").write_bytes(content)
    (folder / "pixels").write_bytes(nets.images(folder).numpy().tobytes())
    command = ["node", "-e", NODE, str(folder / "weights"), str(folder / "pixels")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return torch.tensor(json.loads(done.stdout), dtype=torch.float64)


def in_chromium(browser: Browser, folder: Path, content: bytes) -> Tensor:
    told = [base64.b64encode(one).decode() for one in (content, nets.images(folder).numpy().tobytes())]
    page = browser.new_page()
    try:
        return torch.tensor(page.evaluate(PAGE, told), dtype=torch.float64)
    finally:
        page.close()


def agrees(found: Tensor, wanted: Tensor) -> None:
    assert found.shape == wanted.shape == (1000, 10)
    assert torch.equal(found.argmax(1), wanted.argmax(1))
    assert (found - wanted).abs().max().item() < TOLERANCE
    assert wanted.argmax(1).unique().numel() > 5  # else any net would do


def test_it_agrees_with_torch_in_node(folder: Path, name: str) -> None:
    content = (folder / name / nets.WEIGHTS).read_bytes()  # with the trainer's counters in it
    wanted = nets.logits(folder / name, name, nets.images(folder))
    agrees(in_node(folder, content), wanted)


def test_it_agrees_with_torch_in_chromium(browser: Browser, folder: Path, name: str) -> None:
    content = (folder / name / nets.WEIGHTS).read_bytes()
    wanted = nets.logits(folder / name, name, nets.images(folder))
    agrees(in_chromium(browser, folder, weights.of(content).content), wanted)
