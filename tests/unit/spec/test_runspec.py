from pathlib import Path

from trainferry.spec.request import request
from trainferry.spec.runspec import RunSpec
from trainferry.spec.settings import Settings

BASE = RunSpec("base", ("python", "train.py"), "gs://team-ferry")


def test_the_digest_of_a_run_stays_whatever_fields_come_later() -> None:
    assert BASE.full_name == "base-5f1bb0c9"
    assert "keep" not in BASE.to_dict()


def test_how_many_checkpoints_stay_is_part_of_the_run() -> None:
    kept = BASE.but(keep=3)
    assert kept.full_name != BASE.full_name
    assert RunSpec.from_dict(kept.to_dict()) == kept
    assert RunSpec.from_dict(BASE.to_dict()) == BASE


def test_ferry_toml_may_say_how_many_checkpoints_stay() -> None:
    here = Settings(Path("/work"), store="file:///work/store", run={"keep": 3, "command": "true"})
    assert (request({}, here).keep, request({"keep": "5"}, here).keep) == (3, 5)
