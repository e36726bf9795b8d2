"""The wrapper as one file: a zipapp of standard-library python that carries the exit-code table."""

import os
import zipfile
from pathlib import Path

from trainferry.runs import exit_codes

HERE = Path(__file__).parent
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# Runs in every python: an old one is told apart before it meets today's syntax.
MAIN = """\
import sys

if sys.version_info < (3, 8):
    words = "[ferry] python3 of this image is %d.%d, 3.8 is needed: use a newer image, or  ferry run --bare\\n"
    sys.stderr.write(words % sys.version_info[:2])
    sys.exit(64)
from trainferry.agent.wrapper.main import main
sys.exit(main())
"""


def build(target: Path) -> None:
    """Write it to `target` at once; the same bytes for the same sources. Stored, not packed: zlib may be missing."""
    hidden = target.with_name(f".{target.name}.{os.getpid()}")
    with zipfile.ZipFile(hidden, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(_members().items()):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), text)
    hidden.chmod(0o644)
    os.replace(hidden, target)


def _members() -> dict[str, str]:
    packages = ("trainferry", "trainferry/runs", "trainferry/agent")
    empty = {f"{package}/__init__.py": "" for package in packages}
    modules = {f"trainferry/agent/wrapper/{path.name}": path.read_text() for path in (HERE / "wrapper").glob("*.py")}
    table = {"trainferry/runs/exit_codes.py": Path(exit_codes.__file__).read_text()}
    return {"__main__.py": MAIN, **empty, **modules, **table}
