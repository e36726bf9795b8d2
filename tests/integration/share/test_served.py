"""A gateway's links and named shares over HTTP: who gets what, in which ranges, until it is taken back."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from tests.integration.gateway.server import BOB, MEMBER, Gateway, gateway
from tests.integration.share.conftest import ODD, Shelf, stock
from tests.integration.share.made import share
from trainferry.errors import BadInput, FerryError, Forbidden, Missing
from trainferry.share import fetch, revoke
from trainferry.share.key import link_key
from trainferry.share.links import token
from trainferry.share.record import ShareRecord
from trainferry.share.remote import Remote
from trainferry.store import open_store

BIG = 64 << 20
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass(frozen=True)
class Served:
    """A shelf behind a running gateway."""

    shelf: Shelf
    gateway: Gateway

    def link(self, made: ShareRecord, tail: str = "") -> str:
        return f"{self.gateway.url}/s/{token(link_key(self.gateway.folder), made)}{tail}"

    def get(self, url: str, method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request(method, url, headers=headers, retries=False, redirect=False, timeout=60)

    def remote(self, who: str) -> Remote:
        return Remote(self.gateway.door(who), "volume://claim", patience=1.0)


@pytest.fixture
def served(shelf: Shelf, tmp_path: Path) -> Iterator[Served]:
    with gateway(tmp_path / "store", "tests.integration.share.serving") as running:
        yield Served(shelf, running)


def test_a_link_is_a_page_for_a_browser_and_the_file_for_curl(served: Served) -> None:
    made = share(served.shelf.store, ["best"])
    page, file = served.get(served.link(made), **HTML), served.get(served.link(made), Accept="*/*")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert made.files[0].sha256 in page.data.decode()
    assert file.data == served.shelf.files["checkpoints/best.safetensors"]
    assert file.headers["Content-Disposition"] == (
        "attachment; filename=\"best.safetensors\"; filename*=UTF-8''best.safetensors"
    )


def test_several_files_are_a_list_of_links_for_curl(served: Served) -> None:
    made = share(served.shelf.store, ["notes", "metrics.jsonl"])
    lines = served.get(served.link(made)).data.decode().splitlines()
    assert lines == [served.link(made, f"/{number}") for number in range(3)]
    assert [served.get(line).data for line in lines] == [served.shelf.files[file.path] for file in made.files]


def test_a_name_of_any_letters_is_saved_under_it_and_is_never_shown_as_a_document(served: Served) -> None:
    made = share(served.shelf.store, [f"notes/{ODD}"])
    answer = served.get(served.link(made, "/0"))
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="odd _quoted_ _b__gr__e__.txt"; '
        "filename*=UTF-8''odd%20%22quoted%22%20%3Cb%3E%26gr%C3%B6%C3%9Fe%E6%97%A5%E6%9C%AC.txt"
    )
    told = {name: answer.headers[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    assert told == {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_ranges_add_up_to_the_file_and_hostile_ones_cost_no_more_than_it(served: Served) -> None:
    made = share(served.shelf.store, ["best"])
    data, url = served.shelf.files["checkpoints/best.safetensors"], served.link(made)
    step = 77_777
    parts = [served.get(url, Range=f"bytes={at}-{at + step - 1}") for at in range(0, len(data), step)]
    assert b"".join(part.data for part in parts) == data
    assert {part.status for part in parts} == {206}
    many = "bytes=" + ",".join(f"{at}-" for at in range(3000))
    for hostile in (many, "bytes=0-0,-1", "bytes=-", "bytes=9-1", "lines=0-1", "bytes=0-" + "9" * 400):
        answer = served.get(url, Range=hostile)
        assert (answer.status, len(answer.data)) in ((200, len(data)), (206, len(data))), hostile
    assert served.get(url, Range=f"bytes={len(data)}-").status == 416
    assert served.get(url, method="HEAD").headers["Content-Length"] == str(len(data))


def test_a_share_that_is_taken_back_opens_nothing_at_once(served: Served) -> None:
    made = share(served.shelf.store)
    assert served.get(served.link(made)).status == 200
    revoke.revoke(served.shelf.store, made.id)
    assert [served.get(served.link(made, tail)).status for tail in ("", "/0", "/1")] == [404, 404, 404]


def test_a_download_under_way_ends_when_the_share_is_taken_back(tmp_path: Path) -> None:
    """The client takes 64 KiB at a time and no more than what lies in the sockets after the record is gone."""
    shelf = stock(open_store((tmp_path / "large").as_uri()), BIG)
    with gateway(tmp_path / "large", "tests.integration.share.serving") as running:
        here = Served(shelf, running)
        made = share(shelf.store)
        answer = urllib3.request("GET", here.link(made), preload_content=False, retries=False, timeout=60)
        answer.read(1 << 16)
        revoke.revoke(shelf.store, made.id)
        time.sleep(5)
        with pytest.raises(urllib3.exceptions.HTTPError):
            answer.read()
        answer.close()
        (line,) = [json.loads(line) for line in running.output.splitlines() if made.id in line]
        assert line["bytes"] < BIG // 2


def test_members_see_all_and_others_only_what_is_made_out_to_them(served: Served) -> None:
    store = served.shelf.store
    open_one, for_bob, for_carol = share(store), share(store, to=("bob",)), share(store, to=("carol",))
    expired = share(store, to=("bob",), seconds=-1)
    bob, member = served.remote(BOB), served.remote(MEMBER)
    assert bob.mine() == [for_bob]
    assert member.mine() == []
    assert bob.record(for_bob.id) == for_bob == member.record(for_bob.id)
    for other in (open_one.id, for_carol.id, expired.id, "a" * 10):
        with pytest.raises(Forbidden, match="is not for bob, or there is none"):
            bob.record(other)
    with pytest.raises(Missing, match="it expired, was taken back, or never was"):
        member.record(expired.id)
    for share_of_bob, outcome in ((for_bob, BadInput), (open_one, None)):
        if outcome:
            with pytest.raises(outcome):
                member.token(share_of_bob.id)
        else:
            assert member.token(share_of_bob.id) == token(link_key(served.gateway.folder), share_of_bob)
    with pytest.raises(Forbidden):
        bob.token(for_bob.id)
    with pytest.raises(Forbidden):
        served.remote("nobody's").mine()


def test_bob_takes_what_is_made_out_to_him(served: Served, tmp_path: Path) -> None:
    made = share(served.shelf.store, ["best", "metrics.jsonl", "notes"], to=("bob",))
    bob = served.remote(BOB)
    told = bob.record(made.id)
    done = list(fetch.fetch(told, lambda file: bob.read(told, file), f"{tmp_path}/got/"))
    for one in done:
        assert one.target.read_bytes() == served.shelf.files[one.file.path]
        assert hashlib.sha256(one.target.read_bytes()).hexdigest() == one.file.sha256
    assert (tmp_path / "got" / "notes" / ODD).read_bytes() == b"odd"


def test_every_access_is_one_line_that_names_no_token(served: Served) -> None:
    made = share(served.shelf.store, to=("bob",))
    opened = share(served.shelf.store)
    served.get(served.link(opened), **HTML)
    served.get(served.link(opened, "/1"))
    served.get(f"{served.link(opened)}x")
    list(served.remote(BOB).read(made, made.files[0]))
    with pytest.raises(FerryError):
        served.remote(BOB).record(opened.id)
    served.gateway.store().get("runs/base-4be1a90c/output.json")
    served.gateway.stop()
    said = [json.loads(line) for line in served.gateway.output.splitlines()]
    assert Counter((line["caller"], line["what"], line["status"]) for line in said) == Counter(
        [
            ("link", f"share {opened.id}", 200),
            ("link", f"share {opened.id} file 1", 200),
            ("link", "a link that opens nothing", 404),
            ("bob", f"share {made.id} file 0", 206),
            ("bob", f"share {opened.id}", 403),
            ("system:serviceaccount:team:ferry-agent", "/object name=runs/base-4be1a90c/output.json", 200),
        ]
    )
    assert [line["bytes"] for line in said if line["what"].endswith("file 1")] == [made.files[1].size]
    secret = token(link_key(served.gateway.folder), opened).rpartition(".")[2]
    assert not [word for word in (secret, BOB, MEMBER) if word in served.gateway.output]
