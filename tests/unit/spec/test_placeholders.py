import pytest

from trainferry.errors import BadInput
from trainferry.spec.placeholders import POD, fill, variables
from trainferry.spec.runspec import DataMount, RunSpec

CATS = DataMount("cats", "cats-and-dogs")
DIGITS = DataMount("mnist-5", "digits")


def test_the_command_gets_the_places_of_the_pod():
    command = ("python", "t.py", "--d={data}", "{data.mnist-5}", "{output}/x", "{checkpoints}")
    assert fill(command, POD, (CATS, DIGITS)) == (
        "python",
        "t.py",
        "--d=/ferry/data/cats",
        "/ferry/data/mnist-5",
        "/ferry/output/x",
        "/ferry/output/checkpoints",
    )


def test_other_braces_are_not_ours():
    command = ('{"lr": 0.1}', "{}", "{epoch:03d}", "{output.x}", "${HOME}", "{{x}}")
    assert fill(command, POD, ()) == command


def test_class_weights_are_json_in_the_command_and_in_the_environment():
    assert fill(("--weights={class_weights}",), POD, ()) == ("--weights={}",)
    spec = RunSpec(
        "base", ("true",), "gs://team", class_weights=(("cat", 3.0), ("dog", 1.5)), class_weights_mode="plain"
    )
    assert fill(("--weights={class_weights}",), POD, (), spec.class_weights) == ('--weights={"cat": 3, "dog": 1.5}',)
    found = variables(spec, POD)
    assert (found["FERRY_CLASS_WEIGHTS"], found["FERRY_CLASS_WEIGHTS_MODE"]) == ('{"cat": 3, "dog": 1.5}', "plain")


def test_a_dataset_the_run_does_not_have_is_named():
    with pytest.raises(BadInput) as error:
        fill(("{data.dogs}",), POD, (CATS, DIGITS))
    assert str(error.value) == (
        "{data.dogs} in the command, but the run has only {data.cats}, {data.mnist-5}   add  --data dogs"
    )


def test_data_without_a_dataset_says_what_to_add():
    with pytest.raises(BadInput) as error:
        fill(("{data}",), POD, ())
    assert str(error.value) == (
        "{data} in the command, but the run has no data   add  --data NAME      see  ferry data ls"
    )


def test_the_environment_says_the_same_and_speaks_vertex_too():
    spec = RunSpec("base", ("true",), "gs://team", data=(CATS, DIGITS))
    assert variables(spec, POD) == {
        "FERRY_DATA": "/ferry/data/cats",
        "FERRY_DATA_CATS": "/ferry/data/cats",
        "FERRY_DATA_MNIST_5": "/ferry/data/mnist-5",
        "FERRY_OUTPUT": "/ferry/output",
        "FERRY_RUN": spec.full_name,
        "AIP_MODEL_DIR": "/ferry/output/model",
        "AIP_CHECKPOINT_DIR": "/ferry/output/checkpoints",
        "AIP_TENSORBOARD_LOG_DIR": "/ferry/output/tensorboard",
    }
