"""Walking through a stream of pieces by offset, with the checksums of what went by."""

from collections.abc import Iterator

import google_crc32c


class Cursor:
    """`crc32c` is that of the last `take`, `whole_crc32c` and `position` of everything so far."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._piece, self._at = pieces, b"", 0
        self.position, self.crc32c, self.whole_crc32c = 0, 0, 0

    def skip_to(self, offset: int) -> None:
        """EOFError when the stream is shorter; ValueError when this is behind already."""
        if offset < self.position:
            raise ValueError(f"offset {offset} is behind {self.position}")
        for _ in self.take(offset - self.position):
            pass

    def take(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes, in pieces. EOFError when there are not so many."""
        self.crc32c = 0
        while size > 0:
            if self._at == len(self._piece):
                self._next()
            piece = self._piece[self._at : self._at + size]
            self.crc32c = google_crc32c.extend(self.crc32c, piece)
            self._at += len(piece)
            self.position += len(piece)
            size -= len(piece)
            yield piece

    def finish(self) -> None:
        """To the end of the stream."""
        self.position += len(self._piece) - self._at
        for piece in self._pieces:
            self.position += len(piece)
            self.whole_crc32c = google_crc32c.extend(self.whole_crc32c, piece)
        self._piece, self._at = b"", 0

    def _next(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise EOFError
        self._piece, self._at = piece, 0
        self.whole_crc32c = google_crc32c.extend(self.whole_crc32c, piece)
