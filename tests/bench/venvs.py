"""The peers' own programs, each in a virtual environment in the cache: none of them is a dependency of the project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainferry" / "bench"
GSUTIL, GCSFS, OBSTORE = "gsutil==5.38", "gcsfs==2026.10.1", "obstore==0.12.1"
PLAIN_HTTP = [  # gsutil insists on TLS, which the emulator does not speak; without it gsutil is faster, not slower
    ("gcs_json_api.py", "http_base = 'https://'", "http_base = 'http://'"),
    ("gcs_json_media.py", "HTTPSConnection", "HTTPConnection"),
]


def python(package: str) -> str:
    """The python that has this package of PyPI, with its bytecode compiled."""
    home = CACHE / package
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin/python"), "-m", "pip", "install", "-q", "--compile", package], check=True)
        if package == GSUTIL:
            _speak_plain_http(home)
        (home / "ready").touch()
    return str(home / "bin/python")


def gsutil() -> str:
    """The command."""
    return str(Path(python(GSUTIL)).parent / "gsutil")


def rclone() -> str | None:
    """Debian's, where it is installed."""
    return shutil.which("rclone")


def _speak_plain_http(home: Path) -> None:
    (package,) = home.glob("lib/python*/site-packages/gslib")
    for name, old, new in PLAIN_HTTP:
        text = (package / name).read_text()
        assert old in text
        (package / name).write_text(text.replace(old, new))
    subprocess.run([str(home / "bin/python"), "-m", "compileall", "-q", str(package)], check=False)
