"""How the weights move: the optimizer, and the learning rate over the course of a training."""

import torch
from torch import nn

WARM_UP = 0.2  # of all steps, up to the highest learning rate; from there straight down to 0
MOMENTUM, DECAY = 0.9, 5e-4


def optimizer(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Nesterov's gradient descent over what model lets be trained."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.SGD(trained, lr=lr, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY)


def rate(step: int, total: int) -> float:
    """The learning rate of a step, counted from 0, as a fraction of the highest: up and down again, a triangle."""
    done = step / total
    return min((done + 1 / total) / WARM_UP, (1 - done) / (1 - WARM_UP))
