"""An API server that refuses everything with one status."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def refusing_api(status: int) -> Iterator[str]:
    """Yields its URL; answers as Kubernetes does, with a Status object."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reason = {401: "Unauthorized", 403: "Forbidden"}.get(status, "InternalError")
            message = 'jobs.batch is forbidden: User "me" cannot list resource "jobs"' if status == 403 else reason
            body = json.dumps(
                {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
                 "reason": reason, "message": message}
            ).encode()  # fmt: skip
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
