"""A model that is asked about pictures it never was: the same answers, and pictures, every time."""

import io
import random

from PIL import Image

from trainferry.runs.predictions import Predictions, Row

CLASSES = ("cat", "dog", "fox", "owl")
SIDE, COLUMNS = 12, 16
HOSTILE = ("<img src=x onerror=alert(1)>", '"></script><script>owned=1</script>', "a&b 'c'", "‮evil")


def predictions(images: int = 200, classes: tuple[str, ...] = CLASSES, labelled: bool = True) -> Predictions:
    """Mostly right; the second class is often taken for the first."""
    dice = random.Random(7)
    return Predictions(classes, tuple(_row(dice, number, classes, labelled) for number in range(images)))


def _row(dice: random.Random, number: int, classes: tuple[str, ...], labelled: bool) -> Row:
    label = number % len(classes)
    weights = [dice.random() ** 3 for _ in classes]
    weights[label] += 0.55
    weights[0] += 0.5 * (label == 1)
    shares = tuple(round(weight / sum(weights), 6) for weight in weights)
    box = f"sheet.png#xywh={number % COLUMNS * SIDE},{number // COLUMNS * SIDE},{SIDE},{SIDE}"
    said = classes[shares.index(max(shares))]
    return Row(f"test/{number:05}", classes[label] if labelled else "", said, shares, box)


def table(found: Predictions) -> str:
    """As predictions.csv; for names without commas and quotes."""
    lines = [["id", "label", "prediction", "image", *found.classes]]
    lines += [[r.id, r.label, r.prediction, f'"{r.image}"', *(f"{p:.6f}" for p in r.probabilities)] for r in found.rows]
    return "".join(",".join(line) + "\n" for line in lines)


def sheet(images: int = 200) -> bytes:
    """A PNG of small pictures in a grid, as the image column says."""
    whole = Image.new("L", (COLUMNS * SIDE, -(-images // COLUMNS) * SIDE))
    for number in range(images):
        left, top = number % COLUMNS * SIDE, number // COLUMNS * SIDE
        whole.paste(60 + 40 * (number % 4), (left + 2, top + 2, left + SIDE - 2, top + SIDE - 2))
    file = io.BytesIO()
    whole.save(file, "PNG")
    return file.getvalue()
