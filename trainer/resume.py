"""Going on where an earlier start was."""

from trainer.checkpoint import Checkpoints
from trainer.training import Training


def resume(training: Training, checkpoints: Checkpoints) -> None:
    """Take over the newest whole checkpoint, if there is any, and say which and what was wrong with newer ones."""
    checkpoints.recover()
    state = checkpoints.newest()
    for line in checkpoints.said:
        print(f"checkpoints: {line}")
    if state is None:
        if checkpoints.said:
            print("no checkpoint can be used: from the beginning")
        return
    training.load_state_dict(state)
    print(f"resumed at step {training.progress.step} of {training.total}")
    _find_best(training, checkpoints)


def _find_best(training: Training, checkpoints: Checkpoints) -> None:
    """What counts as the best are the weights that are there: newer than the last checkpoint, or an older rest."""
    progress = training.progress
    found = checkpoints.weights()
    for line in checkpoints.said:
        print(f"checkpoints: {line}")
    step, accuracy = (found[0].step, found[0].about["accuracy"]) if found else (0, -1.0)
    if accuracy < progress.best_accuracy:
        there = f"those of step {step} are the best that is there" if found else "and are not there whole"
        print(f"checkpoints: the best weights were of step {progress.best_step}, {there}")
        progress.evaluated = min(progress.evaluated, progress.step - 1)  # the ones at hand may be better
    progress.best_step, progress.best_accuracy = step, accuracy
