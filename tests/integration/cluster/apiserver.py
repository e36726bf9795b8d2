"""A small API server: Jobs, Pods, their logs, watches, and every way of failing that a real one cannot be asked for."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]


@dataclass
class Fault:
    """What happens instead of the next `times` answers to `method` requests whose path ends with `end`."""

    method: str
    end: str
    act: Callable[["Handler"], bool]  # True: go on as usual afterwards
    times: int = 1


@dataclass
class Line:
    stamp: str
    text: bytes


@dataclass
class ApiServer:
    """Objects by path; `asked` is every request as (method, path, query)."""

    objects: dict[str, Object] = field(default_factory=dict)
    logs: dict[str, list[Line]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)  # pods whose followed logs stay open
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    events: list[tuple[int, str, str, Object]] = field(default_factory=list)
    forgotten: int = 0  # watches from before this version get 410
    version: int = 1
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: bool = False
    url: str = ""

    def put(self, path: str, found: Object) -> Object:
        """Create or replace, as a controller would."""
        with self.changed:
            kind = "MODIFIED" if path in self.objects else "ADDED"
            self.version += 1
            found["metadata"]["resourceVersion"] = str(self.version)
            before = self.objects.get(path, {}).get("metadata", {})
            found["metadata"].setdefault("uid", before.get("uid") or f"uid-{self.version}")
            self.objects[path] = found
            self._event(kind, path, found)
        return found

    def remove(self, path: str) -> None:
        with self.changed:
            self.version += 1
            self._event("DELETED", path, self.objects.pop(path))

    def fault(self, method: str, end: str, act: Callable[["Handler"], bool], times: int = 1) -> None:
        self.faults.append(Fault(method, end, act, times))

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]

    def _event(self, kind: str, path: str, found: Object) -> None:
        self.events.append((self.version, kind, path.rpartition("/")[0], json.loads(json.dumps(found))))
        self.changed.notify_all()

    def kubeconfig(self, folder: Path, name: str = "here", **cluster: str) -> Path:
        """A kubeconfig file for this server, with one context."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": "c", "cluster": {"server": self.url, **cluster}}],
            "users": [{"name": "u", "user": {"token": "secret"}}],
            "contexts": [{"name": name, "context": {"cluster": "c", "user": "u", "namespace": "alice"}}],
        }
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config))
        return path


