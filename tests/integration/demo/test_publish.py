"""`ferry demo new` and `ferry demo publish` as they are typed, with a folder for a store."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import FERRY, Desk, desk
from tests.integration.demo.made import RUN, SECOND, notebook, said, stock
from trainferry.store import open_store

__all__ = ["desk"]
TOKEN = "ghp_" + "a1" * 15
LINK = re.compile(r"http://127\.0\.0\.1:\d+/d/[a-z2-7]{10}\.\d{10}\.[A-Za-z0-9_-]{43}")


@pytest.fixture
def project(desk: Desk) -> Iterator[Desk]:
    """A desk whose store has a run and one made from it; the server that a demo starts is ended."""
    store = open_store((desk.folder / "ferry-store").as_uri())
    stock(store)
    stock(store, SECOND, cats=0.9, lineage={"from": RUN})
    yield desk
    if (desk.folder / "ferry-store/.ferry/serve.json").exists():
        desk.ferry("serve", "--stop")


def get(url: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode(), {key.lower(): value for key, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), {}


def kernels(desk: Desk) -> list[str]:
    """The kernels of this desk that are alive."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words, home = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"ipykernel" in words and f"HOME={desk.home}\0".encode() in home:
            found.append(words.decode())
    return found


def test_a_ready_notebook_is_published_and_published_again_under_its_link(project: Desk) -> None:
    done = project.ferry("demo", "new", SECOND)
    assert (done.returncode, done.stdout) == (0, "demo.ipynb\n"), done.stderr
    done = project.ferry("demo", "publish", "demo.ipynb", "--run", SECOND, timeout=300)
    assert done.returncode == 0, done.stderr
    (link,) = done.stdout.splitlines()
    assert LINK.fullmatch(link)
    assert re.search(r"^· expires .*; take back: ferry unshare \w{10}$", done.stderr, re.M)
    status, page, headers = get(link)
    assert status == 200
    assert "What base-cat3 has learned" in page
    for words in (
        "of 100 pictures right</small>",
        "taken for dog",
        "before: base",
        "once (the dashed line)",
        "ferry rerun",
    ):
        assert words in page, words
    assert "demo.result()" not in page
    assert "sandbox allow-scripts" in headers["content-security-policy"]

    notebook(project.folder / "demo.ipynb", "# Another text")
    again = project.ferry("demo", "publish", "demo.ipynb", "--run", SECOND, "--as-is", "--expires", "1h")
    assert again.stdout == done.stdout
    assert "the link is the one given out before" in again.stderr
    assert "Another text" in get(link)[1]
    row = project.ferry("get", "shares").stdout.splitlines()[1]
    assert row.split()[1] == "demo-base-cat3"
    pages = [path for path in (project.folder / "ferry-store/shares").rglob("*") if path.parent.name == "files"]
    assert len(pages) == 1

    share = row.split()[0]
    assert project.ferry("unshare", share).returncode == 0
    assert get(link)[0] == 404


def test_a_page_is_written_to_a_file_and_nothing_is_published(project: Desk) -> None:
    notebook(project.folder / "a.ipynb", "# Words", "import os; print('run', os.environ['FERRY_RUN'])", "1/1")
    done = project.ferry("demo", "publish", "a.ipynb", "--run", "base", "--out", "a.html", "--code", timeout=300)
    assert (done.returncode, done.stdout) == (0, "a.html\n"), done.stderr
    page = (project.folder / "a.html").read_text()
    assert f"run {RUN}" in re.sub("<[^>]*>", "", page)
    assert "environ" in page
    assert project.ferry("get", "shares").stdout == ""
    assert kernels(project) == []


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        ("int('x')", [], "cell 2 (int('x')) failed: ValueError: invalid literal for int() with base 10: 'x'"),
        ("while True: pass", ["--timeout", "1s"], "cell 2 (while True: pass) ran longer than 1 s   --timeout 1h"),
        ("import os; os._exit(1)", [], "cell 2 (import os; os._exit(1)) ended the kernel   was it too little memory?"),
    ],
)
def test_a_cell_that_fails_ends_it_in_one_line(project: Desk, source: str, words: list[str], line: str) -> None:
    notebook(project.folder / "a.ipynb", "# Words", source)
    done = project.ferry("demo", "publish", "a.ipynb", *words, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"· running a.ipynb\nferry: {line}\n"
    assert not list((project.folder / "ferry-store").glob("shares/*"))
    assert kernels(project) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_leaves_no_kernel_behind(project: Desk, number: int) -> None:
    notebook(project.folder / "a.ipynb", "# Words", "open('began', 'w').close()\nwhile True: pass")
    words = [FERRY, "demo", "publish", "a.ipynb"]
    with subprocess.Popen(words, cwd=project.folder, env=project.environment, stderr=subprocess.PIPE, text=True) as one:
        while not (project.folder / "began").exists():
            assert one.poll() is None
            time.sleep(0.05)
        os.kill(one.pid, number)
        said = one.communicate(timeout=120)[1]
    assert (one.returncode, said) == (130, "· running a.ipynb\n")
    assert kernels(project) == []
    assert not list((project.folder / "ferry-store").glob("shares/*"))


def test_what_looks_like_a_secret_is_named_and_not_shown(project: Desk) -> None:
    path = notebook(project.folder / "a.ipynb", "# Words", "1", outputs={1: [said(f"so {TOKEN} there")]})
    done = project.ferry("demo", "publish", path.name, "--as-is")
    assert (done.returncode, done.stdout) == (2, "")
    told = "nothing was published   take it out, or --allow-secrets when it is none"
    assert done.stderr == f"ferry: a.ipynb: cell 2 shows a GitHub token; {told}\n"
    done = project.ferry("demo", "publish", path.name, "--as-is", "--allow-secrets", "--out", "a.html")
    assert done.returncode == 0
    assert TOKEN in (project.folder / "a.html").read_text()


BAD = {
    "new --out a.ipynb": "demo new: a.ipynb is here already   ferry demo publish a.ipynb   or --out OTHER.ipynb",
    "new bse": 'no run "bse" on this machine. Did you mean base-4be1a90c?   ferry get runs',
    "publish b.ipynb": "demo publish b.ipynb: no such notebook   ferry demo new --out b.ipynb   writes one for a run",
    "publish train.py": (
        "train.py: not a Jupyter notebook: NotJSONError: Notebook does not appear to be JSON: \"print('trained')\\n\""
    ),
    "publish a.ipynb --expires 8d": "--expires 8d: a link lives 7 days at most   --expires 7d",
    "publish a.ipynb --out a.ipynb": (
        "--out a.ipynb: expected an .html file in a folder that is there   --out demo.html"
    ),
    "publish a.ipynb --timeout 5": (
        "--timeout 5: expected a time with its unit, for example --timeout 12h or --timeout 1h30m"
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line_and_nothing_is_made(project: Desk, words: str) -> None:
    notebook(project.folder / "a.ipynb", "# Words")
    before = project.listing()
    done = project.ferry("demo", *words.split())
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"ferry: {BAD[words]}\n")
    assert project.listing() == before
