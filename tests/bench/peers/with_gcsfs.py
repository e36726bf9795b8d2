"""gcsfs (asyncio): python with_gcsfs.py push|sync|pull|up|down LOCAL BUCKET NAME

It has no sync: its user compares sizes and checksums with what `find` tells, and puts the difference.
"""

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import gcsfs
import google_crc32c

verb, local, bucket, name = sys.argv[1:]
place = f"{bucket}/{name}"
store = gcsfs.GCSFileSystem(endpoint_url=os.environ["STORAGE_EMULATOR_HOST"], token="anon", project="test")


def files() -> Iterator[str]:
    for top, _, names in os.walk(local):
        yield from (os.path.relpath(os.path.join(top, file), local) for file in names)


def push() -> None:
    store.put(f"{local}/", place, recursive=True, batch_size=64)


def sync() -> None:
    there = {path.removeprefix(f"{place}/"): item for path, item in store.find(place, detail=True).items()}
    todo = [file for file in files() if file not in there or there[file]["crc32c"] != crc32c(file)]
    if todo:
        store.put([f"{local}/{file}" for file in todo], [f"{place}/{file}" for file in todo], batch_size=64)


def crc32c(file: str) -> str:
    data = Path(local, file).read_bytes()
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def pull() -> None:
    store.get(f"{place}/", f"{local}/", recursive=True, batch_size=64)


def up() -> None:
    store.put_file(local, place, chunksize=50 << 20)


def down() -> None:
    store.get_file(place, local)


{"push": push, "sync": sync, "pull": pull, "up": up, "down": down}[verb]()
