"""Disk work leaves the event loop: pools of threads, so that a long copy never keeps a read waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_short = ThreadPoolExecutor(16, "disk")
_opening = ThreadPoolExecutor(8, "disk-open")
_long = ThreadPoolExecutor(16, "disk-long")


async def short(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """For what touches at most 1 MiB."""
    return await asyncio.get_running_loop().run_in_executor(_short, lambda: call(*args, **kwargs))


async def opening(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """For what is short but for files whose crc32c nobody kept: those are read once."""
    return await asyncio.get_running_loop().run_in_executor(_opening, lambda: call(*args, **kwargs))


async def long(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """For what may take its time: fsync, copies, listings."""
    return await asyncio.get_running_loop().run_in_executor(_long, lambda: call(*args, **kwargs))
