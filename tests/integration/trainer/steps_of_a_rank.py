"""One of several ranks that train a few steps: says which images it saw, keeps the weights and an evaluation.

    RANK=0 WORLD_SIZE=2 MASTER_ADDR=... MASTER_PORT=... python steps_of_a_rank.py FOLDER

Batch norm is taken out: it looks at a rank's share of a batch only, all else is to be as with one rank. So is bfloat16,
whose rounding would hide a difference.
"""

import contextlib
import sys
from pathlib import Path

import torch
from torch import nn

from tests.unit.trainer.pictures import CLASSES, data_set, images
from trainer import distributed, machine
from trainer.config import Config
from trainer.evaluate import evaluate
from trainer.signals import Stop
from trainer.training import Training

STEPS = 7


def main(folder: Path) -> None:
    """See the top."""
    torch.set_num_threads(1)
    machine.autocast = lambda where: contextlib.nullcontext()
    ranks = distributed.from_environment()
    with distributed.joined(ranks, torch.device("cpu"), Stop()):
        config = Config("", folder, epochs=3, batch_size=30, class_weight=(("dim", 3.0),), class_weights_mode="plain")
        training = Training(config, data_set(), ranks)
        for name, module in list(training.model.named_modules()):
            if isinstance(module, nn.BatchNorm2d):
                training.model.set_submodule(name, nn.Identity())
        seen = []
        for step in range(STEPS):
            seen.append(training.order.batch(step)[training.share].tolist())
            training.step()
        shared, alone = (
            evaluate(training.model, images(2_600, 3), CLASSES, lambda: None, who) for who in (ranks, None)
        )
        kept = {"seen": seen, "model": training.model.state_dict(), "loss": training.progress.loss_sum}
        torch.save(kept | {"shared": shared.probabilities, "alone": alone.probabilities}, folder / f"{ranks.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
