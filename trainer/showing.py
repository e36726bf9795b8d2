"""What a training tells of itself: to programs in metrics.jsonl, to people in TensorBoard."""

from trainer import figures
from trainer.evaluate import Evaluation
from trainer.images import Images
from trainer.metrics import Metrics
from trainer.training import Training

FIRST = ("batch_size", "class_weight", "epochs", "lr", "model")
GOALS = ("accuracy/test", "accuracy/validation", "loss/validation")
MOST_GOALS = 20  # classes whose recalls are columns of TensorBoard's table of runs too


def begun(training: Training, metrics: Metrics) -> None:
    """What the run is made of."""
    classes = training.data.classes
    recalls = [f"recall/{name}" for name in classes] if len(classes) <= MOST_GOALS else []
    metrics.begin(training.config.course, FIRST, [*GOALS, *recalls])


def evaluated(training: Training, metrics: Metrics, result: Evaluation, loss: float, seconds: float) -> None:
    """One evaluation on the validation images, after an epoch of that loss which took so many seconds."""
    step = training.progress.step
    metrics.row(
        {
            "step": step,
            "epoch": training.epoch,
            "loss": loss,
            "accuracy": result.accuracy,
            "validation_loss": result.loss,
            "lr": training.lr,
            "seconds": round(seconds, 3),
            "recall": result.recall,
        }
    )
    recall = {f"recall/{name}": value for name, value in result.recall.items()}
    metrics.scalars(step, {"accuracy/validation": result.accuracy, "loss/validation": result.loss, **recall})
    if training.epoch.bit_count() == 1 or step == training.total:  # 1, 2, 4, 8: as many as TensorBoard shows of a tag
        _pictures(training, metrics, result, training.data.validation, "validation")


def tested(training: Training, metrics: Metrics, result: Evaluation) -> None:
    """The test at the very end."""
    step = training.progress.step
    metrics.scalars(step, {"accuracy/test": result.accuracy})
    _pictures(training, metrics, result, training.data.test, "test")
    metrics.end(step)


def _pictures(training: Training, metrics: Metrics, result: Evaluation, images: Images, split: str) -> None:
    if not training.ranks.first:
        return
    confusion, mistakes = figures.confusion(result, split), figures.mistakes(result, images, split)
    metrics.pictures(training.progress.step, {f"confusion/{split}": confusion, f"mistakes/{split}": mistakes})
