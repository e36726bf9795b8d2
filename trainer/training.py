"""The state of a training and the step that changes it."""

import dataclasses
from typing import Any

import torch
import torch.nn.functional as F

from trainer import machine
from trainer.augment import augment
from trainer.config import Config
from trainer.data import DataSet
from trainer.errors import BadData, BadFlags
from trainer.model import build
from trainer.order import Order, generator

WARM_UP = 0.2  # of all steps, up to the highest learning rate; from there straight down to 0


@dataclasses.dataclass
class Progress:
    """How far it got. Everything here is saved with the weights."""

    step: int = 0
    evaluated: int = 0
    loss_sum: float = 0.0
    loss_steps: int = 0
    best_accuracy: float = -1.0
    best_step: int = 0


class Training:
    """Model, optimizer, progress: all that a checkpoint holds."""

    def __init__(self, config: Config, data: DataSet) -> None:
        self.config = config
        self.data = data
        self.device = data.train.pixels.device
        self.order = Order(config.seed, len(data.train), config.batch_size)
        steps = config.epochs * self.order.steps_per_epoch
        self.total = min(steps, config.max_steps or steps)
        torch.manual_seed(config.seed)
        self.model = build(config.model, data.train.pixels.cpu(), len(data.classes))
        self.model.to(self.device).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=config.lr, momentum=0.9, nesterov=True, weight_decay=5e-4
        )
        self.weights = class_weights(config.class_weight, data.classes).to(self.device)
        self.progress = Progress()

    @property
    def epoch(self) -> int:
        """The epoch of the last step, from 1."""
        return -(-self.progress.step // self.order.steps_per_epoch)

    @property
    def lr(self) -> float:
        """The learning rate of the next step: up to config.lr and down again, a triangle."""
        done = self.progress.step / self.total
        return self.config.lr * min((done + 1 / self.total) / WARM_UP, (1 - done) / (1 - WARM_UP))

    @property
    def must_evaluate(self) -> bool:
        """Whether an epoch, or all of it, is done and not yet evaluated."""
        step = self.progress.step
        return step > self.progress.evaluated and (step % self.order.steps_per_epoch == 0 or step == self.total)

    def step(self) -> float:
        """Learn from the next batch; its loss."""
        number = self.progress.step
        which = self.order.batch(number).to(self.device)
        chance = generator(self.config.seed, "augment", number)
        images = augment(self.data.train.pixels[which], chance, self.config.flip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        self.model.train()
        with machine.autocast(self.device):
            logits = self.model(images)
        loss = F.cross_entropy(logits, self.data.train.labels[which], self.weights, label_smoothing=0.1)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self.optimizer.step()
        self.progress.step += 1
        return self._count(loss.item())

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors only: torch.load(weights_only=True) reads it."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": dataclasses.asdict(self.progress),
            "classes": list(self.data.classes),
            "shape": list(self.data.train.pixels.shape[1:]),
            "seed": self.config.seed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from state; BadData when it belongs to other classes or images."""
        here = self.state_dict()
        for what in ("classes", "shape"):
            if state.get(what) != here[what]:
                raise BadData(
                    f"{self.config.output} holds a training with {what} {state.get(what)}, the data has {here[what]}; "
                    "choose another --output"
                )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])

    def _count(self, loss: float) -> float:
        self.progress.loss_sum += loss
        self.progress.loss_steps += 1
        return loss


def class_weights(chosen: tuple[tuple[str, float], ...], classes: tuple[str, ...]) -> torch.Tensor:
    """How much an image of each class counts, (classes,) float32; BadFlags for a class that is not there."""
    weights = torch.ones(len(classes))
    for name, weight in chosen:
        if name not in classes:
            raise BadFlags(f"--class-weight {name}: no such class; there are {', '.join(classes)}")
        weights[classes.index(name)] = weight
    return weights
