"""Checksums of parts add up to that of the whole."""

import random

import google_crc32c
import pytest

from trainferry.store.crc32c import combine, combined

DICE = random.Random(0)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 255, 256, 4097, 1 << 20])
def test_two_parts_make_the_whole(size: int) -> None:
    for before in (0, 1, 1000):
        a, b = DICE.randbytes(before), DICE.randbytes(size)
        assert combine(google_crc32c.value(a), google_crc32c.value(b), size) == google_crc32c.value(a + b)


def test_any_number_of_parts_makes_the_whole() -> None:
    parts = [DICE.randbytes(DICE.randrange(5000)) for _ in range(100)]
    assert combined((google_crc32c.value(p), len(p)) for p in parts) == google_crc32c.value(b"".join(parts))
    assert combined([]) == 0


def test_sizes_beyond_memory_add_up() -> None:
    """Zeros, whose checksum the rule for doubling gives."""
    crc, size = google_crc32c.value(bytes(1 << 20)), 1 << 20
    twice = combine(crc, crc, size)
    assert twice == google_crc32c.value(bytes(2 << 20))
    four = combine(twice, twice, 2 << 20)
    assert combined([(crc, size)] * 4) == four
    huge = combine(four, 0, 0)
    for _ in range(30):
        huge = combine(huge, huge, 4 << 20)
    assert 0 <= huge < 1 << 32
