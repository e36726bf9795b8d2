"""The control folder: small files by which launcher, wrapper and agent talk. Written whole, by rename."""

from __future__ import annotations

import json
import os
import time
from typing import Any, Dict, Mapping


class Control:
    """Names are those of the files: wrapper.pyz, ready, child, log, done, progress, flushed, fenced, exit."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def has(self, name: str) -> bool:
        return os.path.exists(self.path(name))

    def age(self, name: str) -> float:
        """Seconds since the file was written, 0 when there is none."""
        try:
            return time.time() - os.stat(self.path(name)).st_mtime
        except OSError:
            return 0.0

    def put(self, name: str, text: str) -> None:
        """Readable for everybody: agent and command need not be the same user."""
        hidden = self.path(".%s.%d" % (name, os.getpid()))
        with open(hidden, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        os.replace(hidden, self.path(name))

    def put_json(self, name: str, value: Mapping[str, Any]) -> None:
        self.put(name, json.dumps(value) + "\n")

    def text(self, name: str) -> str:
        """The whole file, "" when there is none."""
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def load(self, name: str) -> Dict[str, Any]:
        """The JSON object in a file, {} when there is none."""
        try:
            value = json.loads(self.text(name) or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
