"""The log and all files that only grow, chunk by chunk; one that was rewritten after all becomes a whole file."""

from collections.abc import Callable
from pathlib import Path

from trainferry.agent.appended import Appended, Rewritten
from trainferry.agent.shelf import Shelf
from trainferry.errors import BadInput, Corrupt
from trainferry.runs import layout
from trainferry.runs.manifest import StoredFile

SOON = 1 << 20  # bytes of a growing file that do not wait for the next round
LOG = "\0log"  # no file can be called so


class Growing:
    """`rewritten`: paths that are published as whole files."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.rewritten = shelf, set[str]()
        self._files: dict[str, Appended] = {}

    def grow(self, path: str, place: Path, size: int, is_round: bool) -> None:
        """Send what is new; a little only when it is time for a round."""
        growing = self._files.get(path) or self._files.setdefault(path, self._appended(path, place))

        def chunks() -> bool:
            due = is_round or growing.pending(size) >= SOON
            changed = False
            while due and growing.pending(size) and growing.publish(self.shelf.moved.add):
                changed = True
            return changed

        self._guard(path, chunks)

    def finish(self) -> None:
        """One object each, and both checksums."""
        for path in self._files.keys() - self.rewritten:
            self._guard(path, self._files[path].finish)

    def forget(self, path: str) -> None:
        """What was stored of it goes: should it grow again, it does so under other names."""
        if self._files.pop(path, None):
            self.rewritten.add(path)

    def _guard(self, path: str, step: Callable[[], bool]) -> None:
        growing = self._files[path]
        try:
            if step():
                self._name(path, growing.stored)
                self.shelf.unnamed.add(growing.garbage)
                growing.garbage = []
        except FileNotFoundError:
            pass  # it went away while we looked
        except (Rewritten, Corrupt) as error:
            if path == LOG:  # the wrapper only ever adds to it: what is stored is wrong
                del self._files[path]
                self.shelf.attempts.current.log = None
            elif isinstance(error, Rewritten) or self.shelf.final:
                self.rewritten.add(path)
            else:
                raise
        except BadInput:
            self.rewritten.add(path)
            self.shelf.taken.add(path)
        except PermissionError as error:
            self.shelf.cannot_read(path, error)

    def _name(self, path: str, file: StoredFile) -> None:
        attempts = self.shelf.attempts
        if path == LOG:
            attempts.current.log, attempts.dirty = file, True
        else:
            attempts.publish(path, file)

    def _appended(self, path: str, place: Path) -> Appended:
        shelf, attempts = self.shelf, self.shelf.attempts
        if path == LOG:
            log = layout.log(shelf.run, shelf.number)
            return Appended(shelf.store, place, (f"{log}.parts", log), shelf.number, attempts.current.log)
        names = layout.parts(shelf.run, shelf.number, path), layout.output(shelf.run, shelf.number, path)
        return Appended(shelf.store, place, names, shelf.number, attempts.manifest.files.get(path))
