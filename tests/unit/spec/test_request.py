from pathlib import Path
from typing import Any

import pytest

from trainferry.errors import BadInput
from trainferry.spec.request import default_name, request
from trainferry.spec.runspec import DataMount, Resources, RunSpec, SecretRef
from trainferry.spec.settings import Settings

HERE = Settings(Path("/work/cats"), store="file:///work/cats/ferry-store")
TRAIN = ["python", "train.py"]


def refused(settings: Settings = HERE, **flags: Any) -> str:
    with pytest.raises(BadInput) as error:
        request({"command": TRAIN, **flags}, settings)
    return str(error.value)


def test_a_command_alone_is_a_run():
    assert request({"command": TRAIN}, HERE) == RunSpec("train", ("python", "train.py"), HERE.store)


def test_every_flag_has_its_place_in_the_spec():
    flags = {
        "command": [*TRAIN, "{data.val}"], "name": "base", "image": "team/torch:2",
        "data": ["cifar10", "val=cifar10@3f9c"],
        "cpu": "1.5", "memory": "8Gi", "gpu": "2", "gpu_type": "L4", "shm": "2Gi", "ephemeral_storage": "50Gi",
        "env": ["LR=0.1", "A=x=y"], "secret": ["WANDB_API_KEY=wandb/key"], "label": ["team=vision"], "priority": "high",
        "queue": "team-a", "spot": True, "deadline": "12h", "retries": "2", "run_as": "image", "bare": True, "tag": "x",
        "keep": "3",
    }  # fmt: skip
    assert request(flags, HERE) == RunSpec(
        name="base",
        command=("python", "train.py", "{data.val}"),
        store=HERE.store,
        image="team/torch:2",
        data=(DataMount("cifar10", "cifar10"), DataMount("val", "cifar10", "3f9c")),
        resources=Resources("1500m", "8Gi", 2, "l4", "2Gi", "50Gi"),
        env=(("A", "x=y"), ("LR", "0.1")),
        secrets=(SecretRef("WANDB_API_KEY", "wandb", "key"),),
        priority="high",
        queue="team-a",
        spot=True,
        deadline=43200,
        retries=2,
        run_as="image",
        bare=True,
        labels=(("team", "vision"),),
        tag="x",
        keep=3,
    )


def test_flags_win_over_the_file_and_variables_one_by_one():
    env = {"LR": "0.1", "SEED": 7}
    run = {"command": "python train.py --lr '0 1'", "gpu": 1, "env": env, "data": ["cats"], "spot": True}
    flags = {"env": ["LR=0.2"], "data": ["dogs"], "gpu": "2", "spot": False}
    spec = request(flags, Settings(HERE.root, store="gs://b", run=run))
    assert spec == RunSpec(
        "train",
        ("python", "train.py", "--lr", "0 1"),
        "gs://b",
        data=(DataMount("dogs", "dogs"),),
        resources=Resources(gpu=2),
        env=(("LR", "0.2"), ("SEED", "7")),
        spot=True,
    )


def test_a_type_of_card_alone_means_one_of_it():
    assert request({"command": TRAIN, "gpu_type": "t4"}, HERE).resources == Resources(gpu=1, gpu_type="t4")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python experiments/Train_V2.py --x a.py", "train-v2"),
        ("python3 -u -m trainer.task --m b", "task"),
        ("python -m trainer", "trainer"),
        ("bash run.sh", "run"),
        ("nvidia-smi", "cats"),
        ("grep -m 1 x", "cats"),
    ],
)
def test_a_run_without_a_name_is_called_like_its_script(command: str, name: str):
    assert default_name(command.split(), "cats") == name


@pytest.mark.parametrize(
    "name",
    ["AWS_SECRET_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "dbpasswd", "WANDB_API_KEY", "APIKEY", "MY_CREDENTIALS",
     "SSH_PRIVATE_KEY"],
)  # fmt: skip
def test_a_variable_named_like_a_secret_is_refused(name: str):
    assert refused(env=[f"{name}=abc"]) == (
        f"--env {name} looks like a secret and would be readable in the manifest. Use --secret {name}=my-secret/key"
    )


@pytest.mark.parametrize(
    "value",
    [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "sk-proj-abcdefghijklmnopqrst", "AKIAIOSFODNN7EXAMPLE",
        "hf_abcdefghijklmnopqrst", "xoxb-1-2-abc", "-----BEGIN RSA PRIVATE KEY-----", "postgres://me:secret@db/x",
    ],
)  # fmt: skip
def test_a_value_that_looks_like_a_secret_is_refused_and_not_repeated(value: str):
    assert refused(env=[f"X={value}"]) == (
        "--env X looks like a secret and would be readable in the manifest. Use --secret X=my-secret/key"
    )


