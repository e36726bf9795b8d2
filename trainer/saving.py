"""Saving beside the training: the step waits for a copy in memory, not for the disk."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import torch

from trainer.checkpoint import LAST, Checkpoints


@dataclasses.dataclass(frozen=True)
class Saved:
    """One save: of which step, seconds until it was on the disk, seconds of these that the training waited."""

    step: int
    seconds: float
    waited: float


class Saver:
    """Saves one state at a time, in order; what went wrong is raised by the next call.

    So a kill loses at most the steps of one interval and those made while the last save was on its way.
    """

    def __init__(self, checkpoints: Checkpoints) -> None:
        self.checkpoints = checkpoints
        self.finished: list[Saved] = []
        self._shown = 0
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._progress = checkpoints.on_disk

    def __enter__(self) -> "Saver":
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread:
            self._thread.join()

    def save(self, state: dict[str, Any], about: dict[str, Any], best: bool = False) -> None:
        """Save state as the last and, where it is, as the best; returns when the training may go on to change it."""
        began = time.monotonic()
        self.wait()
        if state["progress"] == self._progress and not best:
            return
        job = (copied(state), about, best, began, time.monotonic() - began)
        self._progress = job[0]["progress"]
        self._thread = threading.Thread(target=self._work, args=job, name="save")
        self._thread.start()

    def check(self) -> None:
        """Raise what went wrong with the save before."""
        if self._error:
            raise self._error

    def wait(self) -> None:
        """Until all is on the disk."""
        if self._thread:
            self._thread.join()
            self._thread = None
        self.check()

    def show(self, scalars: Callable[[int, dict[str, float]], None]) -> None:
        """Hand out, each once, what the saves took that are finished."""
        while self._shown < len(self.finished):
            one = self.finished[self._shown]
            scalars(one.step, {"seconds/save": one.seconds, "seconds/save_waited": one.waited})
            self._shown += 1

    def summary(self) -> str:
        """One line about all of them."""
        count = len(self.finished)
        each = 1000 * sum(one.seconds for one in self.finished) / max(1, count)
        waited = 1000 * sum(one.waited for one in self.finished)
        return f"{count} saves of {each:.0f} ms each beside the steps, which waited {waited:.0f} ms in all"

    def _work(self, state: dict[str, Any], about: dict[str, Any], best: bool, began: float, waited: float) -> None:
        try:
            if best:
                self.checkpoints.save_best(state, about)
            self.checkpoints.save(LAST, state, about)
        except BaseException as error:  # raised again where somebody looks
            self._error = error
        else:
            self.finished.append(Saved(about["step"], time.monotonic() - began, waited))


def copied(value: Any) -> Any:
    """The same in memory of its own, tensors on the CPU; strides stay, and a view becomes as small as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(inner) for inner in value)
    return value
