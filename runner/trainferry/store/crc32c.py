"""The crc32c of two byte strings one after the other, out of theirs: parallel transfers need not read anything twice.

A crc is a polynomial over GF(2) modulo the Castagnoli polynomial; n zero bytes behind it multiply it by x^(8n). The
method, and the order of the bits, are those of crc32_combine in zlib 1.2.12 (crc32.c, Mark Adler).
"""

from collections.abc import Iterable
from functools import lru_cache

POLYNOMIAL = 0x82F63B78  # bits in reflected order: the highest is x^0
_ONE = 1 << 31


def combine(first: int, second: int, size: int) -> int:
    """The crc32c of A + B, given those of A and of B; `size`: bytes of B."""
    return _times(_shift(size), first) ^ second


def combined(parts: Iterable[tuple[int, int]]) -> int:
    """The same for any number of (crc32c, size), in order; 0 for none."""
    whole = 0
    for crc, size in parts:
        whole = combine(whole, crc, size)
    return whole


@lru_cache(64)
def _shift(size: int) -> int:
    """x^(8 * size) modulo the polynomial."""
    power, square = _ONE, _ONE >> 8  # 1, and x^8
    while size:
        if size & 1:
            power = _times(square, power)
        square = _times(square, square)
        size >>= 1
    return power


def _times(a: int, b: int) -> int:
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ POLYNOMIAL if b & 1 else b >> 1
    return product
