"""Work in threads, a few steps ahead of whoever takes the results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def windowed(pool: Executor, work: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Iterator[Result]:
    """`work` of every item, in order; never more than `ahead` are begun and not taken. Raises what the first raises.

    At the end, whatever it is, nothing of it is running any more.
    """
    running: deque[Future[Result]] = deque()
    try:
        for item in items:
            if len(running) >= ahead:
                yield running.popleft().result()
            running.append(pool.submit(work, item))
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()
        wait(running)
