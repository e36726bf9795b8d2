"""The notebook of a run on the real cluster: who reaches it, what it shows, what it may, and how it ends."""

import hashlib
import json
import random
import subprocess
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.cluster.gcs_server import GcsServer
from tests.cluster.tenant import Tenant as Member
from tests.cluster.tenant import tenant
from tests.e2e import outside
from tests.e2e.conftest import Project, desk
from tests.e2e.jupyter import OPENER, Jupyter, reached
from trainferry.manifests.tenant import Tenant, objects
from trainferry.store import Store
from trainferry.store.open import open_store

TRAIN = "import pathlib, sys; pathlib.Path(sys.argv[1], 'results.json').write_text('{\"accuracy\": 0.9}')"
CONNECT = """
import socket, sys
for port in (8888, 8889):
    try:
        print(port, "open", socket.create_connection((sys.argv[1], port), 5))
    except ConnectionRefusedError:
        print(port, "refused")
"""
BIG = 24 << 20
SEND = """
from trainferry import Ferry
ferry = Ferry()
sent = ferry.run(["python3", "train.py", "{output}"], name="again")
print(ferry.wait(sent.name))
import subprocess
print(subprocess.run(["ferry", "get", "runs", "-o", "name"], capture_output=True, text=True).stdout)
"""


