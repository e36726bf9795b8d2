"""The files of uploads under way, each written by one request at a time."""

import fcntl
import os
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from io import FileIO

import google_crc32c

from trainferry.errors import Changed, Corrupt, Unreachable
from trainferry.gateway import done
from trainferry.store import checksum, names
from trainferry.store.drafts import Change, Draft, sweep
from trainferry.store.file import FileStore
from trainferry.store.folder import descended, open_file
from trainferry.store.os_errors import translated
from trainferry.store.protocol import ObjectInfo

PLACE = (names.RESERVED, "uploads")
REMEMBERED = 1000  # parts whose state is in memory; that of others is in their files
SWEEP = 3600.0  # seconds between two looks for what nobody finished
_STATE = "user.ferry.upload"
_PART = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Behind(Exception):
    """A request that does not begin (or end) where the part does, at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Part:
    """One upload. Only pieces whose crc32c was right count; a request has its turn until another one begins."""

    def __init__(self, store: FileStore, id: str) -> None:
        self._store, self._name, self._done = store, f"{id}.part", (*PLACE, f"{id}.done")
        self._lock = threading.Lock()
        self._turn = 0
        self._file: FileIO | None = None  # open while somebody has the turn
        self._size = self._crc = -1  # of the good bytes; -1: not looked up
        self._seen = True  # this process saw every good byte
        self._next = self._piece = (0, 0)  # size and crc32c with the piece that is written now, and of it alone

    @property
    def idle(self) -> bool:
        return self._file is None and not self._lock.locked()

    def offset(self) -> int:
        """Bytes that are there and good; all of them when it became an object already."""
        with self._lock, translated(self._store.root):
            self._look()
            if not self._size and (already := done.read(self._store.root, self._done)):
                return already.size
            return self._size

    def begin(self, offset: int) -> int:
        """The turn to write behind `offset`. Raises Behind."""
        with self._lock, translated(self._store.root):
            self._close()
            self._look()
            if offset != self._size:
                raise Behind(self._size)
            self._file = self._open()
            self._file.truncate(offset)
            self._file.seek(offset)
            self._next, self._piece = (self._size, self._crc), (0, 0)
            self._turn += 1
            return self._turn

    def write(self, turn: int, piece: bytes) -> None:
        """Raises Changed when the turn is over, Full."""
        with self._lock, translated(self._store.root):
            _write(self._mine(turn).fileno(), piece)
            self._next, self._piece = _longer(self._next, piece), _longer(self._piece, piece)

    def end(self, turn: int, crc: int) -> int:
        """The piece is whole. Returns the new offset. Raises Corrupt when its crc32c is another."""
        with self._lock, translated(self._store.root):
            file = self._mine(turn)
            if self._piece[1] != crc:
                raise Corrupt(f"crc32c {self._piece[1]:08x} of the piece arrived, {crc:08x} was sent")
            self._size, self._crc = self._next
            with suppress(OSError, AttributeError):
                os.setxattr(file.fileno(), _STATE, b"%d %d" % self._next)
            self._close()
            return self._size

    def give_up(self, turn: int) -> None:
        """Nothing of a piece that was cut or wrong stays."""
        with self._lock:
            if turn == self._turn and self._file is not None:
                with suppress(OSError):
                    self._file.truncate(self._size)
                self._close()

    def commit(self, name: str, size: int, crc: int, condition: int | None) -> ObjectInfo:
        """The part becomes the object `name`; asked again, the same answer. Raises Behind, Corrupt, Changed."""
        with self._lock, translated(self._store.root):
            self._close()
            self._look()
            already = done.read(self._store.root, self._done)
            if already and not self._size:
                return already
            if size != self._size:
                raise Behind(self._size)
            file = self._open()
            draft = Draft(PLACE, self._name, file)
            draft.size, draft.crc = size, self._verified(file)
            self._size, self._crc, self._seen = 0, 0, True  # whatever comes now, the part is gone then
            if draft.crc != crc:
                self._store.drop(draft)
                raise Corrupt(f"{self._store.url}/{name}: crc32c {draft.crc:08x} arrived, {crc:08x} was sent")
            return self._store.commit(
                Change(draft, name, condition, lambda info: done.write(self._store.root, self._done, info))
            )

    def _look(self) -> None:
        """What an earlier process left: so many bytes that it had verified."""
        if self._size >= 0:
            return
        self._size, self._crc, self._seen = 0, 0, True
        with (
            suppress(OSError, AttributeError, ValueError),
            open_file(self._store.root, "/".join((*PLACE, self._name))) as file,
        ):
            size, crc = map(int, os.getxattr(file.fileno(), _STATE).split())
            if os.fstat(file.fileno()).st_size >= size:
                self._size, self._crc, self._seen = size, crc, False

    def _open(self) -> FileIO:
        """The part's file, its lock taken: two gateways on one claim do not tear it."""
        with descended(self._store.root, PLACE, create=True) as folder:
            descriptor = os.open(self._name, _PART, 0o600, dir_fd=folder)
        file = open(descriptor, "r+b", buffering=0)  # noqa: SIM115 (it stays open while the turn lasts)
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise Unreachable("another gateway writes this upload") from None
        return file

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _mine(self, turn: int) -> FileIO:
        if turn != self._turn or self._file is None:
            raise Changed("somebody else writes this upload now")
        return self._file

    def _verified(self, file: FileIO) -> int:
        """The crc32c of the good bytes: as they were written, or out of the file when another process wrote them."""
        file.truncate(self._size)
        if self._seen:
            return self._crc
        file.seek(0)
        return checksum.of(file)


class Parts:
    """All uploads of a store, by id. For the event loop only."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._parts: OrderedDict[str, Part] = OrderedDict()
        self._swept = 0.0

    def part(self, id: str) -> Part:
        part = self._parts.setdefault(id, Part(self._store, id))
        self._parts.move_to_end(id)
        if len(self._parts) > REMEMBERED:
            for old in [key for key, one in self._parts.items() if one.idle and one is not part][: REMEMBERED // 10]:
                del self._parts[old]
        return part

    def sweep(self) -> None:
        """Once an hour: what nobody has touched for a day goes."""
        if time.monotonic() - self._swept > SWEEP or not self._swept:
            self._swept = time.monotonic()
            with suppress(OSError), descended(self._store.root, PLACE) as folder:
                sweep(folder, "")


def _write(descriptor: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(descriptor, left) :]


def _longer(before: tuple[int, int], piece: bytes) -> tuple[int, int]:
    return before[0] + len(piece), google_crc32c.extend(before[1], piece)
