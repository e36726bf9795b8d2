"""Train, from the flags to the verdict: read from here downwards."""

import copy
import dataclasses
import io
import json
import sys
import time
from typing import Any

import torch

from trainer import distributed, machine, showing
from trainer.checkpoint import Checkpoints
from trainer.config import Config, from_flags
from trainer.data import DataSet, load
from trainer.distributed import Ranks, Together
from trainer.errors import CannotSave, TrainerError
from trainer.evaluate import evaluate, percent, write_predictions
from trainer.files import write_whole
from trainer.images import Wanted
from trainer.metrics import Metrics
from trainer.resume import resume
from trainer.saving import Saver
from trainer.signals import SAVED, Stop, Stopped
from trainer.training import Training

SHOW_EVERY = 20  # steps between two points of TensorBoard's training curves


def main(argv: list[str] | None = None) -> int:
    """Run with the flags in argv; the exit code (see trainer/__init__.py)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a line is to be seen when it is printed, in a pipe too
    try:
        return together(from_flags(argv), Stop.installed())
    except distributed.Lost as lost:
        print(f"another rank is gone ({lost}); start again to go on")
        return SAVED
    except Stopped:
        print("stopped as asked; start again to go on")
        return SAVED
    except TrainerError as error:
        print(f"trainer: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"trainer: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)
        return CannotSave.code


def together(config: Config, stop: Stop) -> int:
    """Run as one of the ranks that the environment names; those after the first do the same out of sight."""
    ranks = distributed.from_environment()
    device = machine.device(config.device, ranks.local_rank)
    with distributed.joined(ranks, device, stop), distributed.stage(ranks, config.output) as output:
        return run(dataclasses.replace(config, output=output), ranks, device, stop)


def run(config: Config, ranks: Ranks, device: torch.device, stop: Stop) -> int:
    """Read the data, train what is still to train, test the best weights."""
    threads = machine.threads(config.threads, ranks.local_world)
    torch.set_num_threads(threads)
    started = time.monotonic()
    alone, stop = stop, Together(stop, ranks)
    try:
        data = load(config.data, config.val_fraction, Wanted(config.size, threads, alone.check))
    finally:
        stop.check()
    print(describe(data, time.monotonic() - started, device, threads, ranks))
    training = Training(config, data.to(device), ranks)
    checkpoints = Checkpoints(config.output / "checkpoints", config.keep)
    if ranks.first:
        resume(training, checkpoints)
    training.be_the_same()
    config.save()
    progress = training.progress
    with Saver(checkpoints) as saver, Metrics(config.output, progress.step, progress.evaluated) as metrics:
        showing.begun(training, metrics)
        try:
            train(training, saver, metrics, stop)
            test(training, checkpoints, metrics, stop)
        except Stopped:
            save(training, saver)
            saver.wait()
            print(f"saved at step {training.progress.step} of {training.total}")
            raise
    return 0


def train(training: Training, saver: Saver, metrics: Metrics, stop: Stop) -> None:
    """Step, show, save, until all steps are done; Stopped is raised between two steps."""
    epoch_started = time.monotonic()
    while training.must_evaluate or training.progress.step < training.total:
        if training.must_evaluate:
            validate(training, saver, metrics, stop, epoch_started)
            epoch_started = time.monotonic()
            continue
        stop.check()
        saver.check()
        lr, loss = training.lr, training.step()
        step = training.progress.step
        if step % SHOW_EVERY == 0:
            metrics.scalars(step, {"loss/train": loss, "lr": lr})
        if step % training.config.save_every == 0 and not training.must_evaluate:  # an evaluation saves as well
            save(training, saver)
    save(training, saver)  # when there was nothing to do, but the last one was not that far
    saver.wait()
    saver.show(metrics.scalars)
    if saver.finished:
        print(saver.summary())


def validate(training: Training, saver: Saver, metrics: Metrics, stop: Stop, started: float) -> None:
    """Evaluate on the validation split, record, keep the weights when they are the best so far."""
    progress = training.progress
    result = evaluate(training.model, training.data.validation, training.data.classes, stop.check, training.ranks)
    loss = progress.loss_sum / max(1, progress.loss_steps)
    progress.evaluated = progress.step
    seconds = time.monotonic() - started
    showing.evaluated(training, metrics, result, loss, seconds)
    training.weights.learn(result)
    best = result.accuracy > progress.best_accuracy
    if best:
        progress.best_accuracy, progress.best_step = result.accuracy, progress.step
    save(training, saver, best)
    saver.show(metrics.scalars)
    head = f"epoch {training.epoch}/{training.config.epochs}  step {progress.step}"
    accuracy = percent(result.accuracy)
    print(f"{head}  loss {loss:.3f}  validation accuracy {accuracy}  {seconds:.1f} s{training.weights.told()}")


def test(training: Training, checkpoints: Checkpoints, metrics: Metrics, stop: Stop) -> None:
    """Test the best weights once, at the very end: nothing was chosen on these images."""
    model = copy.deepcopy(training.model)  # a stop in here must save the last weights as the last, not the best
    if best := training.ranks.given(checkpoints.weights()):
        model.load_state_dict(best[1])
    output, data = training.config.output, training.data
    chosen = evaluate(model, data.validation, data.classes, stop.check, training.ranks)
    result = evaluate(model, data.test, data.classes, stop.check, training.ranks)
    if training.ranks.first:
        write_predictions(output / "predictions-validation.csv", chosen, data.validation)
        write_predictions(output / "predictions.csv", result, data.test)
    summary = about(training) | {"test_accuracy": result.accuracy, "recall": result.recall, "worst": result.worst}
    write_whole(output / "results.json", (json.dumps(summary, indent=2) + "\n").encode())
    showing.tested(training, metrics, result)
    print(result.table())
    print(f"test accuracy {percent(result.accuracy)}")


def save(training: Training, saver: Saver, best: bool = False) -> None:
    """Begin to write the checkpoint that a new start goes on from; the first rank does."""
    if training.ranks.first:
        saver.save(training.state_dict(), about(training), best)


def about(training: Training) -> dict[str, Any]:
    """What a checkpoint's .json says."""
    progress = training.progress
    best = {"accuracy": progress.best_accuracy, "best_step": progress.best_step}
    return {"step": progress.step, "epoch": training.epoch, **best, "model": training.config.model}


def describe(data: DataSet, seconds: float, device: torch.device, threads: int, ranks: Ranks) -> str:
    """One line: what was read and what will compute."""
    channels, height, width = data.train.pixels.shape[1:]
    counts = f"{len(data.train)} training, {len(data.validation)} validation and {len(data.test)} test images"
    what = f"{len(data.classes)} classes, {height} x {width} x {channels}"
    company = f" in each of {ranks.world} ranks" if ranks.world > 1 else ""
    return f"read {counts} in {seconds:.1f} s: {what}; {device.type}, {threads} threads{company}"


if __name__ == "__main__":
    distributed.leave(main())
