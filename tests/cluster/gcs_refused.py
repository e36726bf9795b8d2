"""Errors that the GCS proxy answers itself, as GCS writes them."""

import json

from aiohttp import web


class Refused(Exception):
    """The answer is an error of ours."""

    def __init__(self, status: int, message: str, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.reason, self.headers = status, message, reason, headers or {}

    def response(self) -> web.Response:
        """As GCS writes errors."""
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [{"reason": self.reason, "message": self.message}],
        }
        body = b"" if self.status == 304 else json.dumps({"error": error}).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8"} | self.headers
        return web.Response(status=self.status, body=body, headers=headers)
