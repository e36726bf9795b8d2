"""Answers that take their time, driven as a server drives them."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request

from trainferry.errors import Full
from trainferry.gateway import late
from trainferry.gateway.late import Late
from trainferry.store.file import FileStore


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "FIRST", 0.01)
    monkeypatch.setattr(late, "EVERY", 0.01)


def answered(folder: Path, release: int, error: Exception | None = None) -> tuple[int, bytes]:
    """Status and body; the work is done once the server has sent `release` messages."""
    sent: list[dict[str, Any]] = []

    async def run() -> None:
        done = asyncio.Event()

        async def work() -> dict[str, Any]:
            await done.wait()
            if error:
                raise error
            return {"name": "a"}

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) >= release:
                done.set()

        if not release:
            done.set()
        state = SimpleNamespace(store=FileStore(folder))
        request = cast(Request, SimpleNamespace(app=SimpleNamespace(state=state)))
        await Late(request, work())({"type": "http"}, cast(Any, None), send)

    asyncio.run(run())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_what_is_known_at_once_is_plain_json(tmp_path: Path) -> None:
    assert answered(tmp_path, release=0) == (200, b'{"name":"a"}')


def test_what_takes_its_time_begins_with_blanks(tmp_path: Path) -> None:
    status, body = answered(tmp_path, release=4)
    assert (status, json.loads(body)) == (200, {"name": "a"})
    assert body.startswith(b"   ")


def test_an_error_at_once_is_the_servers_to_answer(tmp_path: Path) -> None:
    with pytest.raises(Full):
        answered(tmp_path, release=0, error=Full("no space left"))


def test_an_error_that_comes_late_is_in_the_json(tmp_path: Path) -> None:
    _, body = answered(tmp_path, release=3, error=Full(f"{tmp_path}/a: no space left", "df -h"))
    assert json.loads(body) == {"error": "Full", "message": "volume:/a: no space left", "hint": "df -h"}
