"""obstore (Rust, asyncio): python with_obstore.py push|sync|pull|up|down LOCAL BUCKET NAME

The emulator knows no XML listing and takes a PUT only where the URL says how it is signed: so the same client speaks
plain HTTP with that word in its URL, and lists by JSON, which costs the server the same. 32 at once is its best.
Every object carries the time that all files of the bench have, as rclone and gsutil write it.
"""

import asyncio
import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from obstore.store import HTTPStore

AT_ONCE = 32
RANGE = 16 << 20
verb, local, bucket, name = sys.argv[1:]
URL = os.environ["STORAGE_EMULATOR_HOST"]
TIMES = {"x-goog-meta-mtime": "2026-11-01T00:00:00Z", "x-goog-meta-goog-reserved-file-mtime": "1793491200"}
store = HTTPStore(
    f"{URL}/{bucket}?X-Goog-Algorithm=none",
    client_options={"allow_http": True, "timeout": "600s", "default_headers": TIMES},
)


def files() -> Iterator[str]:
    for top, _, names in os.walk(local):
        yield from (os.path.relpath(os.path.join(top, file), local) for file in names)


def listed() -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        query = f"prefix={name}/&maxResults=1000&pageToken={token}&fields=items(name,size,updated),nextPageToken"
        with urllib.request.urlopen(f"{URL}/storage/v1/b/{bucket}/o?{query}") as response:
            page = json.load(response)
        yield from page.get("items", ())
        token = page.get("nextPageToken", "")
        if not token:
            return


async def put(file: str, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        await store.put_async(f"{name}/{file}", Path(local, file).read_bytes())


async def push() -> None:
    at_once = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(put(file, at_once) for file in files()))


async def sync() -> None:
    """What has another size, or was written since it was sent."""
    there = {item["name"].removeprefix(f"{name}/"): item for item in listed()}
    at_once = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(put(file, at_once) for file in files() if changed(file, there.get(file))))


def changed(file: str, item: dict[str, Any] | None) -> bool:
    found = os.stat(os.path.join(local, file))
    if item is None or int(item["size"]) != found.st_size:
        return True
    return datetime.fromisoformat(item["updated"]).timestamp() < found.st_mtime


async def get(file: str, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        answer = await store.get_async(f"{name}/{file}")
        Path(local, file).write_bytes(await answer.bytes_async())


async def pull() -> None:
    found = [item["name"].removeprefix(f"{name}/") for item in listed()]
    for folder in {os.path.dirname(file) for file in found}:
        os.makedirs(os.path.join(local, folder), exist_ok=True)
    at_once = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(get(file, at_once) for file in found))


async def up() -> None:
    """One request: the emulator has no XML multipart upload."""
    await store.put_async(name, Path(local), use_multipart=False)


async def down() -> None:
    size = (await store.head_async(name))["size"]
    at_once = asyncio.Semaphore(8)
    with open(local, "wb") as file:

        async def part(start: int) -> None:
            async with at_once:
                data = await store.get_range_async(name, start=start, end=min(start + RANGE, size))
                os.pwrite(file.fileno(), data, start)

        await asyncio.gather(*(part(start) for start in range(0, size, RANGE)))


asyncio.run({"push": push, "sync": sync, "pull": pull, "up": up, "down": down}[verb]())
os._exit(0)  # its own threads sometimes abort a process that ends in the ordinary way
