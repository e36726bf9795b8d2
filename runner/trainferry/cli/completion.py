"""Completion for `kubectl ferry`: kubectl runs `kubectl_complete-ferry WORDS...` and reads `value<tab>help` lines."""

import sys
from typing import Any

import typer

from trainferry.cli import output
from trainferry.cli.main import app
from trainferry.errors import FerryError

NO_FILES = ":4"  # cobra's directive: do not offer file names
TAKES_A_RUN = {
    "logs", "describe", "wait", "delete", "cp", "tensorboard", "runs", "checkpoints", "rerun", "predictions", "compare",
    "notebook", "--like",
}  # fmt: skip


def kubectl_complete() -> None:
    """Entry point of `kubectl_complete-ferry`."""
    for value, description in complete(sys.argv[1:]):
        output.put(f"{value}\t{description}" if description else value)
    output.put(NO_FILES)


def complete(words: list[str]) -> list[tuple[str, str]]:
    """What may stand in place of the last word, each with its help."""
    command: Any = typer.main.get_command(app)
    *before, current = words or [""]
    for word in before:
        command = getattr(command, "commands", {}).get(word, command)
    if current.startswith("-"):
        offers = [(name, param.help or "") for param in command.params for name in param.opts if name.startswith("--")]
    elif hasattr(command, "commands"):
        offers = [(name, sub.get_short_help_str(limit=200)) for name, sub in command.commands.items()]
    else:
        offers = _runs() if {command.name, *before[-1:]} & TAKES_A_RUN else []
    return [(value, text.split("\n")[0]) for value, text in offers if value.startswith(current)]


def _runs() -> list[tuple[str, str]]:
    from trainferry.sdk.ferry import Ferry

    try:
        return [(row.run, row.status) for row in reversed(Ferry().runs())]
    except FerryError:
        return []
