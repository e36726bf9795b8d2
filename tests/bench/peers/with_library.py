"""google-cloud-storage's transfer_manager: python with_library.py push|sync|pull|up|down|down-chunks LOCAL BUCKET NAME

Its workers are processes (threads were slower on two cores) for folders. It has no sync: its user compares sizes and
checksums with what list_blobs tells, and uploads the difference. upload_chunks_concurrently speaks XML multipart,
which the emulator does not: one resumable upload instead, in chunks of 100 MiB, which is the library's own.
"""

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import google_crc32c
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage import transfer_manager

verb, local, bucket_name, name = sys.argv[1:]
bucket = storage.Client(project="test", credentials=AnonymousCredentials()).bucket(bucket_name)
WORKERS = 8


def files() -> Iterator[str]:
    for top, _, names in os.walk(local):
        yield from (os.path.relpath(os.path.join(top, file), local) for file in names)


def upload(names: list[str]) -> None:
    results = transfer_manager.upload_many_from_filenames(
        bucket,
        names,
        local,
        blob_name_prefix=f"{name}/",
        max_workers=WORKERS,
        worker_type=transfer_manager.PROCESS,
        raise_exception=True,
    )
    assert len(results) == len(names)


def sync() -> None:
    there = {blob.name.removeprefix(f"{name}/"): blob.crc32c for blob in bucket.list_blobs(prefix=f"{name}/")}
    todo = [file for file in files() if there.get(file) != crc32c(file)]
    if todo:
        upload(todo)


def crc32c(file: str) -> str:
    data = Path(local, file).read_bytes()
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def pull() -> None:
    found = [blob.name.removeprefix(f"{name}/") for blob in bucket.list_blobs(prefix=f"{name}/")]
    transfer_manager.download_many_to_path(
        bucket,
        found,
        local,
        blob_name_prefix=f"{name}/",
        max_workers=WORKERS,
        worker_type=transfer_manager.PROCESS,
        raise_exception=True,
    )


if __name__ == "__main__":  # its worker processes import this file
    match verb:
        case "push":
            upload(list(files()))
        case "sync":
            sync()
        case "pull":
            pull()
        case "up":
            bucket.blob(name).upload_from_filename(local)
        case "down":
            bucket.blob(name).download_to_filename(local)
        case "down-chunks":
            blob = bucket.get_blob(name)
            transfer_manager.download_chunks_concurrently(blob, local, chunk_size=32 << 20, max_workers=WORKERS)
