"""What a request to a GCS server asks for: its kind, bucket, object and preconditions, for the JSON and the XML API."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import google_crc32c

# query parameter of the JSON API -> (header of the XML API, field of the object, must it be equal)
CONDITIONS = {
    "ifGenerationMatch": ("x-goog-if-generation-match", "generation", True),
    "ifGenerationNotMatch": ("", "generation", False),
    "ifMetagenerationMatch": ("x-goog-if-metageneration-match", "metageneration", True),
    "ifMetagenerationNotMatch": ("", "metageneration", False),
}
JSON_OBJECT = re.compile(
    r"^(?:/(?:upload|download|resumable/upload))?/storage/v1/b/(?P<bucket>[^/]+)/o(?:/(?P<object>.+))?$"
)
JSON_COPY = re.compile(
    r"^/storage/v1/b/(?P<source_bucket>[^/]+)/o/(?P<source>.+)/(?:rewriteTo|copyTo)/b/(?P<bucket>[^/]+)/o/(?P<object>.+)$"
)
JSON_COMPOSE = re.compile(r"^/storage/v1/b/(?P<bucket>[^/]+)/o/(?P<object>.+)/compose$")
JSON_BUCKET = re.compile(r"^/storage/v1/b(?:/(?P<bucket>[^/]+))?/?$")
XML_OBJECT = re.compile(r"^/(?P<bucket>[^/]+)(?:/(?P<object>.+))?$")
METHOD_KINDS = {"GET": "get", "HEAD": "get", "DELETE": "delete", "PATCH": "patch", "PUT": "patch", "POST": "patch"}
UPLOAD_KINDS = {"media": "insert", "multipart": "insert", "resumable": "resumable_start"}
XML_KINDS = {"GET": "download", "HEAD": "get", "DELETE": "delete", "PUT": "insert", "POST": "insert"}
CREATING = frozenset({"insert", "resumable_start", "resumable_put", "compose", "rewrite"})


@dataclass
class Operation:
    """One request, understood. `conditions` maps names of CONDITIONS to the numbers the client gave."""

    kind: str
    bucket: str = ""
    object: str = ""
    source: tuple[str, str] = ("", "")
    query: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, int] = field(default_factory=dict)
    source_conditions: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """`bucket/object`; for a list `bucket/prefix`: what a fault's prefix is compared with."""
        return f"{self.bucket}/{self.object or self.query.get('prefix', '')}"

    @property
    def creates(self) -> bool:
        """A missing object counts as generation 0 (else the server's own 404 answers)."""
        return self.kind in CREATING

    def is_named_by_its_body(self) -> bool:
        """An upload of the JSON API may name its object in the metadata that it sends."""
        return not self.object and self.kind in ("insert", "resumable_start") and "uploadType" in self.query


def understand(method: str, target: str, headers: dict[str, str]) -> Operation:
    """The operation of a request line as it came (still percent-encoded); `headers` have lower-case names."""
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    operation = _json_operation(method, parts.path, query) or _xml_operation(method, parts.path, query, headers)
    operation.query = query
    operation.conditions = _conditions(query, headers)
    operation.source_conditions = _conditions(
        {k.replace("ifSource", "if"): v for k, v in query.items() if k.startswith("ifSource")}, {}
    )
    if "upload_id" in query:
        operation.kind = "resumable_put"
    if not operation.object:
        operation.object = query.get("name", "")
    return operation


def _json_operation(method: str, path: str, query: dict[str, str]) -> Operation | None:
    if found := JSON_COPY.match(path):
        source = unquote(found["source_bucket"]), unquote(found["source"])
        return Operation("rewrite", unquote(found["bucket"]), unquote(found["object"]), source)
    if found := JSON_COMPOSE.match(path):
        return Operation("compose", unquote(found["bucket"]), unquote(found["object"]))
    if found := JSON_OBJECT.match(path):
        return Operation(
            _object_kind(method, path, query, bool(found["object"])),
            unquote(found["bucket"]),
            unquote(found["object"] or ""),
        )
    if found := JSON_BUCKET.match(path):
        return Operation("bucket", unquote(found["bucket"] or ""))
    return Operation("batch") if path.startswith("/batch/") else None


