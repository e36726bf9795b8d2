"""A small proxy before a GCS emulator: enforces what the emulator ignores, injects faults, counts requests.

    python -m tests.cluster.gcs_proxy --listen 127.0.0.1:4443 --upstream http://127.0.0.1:4444

It checks generation and metageneration preconditions, declared crc32c and md5, V4 signatures and their expiry (once a
public key is given), and speaks the resumable protocol strictly. Control it at `/_control`: GET (`?bucket=NAME`) shows
faults and counters; POST takes `{"faults": [...], "scope": "bucket/..."}`, `{"reset": "bucket"}` and
`{"public_key": PEM}`.
"""

import argparse
import asyncio
import json
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from yarl import URL

from tests.cluster.gcs_exchange import Exchange
from tests.cluster.gcs_faults import Counters, Faults
from tests.cluster.gcs_refused import Refused
from tests.cluster.gcs_requests import name_in_body, understand
from tests.cluster.gcs_uploads import Sessions

BUFFER = 1 << 20
AUTOMATIC_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Proxy:
    """State shared by all requests."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.faults, self.counters, self.sessions = Faults(), Counters(), Sessions()
        self.key: RSAPublicKey | None = None
        self.locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.client: aiohttp.ClientSession

    async def start(self, host: str, port: int) -> None:
        """Serves until the event loop ends."""
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3600),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            read_bufsize=BUFFER,
            skip_auto_headers=AUTOMATIC_HEADERS,
        )
        server = web.Server(
            self.handle, auto_decompress=False, read_bufsize=BUFFER, keepalive_timeout=3600, access_log=None
        )
        runner = web.ServerRunner(server)
        await runner.setup()
        await web.TCPSite(runner, host, port, backlog=1024).start()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        if request.path == "/_control":
            return await self.control(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        operation = understand(request.method, request.raw_path, headers)
        body = None
        if operation.is_named_by_its_body():  # faults are chosen by name: look before anything else
            try:
                body = await request.content.read()
            except (aiohttp.ClientError, ConnectionError):
                return web.Response(status=400)  # to nobody: the client is gone
            operation.object = name_in_body(headers.get("content-type", ""), body)
        exchange = Exchange(self, request, headers, operation, body)
        try:
            return await exchange.answer()
        except Refused as refused:
            return refused.response()
        except (aiohttp.ClientError, ConnectionError):
            return (exchange.refused or Refused(503, "the emulator does not answer", "backendError")).response()
        finally:
            self.counters.add(operation.bucket, **exchange.summary())

    async def current(self, bucket: str, name: str) -> dict[str, str] | None:
        """An object's metadata, straight from the emulator; None when there is no such object."""
        target = URL(f"{self.upstream}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}", encoded=True)
        async with self.client.get(target) as response:
            return await response.json() if response.status == 200 else None

    async def control(self, request: web.BaseRequest) -> web.Response:
        """GET shows the state, POST changes it; 400 says what is wrong with the change."""
        if request.method == "POST":
            try:
                self.change(json.loads(await request.read()))
            except (TypeError, ValueError) as error:
                return web.json_response({"error": str(error)}, status=400)
        state = {"faults": self.faults.listing(), "counters": self.counters.of(request.query.get("bucket", ""))}
        return web.json_response(state)

    def change(self, order: dict[str, Any]) -> None:
        """Obeys a POST to `/_control`."""
        if "faults" in order:
            self.faults.replace(order.get("scope", ""), order["faults"])
        if "reset" in order:
            self.counters.reset(order["reset"])
        if "public_key" in order:
            key = load_pem_public_key(order["public_key"].encode()) if order["public_key"] else None
            if key is not None and not isinstance(key, RSAPublicKey):
                raise ValueError("public_key: expected an RSA key")
            self.key = key


async def serve(listen: str, upstream: str) -> None:
    """Runs the proxy for ever."""
    host, _, port = listen.rpartition(":")
    await Proxy(upstream).start(host, int(port))
    await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--upstream", required=True, metavar="URL", help="the emulator")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.listen, arguments.upstream))


if __name__ == "__main__":
    main()
