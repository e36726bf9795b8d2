"""Stamped log streams, cut anywhere."""

import random

from trainferry.cluster.stamps import Missed, Reader, between

LONG = b"x" * 70_000


def stamp(n: int) -> bytes:
    """Ten lines a second."""
    return b"2026-11-24T00:%02d:%02d.%d00000000Z" % (n // 600, n // 10 % 60, n % 10)


def stamped(texts: list[bytes], first: int = 0) -> list[tuple[bytes, bytes]]:
    return [(stamp(first + n), text) for n, text in enumerate(texts)]


def raw(lines: list[tuple[bytes, bytes]], since: str = "") -> bytes:
    """What the API sends: lines from the second `since` on."""
    return b"".join(when + b" " + text for when, text in lines if when[:19] >= since.encode()[:19])


def read(reader: Reader, data: bytes, size: int = 7) -> list[bytes | Missed]:
    return [part for at in range(0, len(data), size) for part in reader.feed(data[at : at + size])]


def joined(parts: list[bytes | Missed]) -> bytes:
    return b"".join(part for part in parts if isinstance(part, bytes))


def test_stamps_go_and_every_other_byte_stays() -> None:
    texts = [b"one\n", b"\n", b"\x00\xff\x1b[31m\n", b"2026-11-24T00:00:00Z mine\n", b" \r 10%\r 20%\n", b"no newline"]
    assert joined(read(Reader(), raw(stamped(texts)))) == b"".join(texts)


def test_a_reader_cut_at_any_byte_goes_on_without_losing_or_repeating_one() -> None:
    dice = random.Random(1)
    texts = [dice.randbytes(dice.randrange(90)).replace(b"\n", b"") + b"\n" for _ in range(300)]
    texts += [LONG + b"\n", b"\n", LONG]
    lines, reader, got = stamped(texts), Reader(), b""
    for _ in range(150):
        reader.reopen()
        got += joined(read(reader, raw(lines, reader.since)[: dice.randrange(1, 4000)], size=dice.randrange(1, 900)))
    reader.reopen()
    got += joined(read(reader, raw(lines, reader.since), size=65536))
    assert got == b"".join(texts)
    assert reader.given == len(got)


def test_the_tail_of_a_long_line_of_the_second_before_is_known_already() -> None:
    lines = stamped([LONG + b"\n", b"next\n"], first=9)
    reader = Reader()
    got = joined(read(reader, raw(lines)))
    reader.reopen()
    got += joined(read(reader, LONG[-5000:] + b"\n" + raw([*lines, (stamp(11), b"last\n")], reader.since)))
    assert got == LONG + b"\nnext\nlast\n"


def test_after_a_rotation_known_lines_are_dropped_and_the_gap_is_named() -> None:
    lines = stamped([b"line %d\n" % n for n in range(30)])
    reader = Reader()
    got = read(reader, raw(lines[:15]))
    reader.reopen()
    got += read(reader, raw(lines[12:15] + lines[20:]))
    kinds = [part for part in got if isinstance(part, Missed)]
    assert len(kinds) == 1
    assert joined(got) == b"".join(text for _, text in lines[:15] + lines[20:])


def test_a_rotated_reader_goes_on_as_any_other_afterwards() -> None:
    lines = stamped([b"line %d\n" % n for n in range(40)])
    reader = Reader()
    read(reader, raw(lines[:15]))
    reader.reopen()
    read(reader, raw(lines[20:25]))
    reader.reopen()
    assert read(reader, raw(lines[20:], reader.since), size=10**6) == [b"".join(text for _, text in lines[25:])]


def test_a_last_line_without_an_end_after_a_gap_is_not_lost() -> None:
    lines = stamped([b"line %d\n" % n for n in range(30)])
    reader = Reader()
    read(reader, raw(lines[:15]))
    reader.reopen()
    assert read(reader, stamp(40) + b" the last words") == []
    assert list(reader.finish()) == [Missed(len(b"".join(text for _, text in lines[:15]))), b"the last words"]


def test_stamps_of_another_zone_are_asked_for_as_they_are() -> None:
    reader = Reader()
    read(reader, b"2026-11-24T02:00:05.123456789+02:00 hello\n")
    assert reader.since == "2026-11-24T02:00:05+02:00"


def test_the_store_fills_what_lies_between() -> None:
    assert between(b"one\r\ntwo\r\nthree\r\nfour\r\n", len(b"one\n"), b"four\n") == b"two\nthree\n"


def test_the_store_fills_up_to_its_end_when_nothing_came_after() -> None:
    assert between(b"one\ntwo\n", len(b"one\n"), b"") == b"two\n"