def status(code: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Callable[["Handler"], bool]:
    """An answer with Kubernetes' Status object."""

    def act(handler: "Handler") -> bool:
        handler.answer(code, {"kind": "Status", "code": code, "message": message, **more}, headers or {})
        return False

    return act


def lost(handler: "Handler") -> bool:
    """The request is carried out, and its answer never arrives."""
    handler.mute = True
    return True


def dropped(handler: "Handler") -> bool:
    """The connection ends before anything was done."""
    handler.close_connection = True
    return False


def silent(handler: "Handler") -> bool:
    """Nothing comes, and nothing ends, until the server is closed."""
    while not handler.api.over:
        time.sleep(0.02)
    handler.close_connection = True
    return False


def cut(size: int) -> Callable[["Handler"], bool]:
    """The body breaks off after so many bytes."""

    def act(handler: "Handler") -> bool:
        handler.budget = size
        return True

    return act


class Cut(Exception):
    """The budget of a reply is used up."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: ApiServer
    mute = False
    budget: int | None = None

    def log_message(self, format: str, *args: Any) -> None: ...

    def do(self) -> None:
        split = urlsplit(self.path)
        path, query = split.path, dict(parse_qsl(split.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.mute, self.budget = False, None
        self.api.asked.append((self.command, path, query))
        try:
            if self._no_fault(path):
                getattr(self, "on_" + self.command.lower())(path, query, json.loads(body or "null"))
        except (Cut, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_PATCH = do

    def _no_fault(self, path: str) -> bool:
        for fault in self.api.faults:
            if fault.times and fault.method == self.command and path.endswith(fault.end):
                fault.times -= 1
                return fault.act(self)
        return True

    def answer(self, code: int, body: Any, headers: dict[str, str] | None = None) -> None:
        if self.mute:
            self.close_connection = True
            return
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def missing(self, path: str) -> None:
        *_, plural, name = path.split("/")
        self.answer(404, {"kind": "Status", "code": 404, "message": f'{plural} "{name}" not found'})

    def on_get(self, path: str, query: dict[str, str], _: Any) -> None:
        if path.endswith("/log"):
            self.log(path, query)
        elif path == "/version":
            self.answer(200, {"gitVersion": "v1.35.4"})
        elif "watch" in query:
            self.watch(path, query)
        elif path in self.api.objects:
            self.answer(200, self.api.objects[path])
        elif path.rpartition("/")[2] in ("jobs", "pods", "nodes"):
            self.list(path, query)
        elif path.endswith("/proxy/healthz") and path.removesuffix("/proxy/healthz") in self.api.objects:
            self.answer(200, b"ok\n")
        elif path == "/api/v1/namespaces/alice":
            self.answer(200, {"metadata": {"name": "alice"}})
        elif "kueue" in path:
            self.answer(404, b"404 page not found\n")
        else:
            self.missing(path)

    def on_post(self, path: str, query: dict[str, str], body: Any) -> None:
        if path.endswith("/token"):
            audience, account = body["spec"]["audiences"][0], path.split("/")[-2]
            self.answer(201, {"status": {"token": f"{account} for {audience} #{len(self.api.asked)}"}})
            return
        if path.endswith("selfsubjectaccessreviews"):
            asked = body["spec"]["resourceAttributes"]
            self.answer(201, {"status": {"allowed": asked["verb"] != "delete"}})
            return
        place = f"{path}/{body['metadata']['name']}"
        if place in self.api.objects:
            message = f'jobs.batch "{body["metadata"]["name"]}" already exists'
            self.answer(409, {"kind": "Status", "code": 409, "reason": "AlreadyExists", "message": message})
            return
        made = body if "dryRun" in query else self.api.put(place, body)
        self.answer(201, made, {"Warning": '299 - "would violate PodSecurity"'} if "dryRun" in query else {})

    def on_delete(self, path: str, query: dict[str, str], body: Any) -> None:
        if path not in self.api.objects:
            self.missing(path)
            return
        self.api.remove(path)
        self.answer(200, {"kind": "Status", "status": "Success", "details": body})

    def list(self, path: str, query: dict[str, str]) -> None:
        found = sorted((p, o) for p, o in self.api.objects.items() if p.rpartition("/")[0] == path and chosen(o, query))
        start, size = int(query.get("continue", 0)), int(query.get("limit", 10**6))
        more = {"continue": str(start + size)} if start + size < len(found) else {}
        items = [found_object for _, found_object in found[start : start + size]]
        self.answer(200, {"metadata": {"resourceVersion": str(self.api.version), **more}, "items": items or None})

    def watch(self, path: str, query: dict[str, str]) -> None:
        self.chunked()
        at, end = int(query["resourceVersion"]), time.monotonic() + int(query["timeoutSeconds"])
        if at < self.api.forgotten:
            gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
            self.chunk(json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n")
        else:
            for event in self._events(path, query, at, end):
                self.chunk(json.dumps(event).encode() + b"\n")
        self.chunk(b"")

    def _events(self, path: str, query: dict[str, str], at: int, end: float) -> Iterator[Object]:
        while not self.api.over and time.monotonic() < end:
            with self.api.changed:
                fresh = [e for e in self.api.events if e[0] > at and e[2] == path and chosen(e[3], query)]
                if not fresh:
                    self.api.changed.wait(0.05)
            for version, kind, _, found in fresh:
                at = version
                yield {"type": kind, "object": found}

    def log(self, path: str, query: dict[str, str]) -> None:
        pod = path.split("/")[-2] + ("/agent" if query["container"] == "agent" else "")
        if pod not in self.api.logs:
            self.missing(path.removesuffix("/log"))
            return
        self.chunked()
        sent = 0
        while True:
            lines = self.api.logs[pod][sent:]
            sent += len(lines)
            for line in lines:
                if line.stamp[:19] >= query.get("sinceTime", "")[:19]:
                    self.chunk(line.stamp.encode() + b" " + line.text if "timestamps" in query else line.text)
            whole = pod not in self.api.running and sent == len(self.api.logs[pod])
            if whole or "follow" not in query or self.api.over:
                break
            time.sleep(0.01)
        self.chunk(b"")

    def chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """One piece of the body, split in two so that nothing depends on its borders; b"" ends the body."""
        if self.budget is not None:
            data, whole = data[: self.budget], len(data)
            self.budget -= len(data)
        for part in filter(None, (data[: len(data) // 2], data[len(data) // 2 :])):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()
        if self.budget == 0 and (not data or len(data) < whole):
            raise Cut
        if not data:
            self.wfile.write(b"0\r\n\r\n")


def chosen(found: Object, query: dict[str, str]) -> bool:
    """The label and field selectors that ferry uses."""
    labels, name = found["metadata"].get("labels", {}), found["metadata"]["name"]
    for term in filter(None, query.get("labelSelector", "").split(",")):
        key, equals, value = term.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    field_selector = query.get("fieldSelector", "")
    return not field_selector.startswith("metadata.name=") or field_selector == f"metadata.name={name}"


@contextmanager
def serving(wrap: Callable[[Any], Any] | None = None) -> Iterator[ApiServer]:
    """A server on a free port; `wrap` may put TLS around its socket."""
    api = ApiServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"api": api}))
    server.daemon_threads = True
    server.handle_error = lambda request, address: None  # type: ignore[method-assign]
    scheme = "http"
    if wrap:
        server.socket, scheme = wrap(server.socket), "https"
    api.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        api.over = True
        server.shutdown()
        thread.join()
        server.server_close()
