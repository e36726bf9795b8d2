"""The nets by name: small, medium and large are written out here, torchvision:NAME is any classifier of torchvision.

Every net takes uint8 images (N, channels, H, W) and gives float32 logits (N, classes). The normalisation is part of
the net, so that its weights alone are enough to use it.
"""

import dataclasses
from collections.abc import Callable

from torch import Tensor, nn

from trainer import airbench, borrowed
from trainer.errors import BadFlags
from trainer.normalised import Normalised

SMALL, MEDIUM = (12, 24, 48), (24, 48, 96)


class Net(Normalised):
    """A small residual net for images of 8 pixels a side or more, whatever their size.

    medium: 137,000 weights and 8 million multiplications for an image of 28 x 28; small: 35,000 and 2 million.
    """

    def __init__(self, channels: int, classes: int, widths: tuple[int, int, int] = MEDIUM) -> None:
        super().__init__(channels)
        narrow, middle, wide = widths
        self.stem = _block(channels, narrow, kernel=4, stride=2)
        self.grow = _block(narrow, middle)
        self.pool = nn.MaxPool2d(2)
        self.widen = _block(middle, wide)
        self.refine = _block(wide, wide)
        self.head = nn.Linear(wide, classes, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(self.normalised(images))
        x = self.widen(self.pool(self.grow(x)))
        x = (x + self.refine(x)).amax((2, 3))
        logits: Tensor = self.head(x).float()
        return logits / 2


@dataclasses.dataclass(frozen=True)
class Architecture:
    """How a net is made, from (channels, classes), and the highest learning rate that suits it."""

    make: Callable[[int, int], Normalised]
    lr: float


ARCHITECTURES = {
    "small": Architecture(lambda channels, classes: Net(channels, classes, SMALL), lr=0.2),
    "medium": Architecture(Net, lr=0.2),
    "large": Architecture(airbench.Net, lr=0.2),
}


def architecture(name: str) -> Architecture:
    """The architecture called name; BadFlags lists those that there are."""
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    origin, _, borrowed_name = name.partition(":")
    if origin != "torchvision" or not borrowed_name:
        raise BadFlags(f"--model {name}: there are {', '.join(ARCHITECTURES)} and torchvision:NAME")
    return Architecture(lambda channels, classes: borrowed.Net(borrowed_name, channels, classes), lr=0.1)


def build(name: str, images: Tensor, classes: int) -> Normalised:
    """The net called name, for images like these (N, channels, H, W) uint8, which also set its normalisation."""
    net = architecture(name).make(images.shape[1], classes)
    net.prepare(images)
    return net


def _block(inward: int, outward: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inward, outward, kernel, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outward), nn.ReLU())
