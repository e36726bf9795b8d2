"""Bad input is one line with what was typed and what to type; exit code 2 (3: not reached); nothing is created."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.api import refusing_api
from tests.integration.cli.conftest import FERRY, Desk

GO = ("--", "python", "train.py")

# what is typed -> what the one line must hold
TYPED: list[tuple[tuple[str, ...], str]] = [
    (("run", "--gpu", "two", *GO), "--gpu two: expected a whole number, for example --gpu 2"),
    (("run", "--gpu", "-1", *GO), "--gpu -1"),
    (("run", "--gpu", "1", "--gpu-type", "l44", *GO), "--gpu-type l44"),
    (("run", "--cpu", "lots", *GO), "--cpu lots"),
    (("run", "--cpu", "0", *GO), "--cpu 0"),
    (("run", "--memory", "8Q", *GO), "--memory 8Q"),
    (("run", "--memory", "much", *GO), "--memory much"),
    (("run", "--shm", "x", *GO), "--shm x"),
    (("run", "--ephemeral-storage", "10 apples", *GO), "--ephemeral-storage 10 apples"),
    (("run", "--name", "My Run", *GO), "--name My Run"),
    (("run", "--name", "-x", *GO), "--name -x"),
    (("run", "--name", "n" * 41, *GO), "n" * 41),
    (("run", "--deadline", "soon", *GO), "--deadline soon"),
    (("run", "--retries", "many", *GO), "--retries many"),
    (("run", "--retries", "-2", *GO), "--retries -2"),
    (("run", "--run-as", "root", *GO), "--run-as root"),
    (("run", "--run-as", "0", *GO), "--run-as 0"),
    (("run", "--queue", "Bad Queue", *GO), "--queue Bad Queue"),
    (("run", "--priority", "Bad!", *GO), "--priority Bad!"),
    (("run", "--env", "NOVALUE", *GO), "--env NOVALUE"),
    (("run", "--env", "1X=2", *GO), "--env 1X:"),
    (("run", "--env", "AWS_SECRET_KEY=abc", *GO), "--env AWS_SECRET_KEY looks like a secret"),
    (("run", "--env", "X=ghp_0123456789abcdef0123456789abcdef0123", *GO), "--env X looks like a secret"),
    (("run", "--env", "FERRY_RUN=x", *GO), "--env FERRY_RUN"),
    (("run", "--secret", "X", *GO), "--secret X: expected ENV=SECRET/KEY"),
    (("run", "--secret", "X=only", *GO), "--secret X=..."),
    (("run", "--label", "bad", *GO), "--label bad"),
    (("run", "--label", "a b=c", *GO), "--label a b=c"),
    (("run", "--data", "nope", *GO), 'no dataset "nope"'),
    (("run", "--data", "nope@123", *GO), "nope"),
    (("run", "--data", "./nope", *GO), "--data ./nope"),
    (("run", "--data", "Bad Name", *GO), "--data Bad Name"),
    (("run",), "command"),
    (("run", "--", "cat", "{data}"), "{data}"),
    (("run", "--", "cat", "{data.other}"), "{data.other}"),
    (("run", "--dry-run", "maybe", *GO), "--dry-run=maybe"),
    (("run", "-o", "csv", *GO), "-o csv"),
    (("run", "--gup", "2", *GO), "--gup"),
    (("run", "--dry-run", "client", *GO), "ferry init --context"),
    (("render", *GO), "ferry init --context"),
    (("apply", "-f", "nope.yaml"), "nope.yaml"),
    (("apply", "-f", "train.py"), "ferry init --context"),
    (("data", "push", "nope"), "nope"),
    (("data", "push", "train.py"), "train.py"),
    (("data", "push", "empty"), "empty"),
    (("data", "push", "looped"), "looped"),
    (("data", "push", "piped"), "piped"),
    (("data", "push", "bytes"), "bytes"),
    (("data", "push", "some", "Bad Name!"), "Bad Name!"),
    (("data", "pull", "nope"), 'no dataset "nope"'),
    (("data", "rm", "nope"), 'no dataset "nope"'),
    (("data", "pussh", "some"), "Did you mean 'push'?"),
    (("logs", "bse"), 'no run "bse"'),
    (("logs", "bse", "--attempt", "x"), "--attempt x"),
    (("cp", "base"), "cp base: expected RUN:PATH"),
    (("cp", "base:best"), 'no run "base"'),
    (("cp",), "cp: what to copy is missing   ferry cp RUN:best ."),
    (("get", "checkpoints", "nope"), 'no run "nope"'),
    (("get", "runs", "-o", "csv"), "-o csv"),
    (("get", "pods"), "pods"),
    (("describe", "nope"), 'no run "nope"'),
    (("wait", "nope"), 'no run "nope"'),
    (("delete", "nope"), 'no run "nope"'),
    (("tensorboard", "nope"), 'no run "nope"'),
    (("tensorboard", "--port", "abc"), "--port abc"),
    (("init", "--store", "ftp://x"), "ftp://x"),
    (("init", "--store", "gs://"), "gs://"),
    (("init", "--store", "file:relative"), "file:relative"),
    (("init", "--context", "nowhere"), "nowhere"),
    (("build", "nope"), "nope"),
    (("build",), "ferry init --registry"),
    (("build", "--registry", "Not A Registry"), "Not A Registry"),
    (("tensorboard", "--port", "99999"), "--port 99999: expected a port up to 65535"),
    (("data", "ls", "--store", "nonsense"), "store nonsense: expected gs://BUCKET/PREFIX or file:///FOLDER"),
    (("data", "ls", "--store", "gs://team/../x"), "../x"),
    (("data", "pull", "some@zz"), "some"),
    (("run", "--secret", "KEY=vault/key", *GO), "export KEY=..."),
    (("run", "--data", "./some", "--data", "nope", *GO), 'no dataset "nope"'),
    (("run", "--data", "./some", "--", "cat", "{data.nope}"), "the run has only {data.some}"),
    (("run", "--gpu", "0", "--gpu-type", "l4", *GO), "--gpu 0 with --gpu-type l4"),
    (("run", "--env", "LR=1", "--env", "LR=2", *GO), "LR more than once"),
    (("run", "--data", "some", "--data", "some", *GO), "--data some: {data.some} twice"),
    (("wait", "--for", "ever"), "--for"),
    (("delete",), "RUN"),
]


def one_line(done: "subprocess.CompletedProcess[str]", code: int, words: str) -> None:
    """The whole contract of an error."""
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("· ")]
    assert len(complaints) == 1, done.stderr
    assert complaints[0].startswith("ferry"), done.stderr
    assert words in complaints[0]
    assert (done.returncode, done.stdout) == (code, "")


@pytest.fixture
def folders(desk: Desk) -> Desk:
    """Folders that cannot be datasets, each for its own reason."""
    for name in ("empty", "looped", "piped", "bytes", "some"):
        (desk.folder / name).mkdir()
    (desk.folder / "looped" / "a").symlink_to("a")
    os.mkfifo(desk.folder / "piped" / "fifo")
    Path(os.fsdecode(os.fsencode(desk.folder / "bytes") + b"/\xff")).write_text("x")
    (desk.folder / "some" / "a.txt").write_text("a")
    return desk


@pytest.mark.parametrize(("typed", "words"), TYPED, ids=[" ".join(typed) for typed, _ in TYPED])
def test_bad_input_is_one_line_and_creates_nothing(folders: Desk, typed: tuple[str, ...], words: str) -> None:
    before = folders.listing()
    one_line(folders.ferry(*typed), 2, words)
    assert folders.listing() == before


TOML = {
    "stoer = 'gs://b'": "stoer",
    "store = ": "ferry.toml",
    "store = 3": "store",
    "[run]\ngpu = 'two'": "two",
    "[run]\ngpuu = 1": "gpuu",
}


@pytest.mark.parametrize(("text", "words"), TOML.items())
def test_a_wrong_ferry_toml_is_named(desk: Desk, text: str, words: str) -> None:
    (desk.folder / "ferry.toml").write_text(text)
    one_line(desk.ferry("run", *GO), 2, words)


def test_init_does_not_replace_a_file_unasked(desk: Desk) -> None:
    (desk.folder / "ferry.toml").write_text("# mine\n")
    one_line(desk.ferry("init"), 2, "ferry init --yes")
    assert (desk.folder / "ferry.toml").read_text() == "# mine\n"


def test_more_than_200_mib_of_code_is_refused_with_the_largest_files_named(desk: Desk) -> None:
    with (desk.folder / "weights.bin").open("wb") as file:
        file.truncate(300 << 20)
    one_line(desk.ferry("run", *GO), 2, "weights.bin")


KUBECONFIGS = {
    "missing.yaml": (None, "missing.yaml: no such file"),
    "broken.yaml": ("{", "broken.yaml is not YAML (line 2)"),
    "empty.yaml": ("apiVersion: v1\nkind: Config\n", 'no context "gke-team" in'),
}


@pytest.mark.parametrize("name", KUBECONFIGS)
def test_a_wrong_kubeconfig_is_one_line(desk: Desk, name: str) -> None:
    path = desk.home / name
    text, words = KUBECONFIGS[name]
    if text is not None:
        path.write_text(text)
    desk.environment["KUBECONFIG"] = str(path)
    one_line(desk.ferry("get", "runs", "--context", "gke-team", "-n", "alice"), 2, words)


def kubeconfig(desk: Desk, server: str) -> None:
    """Point the desk at an API server."""
    path = desk.home / "kubeconfig"
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
        f"clusters: [{{name: here, cluster: {{server: '{server}'}}}}]\n"
        "contexts: [{name: here, context: {cluster: here, user: me}}]\nusers: [{name: me, user: {token: t}}]\n"
    )
    desk.environment["KUBECONFIG"] = str(path)


@pytest.mark.parametrize(("status", "words"), [(401, "here"), (403, "jobs"), (500, "http://127.0.0.1")])
def test_a_cluster_that_refuses_is_one_line_and_exit_code_3(desk: Desk, status: int, words: str) -> None:
    with refusing_api(status) as server:
        kubeconfig(desk, server)
        one_line(desk.ferry("get", "runs", "--context", "here", "-n", "alice"), 3, words)


JOB = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: base-0\n"
SPEC = '{"name": "base", "command": ["true"], "store": "gs://team"}'
FILES = {
    "apiVersion: v1\nkind: [": "x.yaml, line 2: not YAML",
    "hello": "x.yaml, line 1: not a Kubernetes object",
    "": "x.yaml: nothing in it",
    JOB: "x.yaml: Job/base-0 was not rendered by ferry",
    JOB + "  annotations: 3\n": "x.yaml: Job/base-0 was not rendered by ferry",
    JOB + "  annotations: {trainferry.dev/spec: '{'}\n": "its annotation trainferry.dev/spec was changed",
    JOB + "  annotations: {trainferry.dev/spec: '{}'}\n": "its annotation trainferry.dev/spec was changed",
    JOB + f"  annotations: {{trainferry.dev/spec: '{SPEC}'}}\n": "was changed after it was rendered as base-",
}


@pytest.mark.parametrize(("text", "words"), FILES.items())
def test_apply_sends_only_what_was_rendered(desk: Desk, text: str, words: str) -> None:
    kubeconfig(desk, f"http://127.0.0.1:{closed_port()}")
    (desk.folder / "x.yaml").write_text(text)
    one_line(desk.ferry("apply", "-f", "x.yaml", "--context", "here", "--store", "gs://team"), 2, words)


@pytest.mark.parametrize("typed", [("init", "--context", "here"), ("wait", "base"), ("run", *GO)])
@pytest.mark.parametrize("status", [401, 403])
def test_nothing_is_made_for_a_cluster_that_refuses(desk: Desk, typed: tuple[str, ...], status: int) -> None:
    desk.environment |= {"FERRY_CONTEXT": "here", "FERRY_STORE": "gs://team", "FERRY_REGISTRY": "127.0.0.1:1/x"}
    with refusing_api(status) as server:
        kubeconfig(desk, server)
        before = desk.listing()
        one_line(desk.ferry(*typed), 3, "here")
        assert desk.listing() == before


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_route_to_the_cluster_is_one_line_and_exit_code_3(desk: Desk) -> None:
    kubeconfig(desk, f"http://127.0.0.1:{closed_port()}")
    one_line(desk.ferry("get", "runs", "--context", "here", "-n", "alice"), 3, "127.0.0.1")


def test_no_docker_is_one_line_and_exit_code_3(desk: Desk) -> None:
    desk.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
    one_line(desk.ferry("build", "ferry", "--registry", "127.0.0.1:1/x"), 3, "docker")


@pytest.mark.parametrize("verb", [("data", "ls"), ("data", "push", "some"), ("run", "--data", "some", *GO)])
def test_a_bucket_that_does_not_answer_is_one_line_and_exit_code_3(folders: Desk, verb: tuple[str, ...]) -> None:
    folders.environment["STORAGE_EMULATOR_HOST"] = f"http://127.0.0.1:{closed_port()}"
    folders.environment["FERRY_STORE"] = "gs://team"
    one_line(folders.ferry(*verb), 3, "gs://team")


def on_a_small_disk(desk: Desk, where: str, options: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `ferry` while the folder `where` is a file system of its own (needs root, as the test cluster does)."""
    script = 'mount -t tmpfs -o "$1" none "$0" && shift && exec "$@"'
    (desk.folder / where).mkdir(exist_ok=True)
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, str(desk.folder / where), options, str(FERRY), *words],
        cwd=desk.folder, env=desk.environment, text=True, capture_output=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("words", [("data", "push", "big"), ("run", "--data", "./big", *GO)])