def _object_kind(method: str, path: str, query: dict[str, str], has_object: bool) -> str:
    if path.startswith("/upload"):
        return UPLOAD_KINDS.get(query.get("uploadType", ""), "insert")
    if not has_object:
        return "list" if method == "GET" else "insert"
    downloads = query.get("alt") == "media" or path.startswith("/download")
    return "download" if method == "GET" and downloads else METHOD_KINDS.get(method, "other")


def _xml_operation(method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Operation:
    found = XML_OBJECT.match(path)
    if not found:
        return Operation("other")
    bucket, name = unquote(found["bucket"]), unquote(found["object"] or "")
    if not name:
        return Operation("list" if method == "GET" else "bucket", bucket)
    if headers.get("x-goog-resumable") == "start":
        return Operation("resumable_start", bucket, name)
    return Operation(
        "other" if "uploads" in query or "uploadId" in query else XML_KINDS.get(method, "other"), bucket, name
    )


def _conditions(query: dict[str, str], headers: dict[str, str]) -> dict[str, int]:
    given = {name: query.get(name) or headers.get(header) for name, (header, _, _) in CONDITIONS.items()}
    return {name: int(value) for name, value in given.items() if value and value.lstrip("-").isdigit()}


def broken_condition(conditions: dict[str, int], current: dict[str, str] | None) -> str:
    """The first condition that `current` (an object's metadata, None: there is none) does not meet, or ""."""
    for name, wanted in conditions.items():
        _, part, equal = CONDITIONS[name]
        found = int(current[part]) if current else 0
        if (found == wanted) is not equal:
            return name
    return ""


class Digest:
    """Running crc32c, and md5 where `md5` says so, of an upload; cheap to copy, so that a chunk can be sent again."""

    def __init__(self, md5: bool) -> None:
        self.crc32c = 0
        self.md5 = hashlib.md5(usedforsecurity=False) if md5 else None

    def copy(self) -> "Digest":
        """An independent digest of the same bytes."""
        other = Digest(False)
        other.crc32c, other.md5 = self.crc32c, self.md5.copy() if self.md5 else None
        return other

    def update(self, data: bytes) -> None:
        """Goes on with `data`."""
        self.crc32c = google_crc32c.extend(self.crc32c, data)
        if self.md5:
            self.md5.update(data)

    def wrong(self, expected: dict[str, str]) -> str:
        """The name of the first digest of `expected` (base64, as GCS writes them) that differs, or ""."""
        found = {"crc32c": self.crc32c.to_bytes(4, "big")} | ({"md5": self.md5.digest()} if self.md5 else {})
        words = {name: base64.b64encode(digest).decode() for name, digest in found.items()}
        return next((name for name in words if expected.get(name, words[name]) != words[name]), "")


def declared_hashes(headers: dict[str, str]) -> dict[str, str]:
    """What `X-Goog-Hash` and `Content-MD5` say the body has."""
    given = dict(part.strip().split("=", 1) for part in headers.get("x-goog-hash", "").split(",") if "=" in part)
    if "content-md5" in headers:
        given["md5"] = headers["content-md5"]
    return {name: value for name, value in given.items() if name in ("crc32c", "md5")}


def metadata_hashes(metadata: dict[str, str]) -> dict[str, str]:
    """The same from an object resource of the JSON API."""
    pairs = (("crc32c", metadata.get("crc32c")), ("md5", metadata.get("md5Hash")))
    return {name: value for name, value in pairs if value}


def split_multipart(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """The metadata and the media of a `multipart/related` upload. ValueError when it is not one."""
    found = re.search(r"""boundary=["']?([^"';]+)""", content_type)
    if not found:
        raise ValueError("no boundary")
    mark = b"--" + found[1].encode()
    _, metadata, rest = body.split(mark, 2)
    return json.loads(_content(metadata)), _content(rest[: rest.rindex(mark)])


def name_in_body(content_type: str, body: bytes) -> str:
    """The object's name in the metadata of an upload; "" when there is none."""
    try:
        metadata = split_multipart(content_type, body)[0] if "multipart" in content_type else json.loads(body)
    except ValueError:
        return ""
    return str(metadata.get("name", ""))


def _content(part: bytes) -> bytes:
    found = re.search(rb"\r?\n\r?\n", part)
    if not found:
        raise ValueError("a part without a blank line after its headers")
    return part[found.end() :].removesuffix(b"\n").removesuffix(b"\r")
