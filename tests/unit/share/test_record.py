"""A share's record is read as it was written, or not at all."""

import json

import pytest

from trainferry.errors import BadInput, Corrupt
from trainferry.share import record
from trainferry.share.record import SharedFile, ShareRecord

FILE = SharedFile("checkpoints/größe.safetensors", 0, 3, 0xDEADBEEF, "ab" * 32, "application/octet-stream")
TOLD = SharedFile("checkpoints/größe.json", 1, 4, 1, "cd" * 32, "application/json", about=True)
RECORD = ShareRecord("abcdefghij", "Mine", "run:best", (FILE, TOLD), 1.5, 2_000_000_000, "alice", ("bob",))


def test_it_is_read_as_it_was_written() -> None:
    assert ShareRecord.loads(RECORD.dumps()) == RECORD
    assert json.loads(RECORD.dumps())["format"] == 1


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", RECORD.dumps()[:-1], b'{"files": 3}'])
def test_what_is_no_record_is_corrupt(data: bytes) -> None:
    with pytest.raises(Corrupt, match="a share's record is none"):
        ShareRecord.loads(data)


def test_a_field_of_the_future_is_said_to_be_one() -> None:
    data = json.dumps({**json.loads(RECORD.dumps()), "colour": "red"}).encode()
    with pytest.raises(Corrupt) as error:
        ShareRecord.loads(data)
    assert error.value.hint == "a newer ferry may have written it"


def test_it_is_about_its_one_file_whatever_came_along() -> None:
    assert RECORD.main == FILE
    assert ShareRecord("abcdefghij", "", "", (FILE, FILE), 0.0, 1).main is None
    assert RECORD.size == 7


def test_it_lives_until_it_expires() -> None:
    assert RECORD.living(1_999_999_999.9)
    assert not RECORD.living(2_000_000_000)


def test_ids_are_ten_letters_that_nobody_mistakes() -> None:
    made = {record.fresh_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(record.check_id(one) == one for one in made)


@pytest.mark.parametrize(
    "text", ["", "abc", "ABCDEFGHIJ", "abcdefgh01", "abcdefghijk", "abcdefghi\n", "../../etc/", "ａbcdefghij"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected an id of ten letters and digits"):
        record.check_id(text)
