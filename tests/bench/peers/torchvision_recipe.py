"""torchvision's reference training of a classifier (references/classification/train.py), with its default values.

    python torchvision_recipe.py DATA --seconds 240 --workers 2 [--own-size]

resnet18, batches of 32, SGD 0.1 with momentum 0.9 and decay 1e-4, a DataLoader with worker processes over PIL images.
The recipe enlarges to 224 pixels; --own-size leaves the images as small as they are, in its favour. Pictures come
from memory, decoded already, in its favour too. Trains until it has used --seconds times the cores of CPU time, its
workers' included (on an idle machine: --seconds or a little more), and prints JSON: accuracy on the test images (the
first --test of them), images seen, seconds and CPU seconds of the training alone.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms  # type: ignore[import-untyped]
from torchvision.models import resnet18  # type: ignore[import-untyped]

from trainer.idx import read
from trainer.images import Images, Wanted

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Pictures(Dataset[tuple[Tensor, int]]):
    """What ImageFolder gives, without a disk."""

    def __init__(self, images: Images, transform: transforms.Compose) -> None:
        self.pixels, self.labels, self.transform = images.pixels.numpy(), images.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[place, 0]).convert("RGB")), self.labels[place]


def presets(own_size: bool) -> tuple[transforms.Compose, transforms.Compose]:
    """For training and for testing."""
    last = [transforms.PILToTensor(), transforms.ConvertImageDtype(torch.float), transforms.Normalize(MEAN, STD)]
    flip = transforms.RandomHorizontalFlip(0.5)
    if own_size:
        return transforms.Compose([transforms.RandomCrop(28, padding=4), flip, *last]), transforms.Compose(last)
    test = [transforms.Resize(256), transforms.CenterCrop(224), *last]
    return transforms.Compose([transforms.RandomResizedCrop(224), flip, *last]), transforms.Compose(test)


def cpu_seconds() -> float:
    """Of this process and its living workers."""
    ticks = 0
    for pid in [os.getpid(), *(child.pid for child in multiprocessing.active_children())]:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def for_ever(loader: DataLoader[tuple[Tensor, int]]) -> Iterator[tuple[Tensor, Tensor]]:
    """Epoch after epoch."""
    while True:
        yield from loader  # type: ignore[misc]


def main() -> None:
    """See the top."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--own-size", action="store_true")
    flags = parser.parse_args()
    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    torch.manual_seed(0)
    _, parts = read(flags.data, Wanted())
    train, test = presets(flags.own_size)
    loader = DataLoader(Pictures(parts["train"], train), 32, shuffle=True, num_workers=flags.workers)
    model = resnet18(weights=None, num_classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    loss_of, seen, began, cpu = nn.CrossEntropyLoss(), 0, time.perf_counter(), cpu_seconds()
    for images, labels in for_ever(loader):
        loss = loss_of(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(labels)
        if cpu_seconds() - cpu >= flags.seconds * cores:
            break
    took = {"seconds": time.perf_counter() - began, "cpu": cpu_seconds() - cpu}
    tested = parts["test"].take(torch.arange(flags.test))
    print(json.dumps({"accuracy": accuracy(model, DataLoader(Pictures(tested, test), 32)), "images": seen, **took}))


def accuracy(model: nn.Module, loader: DataLoader[tuple[Tensor, int]]) -> float:
    """On all images of loader."""
    model.eval()
    with torch.inference_mode():
        right = [(model(images).argmax(1) == labels).sum().item() for images, labels in loader]
    return sum(right) / len(loader.dataset)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
