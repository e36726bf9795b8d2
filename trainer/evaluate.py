"""How good a model is, class by class, and the page of numbers that others read."""

import csv
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from trainer import machine
from trainer.distributed import Ranks
from trainer.files import write_whole
from trainer.images import Images
from trainer.sheets import write_sheet

BATCH = 1000


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """probabilities (N, C) float32 and labels (N,) int64 on the CPU, and the names of the C classes."""

    classes: tuple[str, ...]
    probabilities: Tensor
    labels: Tensor

    @property
    def predictions(self) -> Tensor:
        """The most probable class of each image, (N,) int64."""
        return self.probabilities.argmax(1)

    @property
    def accuracy(self) -> float:
        """The fraction that is right."""
        return (self.predictions == self.labels).float().mean().item()

    @property
    def loss(self) -> float:
        """The mean cross entropy."""
        right = self.probabilities[torch.arange(len(self.labels)), self.labels]
        return -right.clamp_min(1e-12).log().mean().item()

    @property
    def confusion(self) -> Tensor:
        """(C, C) int64: row the label, column the prediction."""
        count = len(self.classes)
        return (self.labels * count + self.predictions).bincount(minlength=count * count).reshape(count, count)

    @property
    def recall(self) -> dict[str, float]:
        """For each class that has images the fraction of them that is right."""
        confusion = self.confusion.double()
        rows = zip(self.classes, confusion.diagonal(), confusion.sum(1), strict=True)
        return {name: (right / images).item() for name, right, images in rows if images}

    @property
    def worst(self) -> str:
        """The class of the lowest recall."""
        return min(self.recall, key=self.recall.__getitem__)

    def table(self) -> str:
        """One line a class: images, recall, what it is taken for most often; then the worst class."""
        width = max(len("class"), *map(len, self.classes))
        lines = [f"{'class':{width}}  images  recall   most often taken for"]
        for place, (name, row) in enumerate(zip(self.classes, self.confusion, strict=True)):
            if images := int(row.sum()):
                line = f"{name:{width}}  {images:6}  {self.recall[name]:6.1%}   {self._mistaken(place, row)}"
                lines.append(line.rstrip().replace("%", " %", 1))
        return "\n".join([*lines, f"worst class: {self.worst}, {percent(self.recall[self.worst])} right"])

    def _mistaken(self, place: int, row: Tensor) -> str:
        others = row.clone()
        others[place] = 0
        most = int(others.argmax())
        return f"{self.classes[most]} ({int(others[most])})" if others[most] else ""


def evaluate(
    model: nn.Module, images: Images, classes: tuple[str, ...], between: Callable[[], None], ranks: Ranks | None = None
) -> Evaluation:
    """Ask model about every image, the batches dealt out among ranks; between is called before each and may raise."""
    ranks = ranks or Ranks()
    model.eval()
    batches = torch.split(images.pixels, BATCH)
    probabilities = torch.zeros(len(images), len(classes))
    for first in range(0, len(batches), ranks.world):  # equally often in all ranks
        between()
        for place in range(first + ranks.rank, min(first + ranks.rank + 1, len(batches))):
            with torch.inference_mode(), machine.autocast(images.pixels.device):
                probabilities[place * BATCH : (place + 1) * BATCH] = model(batches[place]).softmax(1).cpu()
    ranks.sum([probabilities])  # the others' are 0 so far
    return Evaluation(classes, probabilities, images.labels.cpu())


def write_predictions(path: Path, evaluation: Evaluation, images: Images) -> None:
    """A CSV with the columns id, label, prediction, image, then one named like each class with its probability.

    image points into a sheet of all images that is written beside it.
    """
    mistaken = evaluation.predictions != evaluation.labels
    pictures = write_sheet(path.with_suffix(".png"), images.pixels, mistaken)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["id", "label", "prediction", "image", *evaluation.classes])
    answers = zip(
        images.ids, evaluation.labels, evaluation.predictions, pictures, evaluation.probabilities, strict=True
    )
    for name, label, prediction, picture, row in answers:
        numbers = [f"{number:.6f}" for number in row.tolist()]
        rows.writerow([name, evaluation.classes[label], evaluation.classes[prediction], picture, *numbers])
    write_whole(path, text.getvalue().encode())


def recall_by_class(predictions: Tensor, labels: Tensor, classes: int) -> Tensor:
    """(classes,) float64: the fraction of each class's images that is right, nan without images."""
    right = torch.bincount(labels[predictions == labels], minlength=classes).double()
    return right / torch.bincount(labels, minlength=classes)


def percent(fraction: float) -> str:
    """0.912 as 91.2 %."""
    return f"{100 * fraction:.1f} %"
