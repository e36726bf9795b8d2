import pytest

from trainferry.runs import groups

FOLDERS = {
    "checkpoints/step-3/model.safetensors": "checkpoints/step-3",
    "logs/version_0/checkpoints/epoch=1/a/b.bin": "logs/version_0/checkpoints/epoch=1",
    "logs/version_0/checkpoints/epoch=1.ckpt": "",
    "checkpoints/step-3.pt": "",
    "checkpoint-500/optimizer.pt": "checkpoint-500",
    "out/global_step500/mp_rank_00/model.pt": "out/global_step500",
    "version_0/events.out.tfevents.1": "",
    "models/step-3.pt": "",
    "step-3.pt": "",
}


@pytest.mark.parametrize("path", FOLDERS)
def test_a_folder_that_is_one_checkpoint(path: str) -> None:
    assert groups.folder_of(path) == FOLDERS[path]


SERIES = [
    (["checkpoints/step-3.pt", "checkpoints/step-3.json"], 1),
    (["checkpoints/model-3.pt", "checkpoints/optimizer-3.pt"], 1),
    (["m-3-00001-of-00002.safetensors", "m-3-00002-of-00002.safetensors"], 1),
    (["checkpoints/3/model.pt", "checkpoints/3/metrics.jsonl", "checkpoints/3/config.json"], 1),
    (["checkpoint-500/optimizer.pt", "checkpoint-500/trainer_state.json"], 1),
    (["step-9.pt", "step-10.pt"], 2),
    (["a/step-9.pt", "b/step-9.pt"], 2),
    (["checkpoints/epoch=1-step=9.ckpt", "checkpoints/epoch=1-step=10.ckpt"], 2),
    (["last.pt", "checkpoints/last.pt", "checkpoints/best-3.pt", "checkpoints/best/3.pt"], 0),
    (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], 0),
    (["metrics-3.json", "checkpoints/log-3.jsonl", "events.out.tfevents.3", "step-3/notes.txt"], 0),
]


@pytest.mark.parametrize(("paths", "count"), SERIES)
def test_numbered_checkpoints_are_a_series(paths: list[str], count: int) -> None:
    found = groups.series(paths)
    assert len(found) == count
    assert sorted(path for members in found.values() for path in members) == sorted(paths if count else [])


def test_a_table_of_numbers_is_no_sidecar() -> None:
    assert groups.series(["step-3.pt", "metrics-3.json"]) == {"#3": ["step-3.pt"]}


def test_step_9_comes_before_step_10() -> None:
    assert sorted(["step-10", "step-9", "last"], key=groups.natural) == ["last", "step-9", "step-10"]
