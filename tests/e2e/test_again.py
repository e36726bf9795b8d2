"""P4: a finished run is not trained again, whoever applies it again; changed code is another run."""

from tests.e2e.conftest import Project

COMMAND = ("--name", "once", "--", "python3", "worker.py", "--output", "{output}")


def test_apply_finish_delete_apply_trains_once(project: Project) -> None:
    project.code("worker.py")
    project.ferry("render", "-o", "manifests", *COMMAND)
    (manifest,) = (project.folder / "manifests").glob("*.yaml")
    project.ferry("render", "-o", "manifests", *COMMAND)
    assert list((project.folder / "manifests").glob("*.yaml")) == [manifest], "what was rendered counts as code"
    applied = project.ferry("apply", "-f", str(manifest)).stdout
    run = applied.split()[0]
    assert applied == f"{run} created\n"
    project.ferry("wait", run)
    assert project.ferry("apply", "-f", str(manifest)).stdout == f"{run} unchanged\n"
    project.ferry("delete", run, "--wait")
    assert project.ferry("apply", "-f", str(manifest)).stdout == f"{run} created\n"
    project.ferry("wait", run)
    log = project.ferry("logs", run).stdout
    assert log.count("start at step 0") == 1
    assert "trained" in log


def test_changed_code_is_another_run_and_the_old_one_survives(project: Project) -> None:
    project.code("worker.py")
    first = project.ferry("run", "-d", *COMMAND).stdout.strip()
    script = project.folder / "worker.py"
    script.write_text(script.read_text() + "# changed\n")
    second = project.ferry("run", "-d", *COMMAND).stdout.strip()
    assert first != second
    project.ferry("wait", first)
    project.ferry("wait", second)
    names = [row.split()[0] for row in project.ferry("get", "runs").stdout.splitlines()[1:]]
    assert names == [first, second]


def test_what_render_prints_is_what_run_sends(project: Project) -> None:
    import json

    import yaml

    project.code("worker.py")
    printed = project.ferry("render", *COMMAND).stdout
    assert project.ferry("render", *COMMAND).stdout == printed
    run = project.ferry("run", "-d", *COMMAND).stdout.strip()
    (rendered,) = yaml.safe_load_all(printed)
    sent = project.get("job", run)
    assert json.loads(sent["metadata"]["annotations"]["trainferry.dev/spec"]) == json.loads(
        rendered["metadata"]["annotations"]["trainferry.dev/spec"]
    )
    assert project.kubectl("diff", "-f", _written(project, printed), code=None) == ""


def _written(project: Project, text: str) -> str:
    path = project.folder.parent / "printed.yaml"
    path.write_text(text)
    return str(path)