def test_a_full_store_is_one_line_and_exit_code_3(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.folder / "big").mkdir()
    (desk.folder / "big" / "file").write_bytes(os.urandom(300 << 10))
    one_line(on_a_small_disk(desk, "ferry-store", "size=64k", *words), 3, "ferry-store")


def test_results_that_cannot_be_taken_home_are_one_line(desk: Desk) -> None:
    save = "mkdir -p {checkpoints}; head -c 200000 /dev/zero >{checkpoints}/step-3.pt; echo 1 >{output}/metrics.csv"
    run = desk.ferry("run", "-o", "name", "--name", "base", "--", "sh", "-c", save).stdout.strip()
    desk.ferry("wait")
    there = f"{run} has no nope; it has checkpoints/step-3.pt, metrics.csv   ferry get checkpoints {run}"
    one_line(desk.ferry("cp", "base:nope", "."), 2, there)
    one_line(desk.ferry("cp", "base:best", "."), 2, f"{run} has no best; it has checkpoints/step-3.pt, metrics.csv")
    one_line(desk.ferry("cp", "base:*", "train.py"), 2, "2 files do not fit into the file train.py")
    one_line(desk.ferry("cp", "base:last", "train.py/x"), 2, "train.py: a part of this name is a file already")
    one_line(desk.ferry("cp", "base:last", "/dev/full"), 2, "/dev/full is neither a file nor a folder")
    one_line(desk.ferry("logs", "base", "--attempt", "7"), 2, f"{run} has no attempt 7, the newest is 1")
    one_line(on_a_small_disk(desk, "small", "size=64k", "cp", "base:last", "small/"), 3, "no space left")
    one_line(on_a_small_disk(desk, "fixed", "ro", "cp", "base:last", "fixed/"), 3, "the file system is read-only")
    assert not [path for path in desk.listing() if Path(path).name == "step-3.pt" and "ferry-store" not in path]


def test_a_project_that_cannot_be_written_is_one_line(desk: Desk) -> None:
    desk.folder, project = desk.folder / "fixed", desk.folder
    project.joinpath("fixed").mkdir()
    script = 'mount -t tmpfs -o ro none . && cd "$PWD" && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(FERRY), "init", "--yes"],
        cwd=desk.folder, env=desk.environment, text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    one_line(done, 3, "ferry.toml: the file system is read-only")


def test_debug_shows_where_it_happened(desk: Desk) -> None:
    done = desk.ferry("logs", "bse", "--debug")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1] == 'ferry: no run "bse" on this machine   ferry run -- COMMAND'


def test_a_bucket_without_credentials_is_one_line_and_exit_code_3(desk: Desk) -> None:
    desk.environment["NO_GCE_CHECK"] = "true"  # google.auth would look for a metadata server, for up to 12 s
    one_line(desk.ferry("data", "ls", "--store", "gs://team"), 3, "gcloud auth application-default login")
