"""Every command of the README's first page works as it is written."""

import re
import subprocess
from pathlib import Path

from tests.integration.cli.conftest import Desk

README = Path(__file__).parents[3] / "README.md"


def section(title: str) -> str:
    """The text below a heading."""
    return README.read_text().split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(text: str) -> list[str]:
    """Every `$ ` line of the console blocks, without its comment."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    return [line[2:].split("     #")[0].strip() for block in blocks for line in block.splitlines() if line[:2] == "$ "]


def test_ten_minutes_on_this_machine_go_as_written(desk: Desk) -> None:
    text = section("Ten minutes on this machine")
    script = re.search(r"```python\n(.*?)```", text, re.S)
    assert script
    lines = commands(text)
    assert lines[0] == "pip install trainferry"
    told = ["set -euo pipefail"]
    for line in lines[1:]:
        told += [line.replace("{data}", "'{data}'").replace("{output}", "'{output}'")]
        if line.startswith("mkdir -p my-project"):
            told += [f"cat >train.py <<'END'\n{script[1]}END"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(told)],
        cwd=desk.folder, env=desk.environment, text=True, capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "step 4 of 5 over 2 files" in done.stdout
    assert (desk.folder / "my-project" / "last.ckpt").read_text() == '{"step": 5}'
