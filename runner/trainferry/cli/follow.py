"""Following a run: phases on stderr, the command's own bytes on stdout, then the verdict."""

import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trainferry.cli import output
from trainferry.errors import FerryError, Interrupted, RunFailed
from trainferry.runs.phases import Status

if TYPE_CHECKING:
    from trainferry.sdk.ferry import Ferry, Submitted


def sent(ferry: "Ferry", run: "Submitted", form: str | None, detach: bool) -> None:
    """What became of a submission: told, printed as `form`, or followed to the end."""
    if run.created:
        output.tell(f"run       {run.name}  submitted")
    else:
        output.tell(f"run       {run.name}  is there already (same code, data, image and command)")
        output.tell("  once more: the same line with --again")
    if form:
        output.show_one({"run": run.name, "created": run.created, "spec": run.spec.to_dict()}, form, run.name)
    elif detach:
        output.put(run.name)
        output.tell(f"  follow: ferry logs -f {run.name}   stop: ferry delete {run.name}")
    else:
        to_the_end(ferry, run.name)


def to_the_end(ferry: "Ferry", run: str) -> None:
    """Stream until the run is finished and ask for its verdict. Raises RunFailed; Ctrl-C detaches."""
    story = threading.Thread(target=_tell_phases, args=(ferry, run), daemon=True)
    story.start()
    try:
        stream(ferry.logs(run, follow=True))
        outcome = ferry.wait(run)
        story.join(timeout=5)
    except KeyboardInterrupt:
        raise Interrupted(f"still running. follow: ferry logs -f {run}   stop: ferry delete {run}") from None
    if not outcome.succeeded:
        raise RunFailed(f"{run} failed: {outcome.reason}", f"ferry describe {run}")
    output.tell(f"succeeded  checkpoints: ferry get checkpoints {run}")


def stream(pieces: Iterable[bytes]) -> None:
    """Bytes as they come, untouched."""
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece)
        out.flush()


def _tell_phases(ferry: "Ferry", run: str) -> None:
    told = ""
    try:
        for status in ferry.watch(run):
            line = _line(status)
            if line != told and not status.finished:
                output.tell(line)
            told = line
    except FerryError as error:
        output.tell(str(error))


def _line(status: Status) -> str:
    attempt = f"attempt {status.attempt}  " if status.attempt > 1 else ""
    return f"{status.phase.lower():<9} {attempt}{status.node}  {status.detail or status.reason}".rstrip()
