"""`ferry`: parse, one library call, print. All errors end here, as one line."""

import difflib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from trainferry.cli import (
    compare,
    cp,
    data,
    demo,
    gc,
    get,
    notebook,
    output,
    predictions,
    rerun,
    results,
    run,
    setup,
    share,
    verify,
)
from trainferry.errors import FerryError, Interrupted
from trainferry.version import VERSION

app = typer.Typer(
    name="ferry",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        output.put(f"ferry {VERSION}")
        raise typer.Exit


@app.callback()
def _ferry(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Carries a folder of training code to a Kubernetes GPU cluster and carries the results back."""


for module in (setup, data, run, get, results, predictions, rerun, compare, notebook, cp, share, demo, verify, gc):
    module.register(app)


def main() -> None:
    """Entry point of `ferry` and `kubectl ferry`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what we started ends with us
    debug = "--debug" in _own_arguments()
    if debug:
        sys.argv.remove("--debug")
    try:
        code = app(prog_name=_program(), standalone_mode=False)
    except Interrupted as error:
        output.tell(str(error))
        code = error.exit_code
    except FerryError as error:
        code = _failed(str(error), error.exit_code, debug)
    except TyperException as error:
        code = _usage(error)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = _deaf()
    except OSError as error:
        from trainferry.store import os_errors  # `ferry --help` need not wait for the store

        found = os_errors.translate(error, "this machine")
        code = _failed(str(found), found.exit_code, debug)
    except Exception as error:  # a mistake of ours: still one line, and how to see more
        code = _failed(f"a bug of ferry: {type(error).__name__}: {error}   ferry --debug ... shows where", 1, debug)
    sys.exit(code if isinstance(code, int) else 0)


def _own_arguments() -> list[str]:
    """What stands before `--`: behind it everything is the user's command."""
    return sys.argv[: sys.argv.index("--")] if "--" in sys.argv else sys.argv


def _program() -> str:
    return "kubectl ferry" if Path(sys.argv[0]).name.startswith("kubectl") else "ferry"


def _failed(line: str, code: int, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    output.complain("ferry: " + " ".join(line.split("\n")))
    return code


def _usage(error: TyperException) -> int:
    """An unknown option or command: one line with the nearest name; bare `ferry data` shows its help."""
    message = getattr(error, "message", "") or " ".join(getattr(error, "format_message", error.__str__)().split())
    if message.startswith("Usage:"):
        output.put(str(error))
        return 0
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _program()
    known: list[str] = list(getattr(getattr(context, "command", None), "commands", ()))
    typed = message.split("'")[1] if "'" in message else message.rsplit(" ", 1)[-1].rstrip(".")
    near = [] if "Did you mean" in message else difflib.get_close_matches(typed, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    end = "" if message.endswith(("?", ".")) else "."
    output.complain(f"{path}: {message[:1].lower()}{message[1:]}{end}{hint}   {path} --help")
    return 2


def _deaf() -> int:
    """Whoever read our output is gone (`ferry logs | head`): that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    main()
