"""Both checksums of a file in one pass: crc32c, which stores keep too, and sha256, which people compare."""

import hashlib

import google_crc32c


class Sums:
    """Of all bytes that were added; `size` counts them."""

    def __init__(self) -> None:
        self.size = self.crc32c = 0
        self._sha256 = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self.size += len(piece)
        self.crc32c = google_crc32c.extend(self.crc32c, piece)
        self._sha256.update(piece)

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return self._sha256.hexdigest()
