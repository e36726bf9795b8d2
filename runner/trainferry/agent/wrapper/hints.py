"""What to try when an image wants to be its own user: told from the last lines of a command that failed."""

from __future__ import annotations

import os
import re
from typing import Mapping

PATH = rb"[^\s'\":]*"
DENIED = re.compile(
    rb"(/root/" + PATH + rb")[^\n]*permission denied|permission denied[^\n]*?(/root/" + PATH + rb")", re.I
)
OURS = "/ferry/"  # where a pod's home is


def hint(tail: bytes, environ: Mapping[str, str]) -> str:
    """One line, "" when nothing points to the user that the command runs as."""
    home = environ.get("HOME", "")
    if not home.startswith(OURS):
        return ""
    denied = DENIED.search(tail)
    if denied:
        path = (denied[1] or denied[2]).decode("utf-8", "replace")
        return "%s is for root alone: ferry run --run-as image" % path
    missing = re.compile(rb"no such file[^\n]*?(%s/%s)" % (re.escape(os.fsencode(home)), PATH), re.I).search(tail)
    return "the home is %s here, for the one of the image: ferry run --run-as image" % home if missing else ""
