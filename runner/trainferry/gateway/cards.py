"""What a share's own files tell about it: a README as plain text, JSON as a table of words and values."""

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from trainferry.runs import layout
from trainferry.runs.reader import is_checkpoint
from trainferry.share.record import SharedFile, ShareRecord
from trainferry.store import Store

LARGEST = 64 << 10  # bytes of a card; more is no card
ROWS = 60
LONGEST = 400  # characters of a value
README = "readme"


@dataclass(frozen=True)
class Card:
    """`text`, or `rows` of a table."""

    title: str
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()


def cards(store: Store, record: ShareRecord) -> list[Card]:
    """Of the files that came along to tell about another, and of a README; at most three."""
    weights = {str(PurePosixPath(file.path).with_suffix(".json")) for file in record.files if is_checkpoint(file.path)}
    telling = [file for file in record.files if file.size <= LARGEST and (file.path in weights or _tells(file))]
    return [card for file in telling[:3] if (card := _card(store, record, file)) is not None]


def _tells(file: SharedFile) -> bool:
    pure = PurePosixPath(file.path)
    readme = pure.stem.lower() == README and pure.suffix.lower() in ("", ".md", ".txt")
    named = pure.name.lower().replace("-", "_") == "model_card.json"
    return file.about or readme or named


def _card(store: Store, record: ShareRecord, file: SharedFile) -> Card | None:
    """None for what is not text."""
    data = store.get(layout.share_file(record.id, file.number), 0, LARGEST)
    try:
        text = data.decode()
        told = json.loads(text) if file.path.endswith(".json") else None
    except ValueError:
        return None
    if isinstance(told, dict):
        return Card(PurePosixPath(file.path).name, rows=tuple(_rows(told)))
    return Card(PurePosixPath(file.path).name, text=text.strip())


def _rows(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(key)[:LONGEST], _value(value)) for key, value in list(told.items())[:ROWS]]


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        text = ", ".join(map(str, value))
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
