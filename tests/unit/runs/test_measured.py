import pytest

from trainferry.runs import measured

LINES = [{"step": step, "epoch": step // 10, "loss": 1.0 / step, "time": 100.0 + step} for step in range(1, 61)]
CASES = {
    ("step-3.pt", 1e9): 3,
    ("checkpoints/epoch=3.ckpt", 1e9): 39,
    ("epoch=3-step=33.ckpt", 1e9): 39,
    ("model_5.safetensors", 1e9): 5,
    ("step-999.pt", 1e9): None,
    ("last.pt", 142.5): 42,
    ("last.pt", 99.0): None,
}


@pytest.mark.parametrize(("path", "time"), CASES)
def test_the_line_of_a_checkpoint(path: str, time: float) -> None:
    assert measured.step(measured.line_of(path, time, LINES)) == CASES[path, time]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"val_loss": 0.51239, "loss": 0.3}, "val_loss 0.5124"),
        ({"loss": 0.3, "accuracy": 0.875}, "accuracy 0.875"),
        ({"lr": 0.1, "accuracy": "high"}, ""),
        ({}, ""),
    ],
)
def test_the_number_that_people_choose_by(line: dict[str, object], told: str) -> None:
    assert measured.metric(line) == told
