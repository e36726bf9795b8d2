"""The state of a training and the step that changes it."""

import dataclasses
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer import machine
from trainer.augment import changed, draw
from trainer.config import Config
from trainer.data import DataSet
from trainer.distributed import Ranks
from trainer.errors import BadData, BadFlags
from trainer.model import build
from trainer.optim import optimizer, rate
from trainer.order import Order, generator, seed_of
from trainer.reweight import Weights
from trainer.saving import copied


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
    """Model, optimizer, progress: all that a checkpoint holds. The same in every rank after every step."""

    def __init__(self, config: Config, data: DataSet, ranks: Ranks | None = None) -> None:
        self.config = config
        self.data = data
        self.ranks = ranks or Ranks()
        self.device = data.train.pixels.device
        self.order = Order(config.seed, len(data.train), config.batch_size)
        self.share = self.ranks.share(self.order.batch_size)
        if self.order.batch_size < 2 * self.ranks.world:
            raise BadFlags(f"--batch-size {self.order.batch_size} is too small for {self.ranks.world} ranks")
        steps = config.epochs * self.order.steps_per_epoch
        self.total = min(steps, config.max_steps or steps)
        torch.manual_seed(config.seed)
        self.model = build(config.model, data.train.pixels.cpu(), len(data.classes))
        self.model.to(self.device).to(memory_format=torch.channels_last)
        self.optimizer = optimizer(self.model, config.lr)
        self.weights = Weights(config.class_weight, data.classes, config.class_weights_mode == "adaptive")
        self.progress = Progress()

    @property
    def epoch(self) -> int:
        """The epoch of the last step, from 1."""
        return -(-self.progress.step // self.order.steps_per_epoch)

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self.config.lr * rate(self.progress.step, self.total)

    @property
    def must_evaluate(self) -> bool:
        """Whether an epoch, or all of it, is done and not yet evaluated."""
        step = self.progress.step
        return step > self.progress.evaluated and (step % self.order.steps_per_epoch == 0 or step == self.total)

    def step(self) -> float:
        """Learn from the next batch; its loss."""
        step = self.progress.step
        images, labels = self.batch(step)
        torch.manual_seed(seed_of(self.config.seed, f"drop out/{self.ranks.rank}", step))
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        self.model.train()
        with machine.autocast(self.device):
            logits = self.model(images)
        weights = self.weights.current.to(self.device)
        share = weights[labels[self.share]].sum() / weights[labels].sum()  # of all ranks' loss
        loss = share * F.cross_entropy(logits, labels[self.share], weights, label_smoothing=0.1)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._agree(loss)
        self.optimizer.step()
        self.progress.step += 1
        return self._count(loss.item())

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """This rank's share of the images of a step, as augmented, and the labels of all of them."""
        which = self.order.batch(step)
        side = self.data.train.pixels.shape[-1]
        changes = draw(len(which), side, generator(self.config.seed, "augment", step), self.config.flip)
        pixels = self.data.train.pixels[which[self.share].to(self.device)]
        return changed(pixels, changes.of(self.share)), self.data.train.labels[which.to(self.device)]

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors only: torch.load(weights_only=True) reads it."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": dataclasses.asdict(self.progress),
            "weights": self.weights.current.clone(),
            "net": self.config.model,
            "classes": list(self.data.classes),
            "shape": list(self.data.train.pixels.shape[1:]),
            "seed": self.config.seed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from state; BadData when it belongs to other classes or images."""
        here = self.state_dict()
        for what in ("net", "classes", "shape"):
            if state.get(what, "medium") != here[what]:
                raise BadData(
                    f"{self.config.output} holds a training with {what} {state.get(what)}, this one has {here[what]}; "
                    "choose another --output"
                )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        self.weights.take_over(state.get("weights"))

    def be_the_same(self) -> None:
        """Make every rank's state the first one's."""
        if self.ranks.world > 1:
            self.load_state_dict(self.ranks.given(copied(self.state_dict()) if self.ranks.first else None))

    def _agree(self, loss: Tensor) -> None:
        """Loss and gradients of the whole batch, and the mean of what batch norms have seen, in every rank."""
        if self.ranks.world == 1:
            return
        seen = [buffer for name, buffer in self.model.named_buffers() if "running_" in name]
        for buffer in seen:
            buffer /= self.ranks.world
        gradients = [weight.grad for weight in self.model.parameters() if weight.grad is not None]
        self.ranks.sum([loss, *gradients, *seen])

    def _count(self, loss: float) -> float:
        progress = self.progress
        if progress.evaluated == progress.step - 1:  # not before: an evaluation may be repeated
            progress.loss_sum, progress.loss_steps = 0.0, 0
        progress.loss_sum += loss
        progress.loss_steps += 1
        return loss
