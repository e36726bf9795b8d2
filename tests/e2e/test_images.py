"""P2: users' images as they are: each works, or one line says what to do. All side by side, in one namespace."""

import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.gcs_server import GcsServer
from tests.cluster.tenant import tenant
from tests.e2e.conftest import Project, desk

WHO = (
    "import getpass, os, pathlib; home = pathlib.Path.home(); (home / 'x').write_text('');"
    "print(os.getuid(), os.getgid(), getpass.getuser(), home, pathlib.Path.cwd())"
)
KEEP = ("sh", "-c", "echo hello; echo kept >{output}/kept")
PROGRAM = ("python3", "/usr/local/bin/program")  # reads a file that is below /root and for root alone
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def project(
    gcs: GcsServer, registry: str, agent_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    user = tenant(f"t-{uuid.uuid4().hex[:8]}")
    yield desk(user, gcs, registry, agent_image, tmp_path_factory.mktemp("home"))
    user.remove()


@pytest.fixture(scope="module")
def done(project: Project, registry: str) -> dict[str, Done]:
    """`ferry run` of each image, by the name of the run."""
    nopython, rootfiles = ("--image", f"{registry}/test/nopython:1"), ("--image", f"{registry}/test/rootfiles:1")
    runs = {
        "ordinary": ("--", "python3", "-c", WHO),
        "plain": (*nopython, "--", *KEEP),
        "bare": (*nopython, "--bare", "--", *KEEP),
        "nobody": (*rootfiles, "--", *PROGRAM),
    }
    with ThreadPoolExecutor(len(runs) + 1) as pool:
        jobs = {
            name: pool.submit(project.ferry, "run", "--name", name, *words, code=None) for name, words in runs.items()
        }
        jobs["root"] = pool.submit(_allowed_later, project, (*rootfiles, "--run-as", "image", "--", *PROGRAM))
        return {name: job.result() for name, job in jobs.items()}


def _allowed_later(project: Project, words: tuple[str, ...]) -> Done:
    """A run that the namespace forbids, until an admin who read why allows it."""
    told = []
    with project.start("run", "--name", "root", *words) as ferry:
        assert ferry.stderr
        assert ferry.stdout
        for line in ferry.stderr:
            told.append(line.decode())
            if "--run-as" in told[-1]:
                level = "pod-security.kubernetes.io/enforce=baseline"
                project.kubectl("label", "namespace", project.namespace, level, "--overwrite")
        said = ferry.stdout.read().decode()
    return Done(words, ferry.wait(), said, "".join(told))


def failure(done: Done) -> str:
    """What is said of a run that failed, without its name and the next command."""
    (line,) = (line for line in done.stderr.splitlines() if " failed: " in line)
    return line.partition(" failed: ")[2].partition("   ")[0]


def test_an_ordinary_image_has_one_user_and_a_home_that_can_be_written(done: dict[str, Done]) -> None:
    ordinary = done["ordinary"]
    assert (ordinary.stdout, ordinary.returncode) == ("20001 20001 ferry /ferry/scratch /ferry/code\n", 0)


def test_an_image_without_python_needs_bare_and_is_told_so(project: Project, done: dict[str, Done]) -> None:
    assert (failure(done["plain"]), done["plain"].returncode) == (
        "the image has no python3; ferry run --bare does without", 1,
    )  # fmt: skip
    assert (done["bare"].stdout, done["bare"].returncode) == ("hello\n", 0)
    project.ferry("cp", "bare:kept", ".")
    assert (project.folder / "kept").read_text() == "kept\n"


def test_an_image_with_files_of_root_needs_its_own_user_and_is_told_so(done: dict[str, Done]) -> None:
    assert (failure(done["nobody"]), done["nobody"].returncode) == (
        "exit code 1, the home is /ferry/scratch here, for the one of the image: ferry run --run-as image", 1,
    )  # fmt: skip
    assert (done["root"].stdout, done["root"].returncode) == ("greeting=hello\n", 0)


def test_a_namespace_that_forbids_the_user_of_an_image_says_what_to_do(done: dict[str, Done]) -> None:
    (said,) = (line for line in done["root"].stderr.splitlines() if "queued" in line and "--run-as" in line)
    assert "the namespace takes only pods that are restricted" in said
    assert said.endswith("leave out --run-as image, or ask for a namespace that enforces no more than baseline")
