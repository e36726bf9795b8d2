"""Numbers and pages that an evaluation gives."""

from pathlib import Path

import torch

from trainer.evaluate import Evaluation, write_predictions
from trainer.images import Images

RESULT = Evaluation(
    ("cat", "dog", "emu"),
    torch.tensor([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3]]),
    torch.tensor([0, 0, 1, 1]),
)


def test_accuracy_recall_and_the_worst_class() -> None:
    assert (RESULT.accuracy, RESULT.recall, RESULT.worst) == (0.75, {"cat": 0.5, "dog": 1.0}, "cat")
    assert RESULT.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]


def test_the_table_names_the_worst_class_and_what_it_is_taken_for() -> None:
    assert RESULT.table() == (
        "class  images  recall   most often taken for\n"
        "cat         2   50.0 %   dog (1)\n"
        "dog         2  100.0 %\n"
        "worst class: cat, 50.0 % right"
    )


def test_predictions_have_an_id_a_label_a_picture_and_a_probability_for_every_class(tmp_path: Path) -> None:
    pixels = torch.zeros((4, 1, 9, 9), dtype=torch.uint8)
    write_predictions(tmp_path / "predictions.csv", RESULT, Images(pixels, RESULT.labels, ["a,1", "b", "c", "d"]))
    assert (tmp_path / "predictions.csv").read_text() == (
        "id,label,prediction,image,cat,dog,emu\n"
        '"a,1",cat,cat,"predictions.png#xywh=0,0,9,9",0.700000,0.200000,0.100000\n'
        'b,cat,dog,"predictions.png#xywh=9,0,9,9",0.400000,0.500000,0.100000\n'
        'c,dog,dog,"predictions.png#xywh=18,0,9,9",0.100000,0.800000,0.100000\n'
        'd,dog,dog,"predictions.png#xywh=27,0,9,9",0.300000,0.400000,0.300000\n'
    )
    assert (tmp_path / "predictions.png").exists()