@pytest.mark.parametrize(
    "env",
    ["TOKENIZERS_PARALLELISM=false", "MAX_TOKENS=512", "PAD_TOKEN=<pad>", "KEYS=3", "HF_TOKEN=", "URL=http://host:80/a@b",
     "FERRY_GPU_CHECK=off", "MODEL=sk-small", "PATH=/a:/b"],
)  # fmt: skip
def test_what_only_resembles_a_secret_is_fine(env: str):
    name, _, value = env.partition("=")
    assert request({"command": TRAIN, "env": [env]}, HERE).env == ((name, value),)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"command": []}, "no command to run   ferry run -- python train.py"),
        ({"command": [" "]}, "no command to run   ferry run -- python train.py"),
        ({"command": ["a\0b"]}, "a zero byte in the command cannot be passed on"),
        ({"gpus": "2"}, "gpus: no such flag of a run. Did you mean gpu?"),
        ({"gpu": "l4"}, "--gpu l4: expected how many, for example --gpu 1 --gpu-type l4"),
        ({"gpu": "0", "gpu_type": "l4"}, "--gpu 0 with --gpu-type l4: expected one or more, for example --gpu 1"),
        ({"image": "a b"}, "--image a b: expected an image, for example --image team/torch:2"),
        ({"image": "x@sha256:12"}, "--image x@sha256:12: expected an image, for example --image team/torch:2"),
        ({"run_as": "root"}, "--run-as root: expected a user id above 0, or image, for example --run-as 20001"),
        ({"run_as": "0"}, "--run-as 0: expected a user id above 0, or image, for example --run-as 20001"),
        ({"priority": "High!"}, "--priority High!: expected the name of a PriorityClass, for example --priority high"),
        ({"queue": "a b"}, "--queue a b: expected the name of a LocalQueue, for example --queue team-a"),
        ({"spot": "yes"}, "--spot yes: expected true or false"),
        ({"env": ["LR"]}, "--env LR: expected NAME=VALUE, for example --env LR=0.1"),
        ({"env": ["2X=1"]}, "--env 2X: expected NAME=VALUE, for example --env LR=0.1"),
        ({"env": ["FERRY_RUN=x"]}, "--env FERRY_RUN: names that begin with FERRY_ are set by ferry itself"),
        ({"env": ["A=1", "A=2"]}, "--env and --secret set A more than once"),
        ({"env": ["A=1"], "secret": ["A=s/k"]}, "--env and --secret set A more than once"),
        ({"secret": ["KEY=hunter2"]},
         "--secret KEY=...: expected ENV=SECRET/KEY, for example --secret KEY=my-secret/key"),
        ({"secret": ["KEY"]},
         "--secret KEY: expected ENV=SECRET/KEY, for example --secret KEY=my-secret/key"),
        ({"label": ["team"]}, "--label team: expected KEY=VALUE as labels are, for example --label team=vision"),
        ({"label": ["a b=c"]}, "--label a b=c: expected KEY=VALUE as labels are, for example --label team=vision"),
        ({"label": ["trainferry.dev/run=x"]},
         "--label trainferry.dev/run=x: trainferry.dev/run is set by ferry itself"),
        ({"data": ["Cifar"]},
         "--data Cifar: expected small letters, digits and - (at most 63), for example --data cifar"),
        ({"data": ["c@latest"]}, "--data c@latest: expected a version, for example --data c@3f9c2a71   ferry data ls"),
        ({"data": ["=c"]}, "--data =c: expected NAME=DATASET, for example --data train=c"),
        ({"data": ["c@3f9c", "c"]}, "--data c@3f9c: {data.c} twice; give one another name, --data other=c@3f9c"),
        ({"gpu": ["1"]}, "--gpu ['1']: expected one value"),
    ],
)  # fmt: skip
def test_each_bad_value_is_one_line(flags: dict[str, Any], said: str):
    assert refused(**flags) == said


def test_a_bad_value_of_the_file_says_so():
    settings = Settings(HERE.root, store=HERE.store, run={"gpu": "two"})
    assert refused(settings) == (
        "ferry.toml [run] gpu = two: expected a whole number, for example ferry.toml [run] gpu = 2"
    )


def test_a_cluster_needs_a_store_that_pods_can_reach():
    cluster = Settings(HERE.root, engine="kubernetes", context="gke")
    assert refused(cluster) == (
        "the cluster needs a store for the results and none is configured   ferry init --store gs://BUCKET"
    )
    assert refused(Settings(HERE.root, engine="kubernetes", store="file:///x")) == (
        "store file:///x: pods cannot reach a folder of this machine   ferry init --store gs://BUCKET"
    )
