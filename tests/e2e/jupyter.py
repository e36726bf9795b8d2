"""What a person does in JupyterLab, over its own interfaces: look at files, run a cell."""

import json
import subprocess
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import websocket

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Jupyter:
    """One server, opened by a URL with its token."""

    url: str

    @property
    def address(self) -> str:
        return f"http://{urlsplit(self.url).netloc}"

    @property
    def token(self) -> str:
        return parse_qs(urlsplit(self.url).query)["token"][0]

    def status(self) -> int:
        """Of the URL itself."""
        try:
            with OPENER.open(self.url, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def ask(self, path: str, method: str = "GET", body: Any = None, token: bool = True) -> tuple[int, Any]:
        """Status and JSON answer of a call below /api."""
        headers = {"Authorization": f"token {self.token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/{path}", data, headers, method=method)
        try:
            with OPENER.open(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None

    def names(self, folder: str) -> list[str]:
        """What JupyterLab shows of a folder."""
        status, found = self.ask(f"contents/{folder}")
        assert status == 200, folder
        return sorted(entry["name"] for entry in found["content"])

    def cell(self, code: str, timeout: float = 240, path: str = "project") -> str:
        """What a new kernel prints, its errors too."""
        _, kernel = self.ask("kernels", "POST", {"name": "python3", "path": path})
        where = f"{self.address.replace('http', 'ws')}/api/kernels/{kernel['id']}/channels?token={self.token}"
        channel = websocket.create_connection(where, timeout=timeout, suppress_origin=True)
        try:
            asked = uuid.uuid4().hex
            channel.send(json.dumps(_request(asked, code)))
            return "".join(_said(channel, asked))
        finally:
            channel.close()


def reached(process: "subprocess.Popen[bytes]") -> Jupyter:
    """The one whose URL `ferry notebook` says."""
    assert process.stdout
    url = process.stdout.readline().decode().strip()
    assert process.stderr
    assert url, process.stderr.read().decode()
    return Jupyter(url)


def _request(asked: str, code: str) -> dict[str, Any]:
    header = {"msg_id": asked, "msg_type": "execute_request", "version": "5.3", "username": "", "session": asked}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}


def _said(channel: websocket.WebSocket, asked: str) -> list[str]:
    """Until the kernel is idle again."""
    said: list[str] = []
    while True:
        message = json.loads(channel.recv())
        content, kind = message["content"], message["msg_type"]
        if message["parent_header"].get("msg_id") != asked:
            continue
        said += {"stream": [content.get("text", "")], "error": content.get("traceback", [])}.get(kind, [])
        if kind == "status" and content["execution_state"] == "idle":
            return said
