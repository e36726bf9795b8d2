"""What is said anew about a run changes that and nothing else."""

from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.spec.request import request
from trainferry.spec.revised import defaults, revised, with_values
from trainferry.spec.runspec import DataMount, Resources, RunSpec, SecretRef
from trainferry.spec.settings import Settings

HERE = Settings(Path("/work/cats"), store="file:///work/cats/ferry-store", run={"memory": "1Gi", "env": {"NEW": "1"}})
BASE = RunSpec(
    name="base",
    command=("python", "t.py", "--lr", "0.2", "{data.val}"),
    store=HERE.store,
    image="team/torch@sha256:" + "0" * 64,
    code="c" * 64,
    data=(DataMount("val", "cifar10", "d" * 64),),
    resources=Resources("1500m", "8Gi", 2, "l4", "2Gi", "50Gi"),
    env=(("A", "x=y"),),
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
    class_weights=(("cat", 3.0),),
    class_weights_mode="plain",
)


def test_without_flags_it_is_the_same_run_whatever_ferry_toml_says_today() -> None:
    assert revised(BASE, {}, HERE) == BASE
    plain = RunSpec("base", ("python", "t.py"), HERE.store)
    assert revised(plain, {}, HERE) == plain


def test_flags_change_what_they_name() -> None:
    assert revised(BASE, {"memory": "16Gi", "env": ["B=2"], "name": "more"}, HERE) == BASE.but(
        name="more", resources=Resources("1500m", "16Gi", 2, "l4", "2Gi", "50Gi"), env=(("A", "x=y"), ("B", "2"))
    )


def test_other_cards_do_not_keep_the_type_of_the_old() -> None:
    assert revised(BASE, {"gpu_type": "t4"}, HERE).resources.gpu_type == "t4"
    none = revised(BASE, {"gpu": "0"}, HERE).resources
    assert (none.gpu, none.gpu_type) == (0, "")


@pytest.mark.parametrize(
    ("command", "setting", "result"),
    [
        ("t.py --lr 0.2 --n 3", "lr=0.1", "t.py --lr 0.1 --n 3"),
        ("t.py --lr=0.2", "--lr=0.1", "t.py --lr=0.1"),
        ("t.py lr=0.2", "lr=0.1", "t.py lr=0.1"),
        ("t.py --batch-size 2", "batch_size=4", "t.py --batch-size 4"),
        ("t.py", "epochs=3", "t.py --epochs 3"),
        ("t.py --name x=y", "name=a=b", "t.py --name a=b"),
    ],
)
def test_a_value_is_set_where_its_flag_is(command: str, setting: str, result: str) -> None:
    assert " ".join(with_values(command.split(), [setting])) == result


@pytest.mark.parametrize("setting", ["lr", "=1", "l r=1"])
def test_what_sets_nothing_is_named(setting: str) -> None:
    with pytest.raises(BadInput) as error:
        with_values(["t.py"], [setting])
    assert str(error.value) == f"--set {setting}: expected FLAG=VALUE, for example --set lr=0.1"


def test_a_run_like_another_gets_what_it_was_from_the_settings() -> None:
    made = request({"memory": "16Gi"}, defaults(BASE, {"memory": "16Gi"}, HERE))
    apart = {"code": "", "class_weights": (), "class_weights_mode": ""}
    assert made == BASE.but(resources=Resources("1500m", "16Gi", 2, "l4", "2Gi", "50Gi"), **apart)
    plain = RunSpec("base", ("python", "t.py"), HERE.store)
    assert request({}, defaults(plain, {}, HERE)) == plain
