"""The classifiers of torchvision, imported only when one is asked for (it costs two seconds)."""

import difflib

import torch
from torch import Tensor, nn

from trainer.errors import BadFlags
from trainer.normalised import Normalised


class Net(Normalised):
    """torchvision's model called name, without weights; grey images are shown to it as coloured ones."""

    def __init__(self, name: str, channels: int, classes: int) -> None:
        super().__init__(channels)
        self.name = name
        self.body = _model(name, classes)

    def prepare(self, images: Tensor) -> None:
        """Take the normalisation, and try one image: many models need a size of their own."""
        super().prepare(images)
        height, width = images.shape[-2:]
        try:
            with torch.no_grad():
                self.eval()(images[:1])
        except (RuntimeError, AssertionError, ValueError) as error:
            raise BadFlags(
                f"--model torchvision:{self.name} does not take images of {height} x {width} pixels; try --size 224"
            ) from error

    def forward(self, images: Tensor) -> Tensor:
        x = self.normalised(images)
        answer = self.body(x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x)
        logits: Tensor = getattr(answer, "logits", answer)  # inception and googlenet answer several times in training
        return logits.float()


def _model(name: str, classes: int) -> nn.Module:
    try:
        from torchvision import models  # type: ignore[import-untyped]
    except ImportError as error:
        raise BadFlags(f"--model torchvision:{name} needs torchvision: pip install torchvision") from error
    names: list[str] = models.list_models(module=models)
    if name not in names:
        near = difflib.get_close_matches(name, names, 3) or ["resnet18", "mobilenet_v3_small", "vit_b_16"]
        raise BadFlags(f"--model torchvision:{name}: torchvision has no such classifier; near: {', '.join(near)}")
    model: nn.Module = models.get_model(name, weights=None, num_classes=classes)
    return model
