from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.runs import record
from trainferry.runs.record import Record
from trainferry.sdk.kept import Found
from trainferry.sdk.notebooks.wish import Subject, Wish, subject
from trainferry.spec.runspec import DataMount, RunSpec
from trainferry.store import Store, open_store

SPEC = RunSpec("base", ("true",), "gs://b", code="c" * 64, data=(DataMount("train", "pets", "d" * 64),))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(tmp_path.as_uri())
    record.write(made, Record("base-1", SPEC.to_dict()))
    record.write(made, Record("nb-base-2", SPEC.but(data=()).to_dict(), lineage={"opens": "base-1"}))
    record.write(made, Record("nb-shop-3", SPEC.but(data=()).to_dict()))
    return made


def told(about: Subject) -> tuple[str, str, tuple[str, ...], str]:
    return about.name, about.run, about.data, about.code[:2]


def test_a_run_is_opened_with_its_own_code_and_data_by_version(store: Store):
    data = (f"train=pets@{'d' * 64}",)
    assert told(subject(Found("base-1", store, True))) == ("nb-base", "base-1", data, "cc")


def test_a_notebooks_own_name_means_what_it_was_opened_for(store: Store):
    assert told(subject(Found("nb-base-2", store, True))) == told(subject(Found("base-1", store, True)))
    assert told(subject(Found("nb-shop-3", store, True))) == ("nb-shop", "", (), "")


def test_a_run_that_nobody_wrote_down_is_opened_without_code_and_data(store: Store):
    assert told(subject(Found("lost-9", store, False))) == ("nb-lost", "lost-9", (), "")


@pytest.mark.parametrize(
    ("folder", "name"), [("My Shop", "nb-my-shop"), ("", "nb-project"), ("x" * 60, "nb-" + "x" * 37)]
)
def test_a_project_alone_is_called_like_its_folder(store: Store, folder: str, name: str):
    assert Subject(store, folder=folder).name == name


@pytest.mark.parametrize("idle", ["5s", "29s", "0h", "soon", "60"])
def test_a_time_that_is_none_or_too_short_to_read_a_page_is_refused(idle: str):
    with pytest.raises(BadInput) as error:
        Wish(idle=idle).seconds()
    assert str(error.value).startswith(f"--idle {idle}: expected ")


def test_idle_times_are_durations():
    assert [Wish(idle=idle).seconds() for idle in ("30s", "1h", "1h30m")] == [30, 3600, 5400]