@pytest.fixture(scope="module")
def project(
    gcs: GcsServer, registry: str, agent_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A tenant as `k8s/tenant` makes it, with a run that has data and results."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    user = tenant(name, objects(Tenant(name, identity=f"system:serviceaccount:{name}:user")))
    made = desk(user, gcs, registry, agent_image, tmp_path_factory.mktemp("notebook"))
    (made.folder / "train.py").write_text(TRAIN)
    pets = made.folder.parent / "pets"
    pets.mkdir()
    (pets / "cat.txt").write_text("meow")
    (pets / "big").write_bytes(random.Random(7).randbytes(BIG))
    made.ferry("data", "push", str(pets))
    made.ferry("run", "-d", "--name", "other", "--", "true")
    made.ferry("run", "--name", "base", "--data", "pets", "--", "python3", "train.py", "{output}")
    yield made
    user.remove()


@pytest.fixture
def store(project: Project, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The bucket, as its owner sees it."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
    return open_store(project.store)


@contextmanager
def left_running(project: Project, run: str, *more: str) -> "Iterator[subprocess.Popen[bytes]]":
    """`ferry notebook RUN`."""
    with project.start("notebook", run, "--no-browser", "--port", "0", "--cpu", "100m", *more) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def opened(project: Project) -> "Iterator[subprocess.Popen[bytes]]":
    with left_running(project, "base") as process:
        yield process


@pytest.fixture(scope="module", autouse=True)
def forgotten(project: Project, jupyter: Jupyter) -> "Iterator[subprocess.Popen[bytes]]":
    """A notebook that nobody looks at, while all else is tried on the other."""
    with left_running(project, "other", "--idle", "30s") as process:
        yield process


@pytest.fixture(scope="module")
def jupyter(opened: "subprocess.Popen[bytes]") -> Jupyter:
    return reached(opened)


@pytest.fixture(scope="module")
def notebook(project: Project, jupyter: Jupyter) -> str:
    """The full name of the notebook that is open."""
    return str(project.ferry("notebook", "base", "--detach").stdout.strip())


def test_its_user_finds_the_code_the_data_and_the_results_of_the_run_in_it(jupyter: Jupyter):
    shown = {folder: jupyter.names(folder) for folder in ("", "project", "data/pets", "run")}
    assert shown == {
        "": ["data", "project", "run"],
        "project": ["ferry.toml", "train.py"],
        "data/pets": ["big", "cat.txt"],
        "run": ["results.json"],
    }
    refused = [jupyter.ask(f"contents/{path}", "PUT", {"type": "file", "format": "text", "content": "x"})[0]
               for path in ("run/results.json", "data/pets/dog.txt", "lost.txt")]  # fmt: skip
    assert refused == [403, 500, 500]  # what would not be kept is not written


def test_large_files_come_whole_through_the_forwarded_port(jupyter: Jupyter):
    url = f"{jupyter.address}/files/data/pets/big?token={jupyter.token}"
    with ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(lambda _: hashlib.sha256(_body(url)).hexdigest(), range(4)))
    assert digests == [hashlib.sha256(random.Random(7).randbytes(BIG)).hexdigest()] * 4


def test_a_browser_shows_it(jupyter: Jupyter, tmp_path: Path):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.goto(jupyter.url)
        page.get_by_role("listitem", name="train.py").wait_for()  # it begins in the project
        page.screenshot(path=tmp_path / "lab.png")
        assert "token" not in page.url
        browser.close()


def test_nobody_else_comes_in(project: Project, jupyter: Jupyter, notebook: str):
    assert jupyter.ask("contents", token=False) == (403, None)
    address = outside.pod(project, notebook)["status"]["podIP"]
    done = project.ferry("run", "--name", "spy", "--", "python3", "-c", CONNECT, address)
    assert done.stdout == "8888 refused\n8889 refused\n"


def test_its_token_is_in_no_object_no_log_no_environment_and_no_process_list(
    project: Project, jupyter: Jupyter, notebook: str, store: Store
):
    kinds = "jobs,pods,events,configmaps,secrets,serviceaccounts"
    told = {"objects": project.kubectl("get", kinds, "-o", "yaml")}
    pod = outside.pod(project, notebook)["metadata"]["name"]
    told["log"] = project.kubectl("logs", pod, "--all-containers")
    told["ferry logs"] = project.ferry("logs", notebook).stdout
    own = {pid for container in ("trainer", "agent") for pid in outside.processes(project, notebook, container)}
    assert len(own) >= 4
    everywhere = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    told |= {f"{entry.name} cmdline": _read(entry / "cmdline") for entry in everywhere}
    told |= {f"{pid} environ": _read(Path(f"/proc/{pid}/environ")) for pid in own}
    kept = {info.name: store.get(info.name).decode(errors="replace") for info in store.list(f"runs/{notebook}/")}
    assert min(len(told["log"]), len(kept)) > 3
    told |= kept
    assert [where for where, text in told.items() if jupyter.token in text] == []


def test_the_sdk_in_it_sends_a_run_of_its_project_and_may_do_no_more(project: Project, jupyter: Jupyter):
    said = jupyter.cell(SEND)
    outcome, *runs = said.split("\n")
    assert (outcome, f"{runs}".count("again-")) == ("Outcome(succeeded=True, exit_code=0, reason='')", 1), said
    (again,) = (run for run in json.loads(project.ferry("get", "runs", "-o", "json").stdout)["items"]
                if run["name"].startswith("again-"))  # fmt: skip
    assert project.ferry("cp", f"{again['name']}:results.json", "-").stdout == '{"accuracy": 0.9}'
    described = project.described(again["name"])
    assert described["record"]["namespace"] == project.namespace
    account = f"system:serviceaccount:{project.namespace}:ferry-notebook"
    for forbidden in ("get secrets", "create pods", "create pods/exec", "create rolebindings"):
        assert project.kubectl("auth", "can-i", *forbidden.split(), "--as", account, code=1) == "no\n"


def test_a_namespace_without_its_account_is_told_who_makes_it(
    user: Member, gcs: GcsServer, registry: str, agent_image: str, tmp_path: Path
):
    plain = desk(user, gcs, registry, agent_image, tmp_path)
    done = plain.ferry("notebook", "--no-browser", code=2)
    assert done.stderr.splitlines()[-1] == (
        f"ferry: namespace {user.namespace} has no service account ferry-notebook   "
        "an administrator makes it: kubectl apply -k k8s/tenant"
    )
    assert plain.get("jobs")["items"] == []


def test_one_that_is_forgotten_ends_itself(project: Project, forgotten: "subprocess.Popen[bytes]"):
    told, story = forgotten.communicate(timeout=outside.PATIENCE)
    assert (forgotten.returncode, told[:17]) == (0, b"http://127.0.0.1:")
    assert story.decode().splitlines()[-1] == "· the notebook ended: it was idle"
    (found,) = (run["name"] for run in json.loads(project.ferry("get", "runs", "-o", "json").stdout)["items"]
                if run["name"].startswith("nb-other-"))  # fmt: skip
    assert outside.until_ended(project, found) == "Complete"
    assert "[ferry] nothing happened for 30 s: the notebook ends\n" in project.ferry("logs", found).stdout


def test_an_eviction_costs_nothing_that_was_saved_and_the_same_command_leads_to_the_next_pod(
    project: Project, jupyter: Jupyter, notebook: str, opened: "subprocess.Popen[bytes]"
):
    body = {"type": "file", "format": "text", "content": "worth keeping"}
    assert jupyter.ask("contents/project/note.txt", "PUT", body)[0] == 201
    outside.evict(project, notebook)
    assert opened.stderr
    late = threading.Timer(outside.PATIENCE, opened.kill)
    late.start()
    told = next(line.decode() for line in opened.stderr if b"it was interrupted" in line)
    late.cancel()
    after = Jupyter(told.rpartition(" ")[2].strip())
    assert after.names("project") == ["ferry.toml", "note.txt", "train.py"]
    assert (after.token != jupyter.token, jupyter.ask("contents")[0]) == (True, 403)


def test_the_next_one_begins_with_the_work_of_the_last(project: Project, notebook: str):
    assert project.ferry("notebook", "base", "--stop").stdout == f"{notebook} stopped\n"
    assert project.ferry("cp", f"{notebook}:note.txt", "-").stdout == "worth keeping"
    with left_running(project, "base") as second:
        assert reached(second).names("project") == ["ferry.toml", "note.txt", "train.py"]


def _body(url: str) -> bytes:
    with OPENER.open(url, timeout=120) as answer:
        return bytes(answer.read())


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""  # it ended while we looked
