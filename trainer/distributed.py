"""Several processes that train one model: who they are, and what they tell each other.

The environment says it as everywhere with PyTorch: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT. Every rank
has the whole data set and takes its share of every batch, so the order of the images is that of one rank.
"""

import contextlib
import datetime
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, distributed

from trainer.errors import BadFlags
from trainer.signals import Stop, Stopped

PATIENCE = datetime.timedelta(minutes=10)  # for a rank that is silent: it may read data, or be not yet there
VARIABLES = ("RANK", "MASTER_ADDR", "MASTER_PORT")


class Lost(Exception):
    """Another rank is gone; everybody starts again from what was saved."""


class Ranks:
    """One process among those that train one model. Alone, which is usual, all of this costs nothing."""

    def __init__(self, rank: int = 0, world: int = 1, local_rank: int = 0, local_world: int = 1) -> None:
        self.rank, self.world = rank, world
        self.local_rank, self.local_world = local_rank, local_world  # among those on this machine
        self._small_talk: Any = None  # values on the CPU, beside a GPU's gradients

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and speaks."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """The part of count images that is this rank's; all parts together are all images once."""
        return slice(count * self.rank // self.world, count * (self.rank + 1) // self.world)

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Make each tensor (of one type, on one device) the sum of all ranks', in one message."""
        if self.world == 1:
            return
        together = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        with _company():
            distributed.all_reduce(together, group=None if together.is_cuda else self._small_talk)
        for tensor, total in zip(tensors, together.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.detach().copy_(total.view(tensor.shape))

    def check(self, stop: Stop) -> None:
        """Raise Stopped in all ranks when somebody asked one of them; all have to come here equally often."""
        asked = torch.tensor([float(stop.asked)])
        self.sum([asked])
        if asked.item():
            raise Stopped

    def given(self, value: Any) -> Any:
        """What the first rank gives, in all ranks; plain values and tensors on the CPU."""
        if self.world == 1:
            return value
        box = [value]
        with _company():
            distributed.broadcast_object_list(box, group=self._small_talk)
        return box[0]

    def meet(self, device: torch.device) -> None:
        """Wait for the others; tensors of device can be summed from now on."""
        cuda = device.type == "cuda"
        with _company():
            distributed.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE)
            self._small_talk = distributed.new_group(backend="gloo", timeout=PATIENCE) if cuda else None


class Together(Stop):
    """A stop that all ranks share: asked for in one of them, every one leaves at the same place."""

    def __init__(self, stop: Stop, ranks: Ranks) -> None:
        super().__init__()
        self.alone = stop
        self.ranks = ranks

    def check(self) -> None:
        """Raise Stopped in all ranks or in none."""
        self.ranks.check(self.alone)


def from_environment(variables: Mapping[str, str] = os.environ) -> Ranks:
    """Who this process is; BadFlags when it is said by halves."""
    world = _number(variables, "WORLD_SIZE", 1)
    if world == 1:
        return Ranks()
    if missing := [name for name in VARIABLES if not variables.get(name)]:
        raise BadFlags(f"WORLD_SIZE={world} needs {', '.join(missing)} as well")
    rank = _number(variables, "RANK", 0)
    if rank >= world:
        raise BadFlags(f"RANK={rank} does not fit to WORLD_SIZE={world}: ranks are counted from 0")
    return Ranks(rank, world, _number(variables, "LOCAL_RANK", 0), max(1, _number(variables, "LOCAL_WORLD_SIZE", 1)))


@contextlib.contextmanager
def joined(ranks: Ranks, device: torch.device, stop: Stop) -> Iterator[None]:
    """All ranks in touch; a stop is heard while they wait for each other."""
    if ranks.world == 1:
        yield
        return
    _while_listening(lambda: ranks.meet(device), stop)
    yield
    with _company():
        distributed.barrier(ranks._small_talk)  # nobody leaves while another may still ask it


@contextlib.contextmanager
def stage(ranks: Ranks, output: Path) -> Iterator[Path]:
    """Where a rank writes: the first one to output, the others to what nobody sees."""
    if ranks.first:
        yield output
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        yield Path(folder)


def leave(code: int) -> NoReturn:
    """End this process, one of several at once: taking the group down in order is known to crash after all is done."""
    if not (distributed.is_available() and distributed.is_initialized()):
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


@contextlib.contextmanager
def _company() -> Iterator[None]:
    """What a message that did not arrive raises, as Lost."""
    try:
        yield
    except RuntimeError as error:
        raise Lost(str(error).splitlines()[0]) from error


def _while_listening(meet: Callable[[], None], stop: Stop) -> None:
    """Call meet, which may wait for minutes, in a thread: signals only reach the main one."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            meet()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, name="meet", daemon=True)
    thread.start()
    while thread.is_alive():
        stop.check()
        thread.join(0.1)
    if failed:
        raise failed[0]


def _number(variables: Mapping[str, str], name: str, usual: int) -> int:
    text = variables.get(name) or str(usual)
    if not text.isdecimal():
        raise BadFlags(f"{name}={text} is not a whole number")
    return int(text)
