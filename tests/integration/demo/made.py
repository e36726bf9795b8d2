"""A run with predictions, pictures and a history, as an agent leaves it; and small notebooks."""

import io
import json
import random
from pathlib import Path
from typing import Any

import google_crc32c
from PIL import Image

from trainferry.runs import layout, manifest, record
from trainferry.runs.manifest import Attempt, OutputManifest, StoredFile, Verdict
from trainferry.store import Store

RUN, SECOND = "base-4be1a90c", "base-cat3-77aa01d2"
CLASSES = ("cat", "dog", "ship")
IMAGES = 240
BEGAN = 1_795_000_000.0


def stock(store: Store, run: str = RUN, cats: float = 0.5, lineage: dict[str, str] | None = None) -> None:
    """`cats`: the share of cats that are right. Two attempts: the first was taken away after 150 s."""
    files = {
        "predictions.csv": predictions(cats).encode(),
        "predictions.png": sheet(),
        "metrics.jsonl": metrics(),
    }
    stored = {path: _stored(store, run, path, data) for path, data in files.items()}
    taken = Verdict(code=143, exit=75, by="wrapper", terminated=True, ended=BEGAN + 150)
    attempts = [
        Attempt(1, "a", BEGAN, verdict=taken),
        Attempt(2, "b", BEGAN + 200, verdict=Verdict(code=0, exit=0, by="command", ended=BEGAN + 350)),
    ]
    manifest.save(store, OutputManifest(run, stored, attempts, complete=True), 0)
    spec: dict[str, Any] = {
        "command": ["python", "train.py", "{data}"],
        "code": "c0ffee" * 10,
        "data": [],
        "image": "",
        "env": {},
    }
    if lineage:
        spec["env"] = {"FERRY_CLASS_WEIGHTS": '{"cat": 3.0}', "FERRY_CLASS_WEIGHTS_MODE": "adaptive"}
    told = record.Record(run, spec, commit="1c0ffee" * 5, dirty=1, when=BEGAN, lineage=lineage or {})
    record.write(store, told)


def _stored(store: Store, run: str, path: str, data: bytes) -> StoredFile:
    name = layout.output(run, 1, path)
    store.put(name, data)
    return StoredFile([name], len(data), google_crc32c.value(data), 1)


def predictions(cats: float) -> str:
    """Every third picture is a cat; dogs and ships are nearly always right."""
    dice = random.Random(7)
    lines = [f"id,label,prediction,image,{','.join(CLASSES)}"]
    for number in range(IMAGES):
        label = CLASSES[number % 3]
        right = dice.random() < (cats if label == "cat" else 0.97)
        told = label if right else ("dog" if label == "cat" else "cat")
        sure = round(dice.uniform(0.5, 0.99), 4)
        rest = round((1 - sure) / 2, 4)
        shares = ",".join(str(sure if name == told else rest) for name in CLASSES)
        place = f'"predictions.png#xywh={number % 20 * 16},{number // 20 * 16},16,16"'
        lines.append(f"img-{number},{label},{told},{place},{shares}")
    return "\n".join(lines) + "\n"


def sheet() -> bytes:
    """20 pictures a line, 16 pixels a side, each of another colour."""
    image = Image.new("RGB", (320, 16 * (IMAGES // 20)))
    for number in range(IMAGES):
        colour = (number * 37 % 256, number * 91 % 256, number % 256)
        image.paste(colour, (number % 20 * 16, number // 20 * 16, number % 20 * 16 + 16, number // 20 * 16 + 16))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def metrics() -> bytes:
    """Ten evaluations, 30 s apart; the fifth is the last before the interruption."""
    rows = [
        {"step": 100 * at, "accuracy": round(0.9 - 0.6 / at, 4), "time": BEGAN + 30 * at + (50 if at > 5 else 0)}
        for at in range(1, 11)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def notebook(path: Path, *sources: str, outputs: dict[int, list[dict[str, Any]]] | None = None) -> Path:
    """Sources that begin with # and a blank are text, the others code; `outputs` of a cell by its place."""
    cells: list[dict[str, Any]] = []
    for at, source in enumerate(sources):
        text = source.startswith("# ")
        cell: dict[str, Any] = {"id": f"c{at}", "metadata": {}, "source": source}
        code = {"cell_type": "code", "execution_count": None, "outputs": (outputs or {}).get(at, [])}
        cells.append(cell | ({"cell_type": "markdown"} if text else code))
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def said(text: str) -> dict[str, Any]:
    """An output that a cell printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}
