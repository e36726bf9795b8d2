"""What the publishing of growing and of whole files has in common."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trainferry.agent.attempts import Attempts
from trainferry.agent.moved import Moved
from trainferry.agent.unnamed import Unnamed
from trainferry.agent.words import say
from trainferry.runs import layout
from trainferry.store import Store


@dataclass
class Shelf:
    """Objects of one attempt in the store. `final`: the command has ended, what lies there now is to be stored.

    `taken`: paths whose first object name may not be used again, because a folder is there, or the object is about to
    be deleted. `unreadable`: path -> why.
    """

    store: Store
    attempts: Attempts
    moved: Moved
    final: bool = False
    taken: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    unnamed: Unnamed = field(default_factory=Unnamed)

    @property
    def run(self) -> str:
        return self.attempts.config.run

    @property
    def number(self) -> int:
        return self.attempts.number

    def own(self, names: Iterable[str]) -> list[str]:
        """Those that this attempt published."""
        folder = layout.output(self.run, self.number, "").rstrip("/")
        return [name for name in names if name.startswith((f"{folder}/", f"{folder}."))]

    def save(self) -> None:
        """Swap the manifest in. Raises Fenced."""
        self.attempts.save()
        self.unnamed.saved()

    def cannot_read(self, path: str, error: OSError) -> None:
        """Said once."""
        say_once(self.unreadable, path, f"{error.strerror}".lower())


def say_once(known: dict[str, str], path: str, why: str) -> None:
    """Tell why a path is not stored, unless it was told."""
    if known.get(path) != why:
        known[path] = why
        say(f"not stored: {path}: {why}")
