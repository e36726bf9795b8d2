"""`ferry share`, `unshare`, `get shares`, `serve` as they are typed, with a folder for a store."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.integration.cli.conftest import FERRY, Desk, desk
from tests.integration.share.conftest import RUN, stock
from trainferry.local import processes
from trainferry.sdk.links.serving import Serving
from trainferry.store import open_store

__all__ = ["desk"]
LINK = re.compile(r"http://127\.0\.0\.1:\d+/s/[a-z2-7]{10}\.\d{10}\.[A-Za-z0-9_-]{43}")
WEIGHTS = "checkpoints/best.safetensors"


@pytest.fixture
def project(desk: Desk) -> Iterator[Desk]:
    """A desk whose store has one run; the server that a share starts is ended."""
    stock(open_store((desk.folder / "ferry-store").as_uri()))
    yield desk
    desk.ferry("serve", "--stop")


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def server(project: Desk) -> dict[str, object]:
    told: dict[str, object] = json.loads((project.folder / "ferry-store/.ferry/serve.json").read_text())
    return told


def test_a_link_is_printed_opens_the_file_and_is_taken_back(project: Desk) -> None:
    done = project.ferry("share", "base", "--expires", "2h", "--name", "For Bob")
    (link,) = done.stdout.splitlines()
    assert LINK.fullmatch(link)
    found = re.search(r"^· expires \w{3} \d\d \w{3} \d\d:\d\d; take back: ferry unshare (\w{10})$", done.stderr, re.M)
    assert found is not None, done.stderr
    assert "ferry serve, started in the background, opens it on this machine" in done.stderr
    assert get(link) == (200, (project.folder / "ferry-store" / f"runs/{RUN}/output/1/part0.0").read_bytes())
    head, row = project.ferry("get", "shares").stdout.splitlines()
    assert head.split() == ["ID", "NAME", "SOURCE", "FILES", "SIZE", "EXPIRES", "TO"]
    assert row.split()[:3] == [found[1], "For", "Bob"]
    assert f"{RUN}:{WEIGHTS}" in row
    assert project.ferry("unshare", found[1]).stdout == f"{found[1]} taken back\n"
    assert get(link)[0] == 404
    assert project.ferry("get", "shares").stderr == "· no shares   ferry share RUN\n"
    again = project.ferry("unshare", found[1])
    assert (again.returncode, again.stdout) == (2, "")


def test_one_server_opens_all_links_and_comes_back_where_it_was(project: Desk) -> None:
    first = project.ferry("share", "base").stdout.strip()
    before = server(project)
    done = project.ferry("share", "base:notes", "metrics.jsonl", "base:checkpoints/best.json", "-o", "json")
    told = json.loads(done.stdout)
    assert [file["path"].partition("/")[0] for file in told["files"]] == [
        "notes",
        "notes",
        "metrics.jsonl",
        "checkpoints",
    ]
    assert server(project) == before
    os.kill(int(str(before["pid"])), signal.SIGKILL)
    third = project.ferry("share", "base").stdout.strip()
    assert server(project)["pid"] != before["pid"]
    assert [get(link)[0] for link in (first, told["link"], third)] == [200, 200, 200]
    assert project.ferry("serve").stderr == (
        f"ferry: ferry serve runs already, at http://127.0.0.1:{before['port']}   ferry serve --stop\n"
    )


def test_shares_that_are_made_at_once_start_one_server(project: Desk) -> None:
    words = [FERRY, "share", "base:notes"]
    at_once = [
        subprocess.Popen(words, cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    links = [running.communicate(timeout=120)[0].strip() for running in at_once]
    assert len({urlsplit(link).netloc for link in links}) == 1
    assert [get(link)[0] for link in links] == [200] * 4


def test_the_server_on_a_terminal_is_the_one_that_links_are_for(project: Desk) -> None:
    running = subprocess.Popen(
        [FERRY, "serve", "--port", "0"], cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with running:
        assert running.stdout is not None
        address = running.stdout.readline().strip()
        link = project.ferry("share", "base").stdout.strip()
        assert link.startswith(f"{address}/s/")
        assert get(link)[0] == 200
        assert get(f"{address}/v1/objects?prefix=")[0] == 404  # links, and no object protocol
        running.send_signal(signal.SIGINT)
        said = sorted(json.loads(line)["what"] for line in running.stdout)
    assert said[0] == "/objects"
    assert said[1].endswith("file 0")


def test_the_server_ends_by_itself_when_no_share_is_left(project: Desk) -> None:
    serving = Serving(project.folder / "ferry-store")
    _, started = serving.ensure(look=0.1)
    assert started
    process = processes.current(int(str(server(project)["pid"])))
    assert process is not None
    for _ in range(600):
        if not processes.alive(process):
            break
        time.sleep(0.05)
    assert serving.running() == ""


def test_what_is_shared_is_copied_verified_into_a_folder_or_a_file(project: Desk) -> None:
    share = project.ferry("share", "base", "-o", "name").stdout.strip()
    (project.folder / "mine").mkdir()
    done = project.ferry("cp", f"share:{share}", "mine")
    assert [line.split("   ")[0] for line in done.stdout.splitlines()] == [
        "mine/best.safetensors",
        "mine/best.json",
        "mine/README.md",
    ], done.stderr
    assert project.ferry("cp", f"share:{share}", "alone.safetensors").returncode == 0
    assert (project.folder / "alone.safetensors").read_bytes() == (
        project.folder / "mine/best.safetensors"
    ).read_bytes()
    gone = project.ferry("cp", "share:aaaaaaaaaa", "mine")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr.startswith("ferry: no share aaaaaaaaaa in file:///")


# what is typed -> what the one line must hold
TYPED: list[tuple[tuple[str, ...], str]] = [
    (("share",), "RUN[:PATH]"),
    (("share", "bse"), 'no run "bse"'),
    (("share", "base:nope"), f"{RUN} has no nope; it has checkpoints/README.md"),
    (("share", "base", "nope"), f"{RUN} has no nope"),
    (("share", "base:checkpoints/last.pt"), "checkpoints/last.pt: it is a pickle"),
    (("share", "base:checkpoints/last.pt"), f"ferry share {RUN}:{WEIGHTS}"),
    (("share", "base", "--expires", "soon"), "--expires soon: expected a time with its unit"),
    (("share", "base", "--expires", "24"), "--expires 24"),
    (("share", "base", "--expires", "8d"), "--expires 8d: a link lives 7 days at most   --expires 7d"),
    (("share", "base", "--expires", "-1h"), "--expires -1h"),
    (("share", "base", "--name", "two\nlines"), "--name 'two\\nlines': expected at most 100 characters on one line"),
    (("share", "base", "--name", "n" * 101), "--name nnn"),
    (("share", "base", "--to", "bob"), "--to: a folder store knows no users"),
    (("share", "base", "--to", "a b"), "--to a b: expected a user or NAMESPACE/ACCOUNT"),
    (("share", "base", "--to", "a/B!"), "--to a/B!"),
    (("share", "base", "--direct"), "--direct: only the links of a bucket"),
    (("share", "base", "-o", "csv"), "-o csv"),
    (("share", "base", "--expire", "1h"), "--expire"),
    (("unshare",), "ID"),
    (("unshare", "nope"), "share 'nope': expected an id of ten letters and digits   ferry get shares"),
    (("unshare", "../../etc/x"), "share '../../etc/x'"),
    (("unshare", "aaaaaaaaaa"), "no share aaaaaaaaaa in file:///"),
    (("cp", "share:nope", "."), "share 'nope': expected an id of ten letters and digits"),
    (("cp", "share:aaaaaaaaaa", "."), "no share aaaaaaaaaa in file:///"),
    (("cp", "share:alice/store/aaaaaaaaaa", "."), "cp share:alice/store/aaaaaaaaaa needs a cluster"),
    (("cp", "train.py", "share:aaaaaaaaaa"), "share:aaaaaaaaaa"),
    (("get", "shares", "-o", "csv"), "-o csv"),
    (("get", "shares", "--with-me"), "get shares --with-me needs a cluster"),
    (("serve", "--port", "x"), "--port x: expected a whole number"),
    (("serve", "--port", "99999"), "--port 99999: ports end at 65535"),
    (("serve", "--store", "gs://team"), "serve: the links of gs://team need no server on this machine"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), TYPED, ids=[" ".join(typed)[:60] for typed, _ in TYPED])
def test_bad_input_is_one_line_and_creates_nothing(project: Desk, typed: tuple[str, ...], words: str) -> None:
    before = project.listing()
    done = project.ferry(*typed)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("ferry")
    assert words in line
    assert project.listing() == before


def test_a_port_that_is_taken_is_one_line(project: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.ferry("serve", "--port", str(port))
    assert (done.returncode, done.stderr) == (
        2, f"ferry: --port {port}: something else listens there   ferry serve --port 0 takes any free one\n"
    )  # fmt: skip
