"""What a shared file is: its content type, by a short table, and whether loading it can run code."""

import re
from pathlib import PurePosixPath
from urllib.parse import quote

PLAIN = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"

# nothing here is a document that a browser would run: HTML and SVG are plain bytes to be saved
TYPES = {
    ".json": "application/json",
    ".jsonl": _TEXT,
    ".md": _TEXT,
    ".txt": _TEXT,
    ".log": _TEXT,
    ".csv": "text/csv; charset=utf-8",
    ".yaml": _TEXT,
    ".yml": _TEXT,
    ".toml": _TEXT,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".gz": "application/gzip",
}
KNOWN = frozenset({PLAIN, *TYPES.values()})

PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
HEAD = 256  # bytes that tell a pickle


def content_type(path: str) -> str:
    """Of the table, else plain bytes."""
    return TYPES.get(PurePosixPath(path).suffix.lower(), PLAIN)


def is_pickle(path: str, head: bytes) -> bool:
    """By its name, or by its first bytes: a pickle's own, or torch's archive of one."""
    if PurePosixPath(path).suffix.lower() in PICKLES:
        return True
    return (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or (
        head[:4] == b"PK\x03\x04" and b"/data.pkl" in head
    )


def is_told_by_name(path: str) -> bool:
    """Whether the first bytes need not be looked at."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix in TYPES or suffix in (*PICKLES, ".safetensors")


def attachment(name: str) -> str:
    """Content-Disposition (RFC 6266): saved, never shown, as `name`; plain letters for whoever knows no others."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
