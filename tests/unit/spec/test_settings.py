from pathlib import Path
from typing import Any

import pytest

from trainferry.errors import BadInput
from trainferry.spec.settings import Settings, load, write


def test_with_nothing_configured_runs_execute_here(tmp_path: Path):
    assert load({}, {}, tmp_path) == Settings(tmp_path, store=f"{tmp_path.as_uri()}/ferry-store")


def test_flags_win_over_the_environment_over_the_project_over_the_user(tmp_path: Path):
    config = tmp_path / "home" / ".config" / "ferry" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        'context = "user"\nnamespace = "user"\nstore = "gs://user"\nregistry = "user/x"\nrun = {cpu = "1", gpu = 1}'
    )
    (tmp_path / "ferry.toml").write_text('context = "file"\nnamespace = "file"\nstore = "gs://file"\nrun = {gpu = 2}')
    (tmp_path / "deep" / "er").mkdir(parents=True)
    environ = {"HOME": str(tmp_path / "home"), "FERRY_CONTEXT": "env", "FERRY_NAMESPACE": "env"}
    assert load({"context": "flag", "store": None}, environ, tmp_path / "deep" / "er") == Settings(
        tmp_path,
        engine="kubernetes",
        context="flag",
        namespace="env",
        store="gs://file",
        registry="user/x",
        run={"cpu": "1", "gpu": 2},
    )


def test_a_store_that_is_a_path_counts_from_where_it_was_written(tmp_path: Path):
    (tmp_path / "ferry.toml").write_text('store = "./kept here"')
    (tmp_path / "deep").mkdir()
    assert load({}, {}, tmp_path / "deep").store == f"{tmp_path.as_uri()}/kept%20here"
    assert load({"store": "./there"}, {}, tmp_path / "deep").store == f"{tmp_path.as_uri()}/deep/there"


def test_the_emulator_of_this_shell_is_the_agents_too(tmp_path: Path):
    (tmp_path / "ferry.toml").write_text('[agent_env]\nA = "b"')
    found = load({}, {"STORAGE_EMULATOR_HOST": "http://10.0.0.1:4443"}, tmp_path)
    assert found.agent_env == {"A": "b", "STORAGE_EMULATOR_HOST": "http://10.0.0.1:4443"}


def test_init_looks_at_no_file(tmp_path: Path):
    (tmp_path / "ferry.toml").write_text("broken")
    assert load({"context": "gke"}, {}, tmp_path, file=False) == Settings(tmp_path, engine="kubernetes", context="gke")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("namspace = 'x'", "no setting namspace. Did you mean namespace?"),
        ("[run]\ngpus = 1", " [run]: no setting gpus. Did you mean gpu?"),
        ("namespace = 3", 'namespace = 3: expected text, for example namespace = "3"'),
        ("run = 3", "run = 3: expected a table, [run]"),
        ("[agent_env]\nA = 1", ' [agent_env]: A = 1: expected text, for example A = "1"'),
        ("x", "not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_its_place(tmp_path: Path, text: str, said: str):
    (tmp_path / "ferry.toml").write_text(text)
    with pytest.raises(BadInput) as error:
        load({}, {}, tmp_path)
    assert str(error.value) == f"{tmp_path}/ferry.toml{said if said.startswith(' [') else f': {said}'}"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"engine": "slurm"}, "engine slurm: expected local or kubernetes"),
        ({"gpu_scheme": "x"}, "gpu_scheme x: expected gke or gfd"),
        (
            {"gateway_url": "http://ferry.example.com"},
            "gateway_url http://ferry.example.com: expected https://HOST without a / at its end,"
            ' gateway_url = "https://ferry.example.com"',
        ),
        ({"registry": "https://r.io/x"}, "registry https://r.io/x: expected HOST/PATH, for example r.io/x"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(tmp_path: Path, flags: dict[str, Any], said: str):
    with pytest.raises(BadInput) as error:
        load(flags, {}, tmp_path)
    assert str(error.value) == said


def test_what_init_writes_is_read_back_and_explains_itself(tmp_path: Path):
    values = {"context": 'gke "x"', "namespace": "alice", "store": "gs://team", "registry": "r.io/x"}
    write(tmp_path / "ferry.toml", values)
    assert load({}, {}, tmp_path) == Settings(tmp_path, engine="kubernetes", **values)
    assert (tmp_path / "ferry.toml").read_text() == (Path(__file__).parent / "written_by_init.toml").read_text()


def test_the_namespace_of_a_pods_own_account_is_the_pods_own_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "namespace").write_text("alice\n")
    monkeypatch.setattr("trainferry.spec.settings._POD", tmp_path / "namespace")
    environ = {"FERRY_CONTEXT": "in-cluster", "FERRY_STORE": "gs://team"}
    named = {**environ, "FERRY_NAMESPACE": "bob"}
    found = [load({}, variables, tmp_path) for variables in (environ, named, {"FERRY_CONTEXT": "gke"})]
    assert [(each.engine, each.namespace) for each in found] == [
        ("kubernetes", "alice"),
        ("kubernetes", "bob"),
        ("kubernetes", "default"),
    ]
