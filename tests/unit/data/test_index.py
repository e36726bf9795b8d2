"""The index is a text that zcat shows, and vouches for itself."""

import gzip
import hashlib

import pytest

from trainferry.data import index
from trainferry.data.index import File, Header, Index, Shard
from trainferry.errors import Corrupt

FILES = [
    File("a b.png", 3, 0x1234, "0" * 32, "644", 0, 512),
    File("line\nfeed\\n", 0, 0, "1" * 32, "755", 0, 1536),
    File("größe", 5, 7, "2" * 32, "644", 1, 512),
]
SHARDS = [Shard("a" * 64, 4096, 0xAB), Shard("b" * 64, 2048, 0xCD)]
VERSION = index.version_of(FILES)
INDEX = Index("cats", VERSION, 1790000000.5, SHARDS, FILES)
TEXT = f"""\
{{"created": 1790000000.5, "dataset": "cats", "files": 3, "format": "trainferry-index/1", "shards": 2, "size": 8, \
"version": "{VERSION}"}}
shard\t{"a" * 64}\t4096\t000000ab
shard\t{"b" * 64}\t2048\t000000cd
file\t0\t512\t3\t00001234\t{"0" * 32}\t644\ta b.png
file\t0\t1536\t0\t00000000\t{"1" * 32}\t755\tline\\nfeed\\\\n
file\t1\t512\t5\t00000007\t{"2" * 32}\t644\tgröße
"""


def test_the_text_is_the_documented_one() -> None:
    assert gzip.decompress(index.dumps(INDEX)).decode() == TEXT


def test_what_was_written_is_read() -> None:
    assert index.loads(index.dumps(INDEX), "cats") == INDEX


def test_the_version_names_the_content_however_it_is_packed() -> None:
    lines = "".join(f"{file.path}\0{file.size}\0{file.digest}\0{file.mode}\n" for file in FILES)
    assert hashlib.sha256(lines.encode()).hexdigest() == VERSION
    assert index.version_of(file._replace(shard=5, offset=0) for file in FILES) == VERSION


@pytest.mark.parametrize("changed", [{"path": "b"}, {"size": 4}, {"digest": "f" * 32}, {"mode": "755"}])
def test_any_other_content_is_another_version(changed: dict[str, str]) -> None:
    assert index.version_of([FILES[0]._replace(**changed), *FILES[1:]]) != VERSION


def test_the_head_alone_is_enough_for_a_listing() -> None:
    data = index.dumps(INDEX)
    assert index.head(data[:200], "cats") == Header("cats", VERSION, 1790000000.5, 3, 8, 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        TEXT[: len(TEXT) // 2],
        TEXT.replace("a b.png", "a c.png"),
        TEXT.replace("file\t1\t512", "file\t2\t512"),
        TEXT.replace("file\t1\t512", "file\t1\t4000"),
        TEXT.replace("file\t1", "link\t1"),
    ],
)
def test_anything_else_is_corrupt(text: str) -> None:
    with pytest.raises(Corrupt, match=r"^cats: "):
        index.loads(gzip.compress(text.encode()), "cats")


@pytest.mark.parametrize("data", [b"", b"plain", index.dumps(INDEX)[:-20], b"\x1f\x8b"])
def test_so_are_broken_bytes(data: bytes) -> None:
    with pytest.raises(Corrupt):
        index.loads(data, "cats")
