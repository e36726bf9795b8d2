"""Which files of a folder are its code: what git would track, else everything but junk; never a store's own files."""

import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from trainferry.errors import BadInput
from trainferry.store import names
from trainferry.store.os_errors import printable, translated

IGNORE = ".ferryignore"
MOST_FILES = 100_000  # a folder with more is a data set, or somebody's home
STORE = "ferry-store"  # the local engine's default
JUNK = (
    ".git", "__pycache__", "*.py[co]", ".venv", "venv", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ".ipynb_checkpoints", ".tox", ".nox", ".eggs", "*.egg-info", ".DS_Store", "*.swp",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file that travels as `path` (relative, with /); its bytes are those of `file`."""

    path: str
    file: str
    size: int
    executable: bool


@dataclass(frozen=True)
class Worktree:
    """The files by path; `commit` is "" outside of git; `dirty` counts files that differ from it; `without` is named
    because somebody may miss it: submodules that are not checked out."""

    entries: tuple[Entry, ...]
    commit: str = ""
    dirty: int = 0
    without: tuple[str, ...] = ()


def look(root: Path) -> Worktree:
    """Raises BadInput with the file that cannot travel: unreadable, or a link that leads outside."""
    with translated(root):
        root = root.resolve(strict=True)
        os.listdir(root)
    listed = _Listed(root)
    if _in_git(root):
        paths, without = listed.by_git("")
        return Worktree(_entries(root, paths), _commit(root), _dirty(root, listed), tuple(without))
    return Worktree(_entries(root, listed.by_walk("")))


class _Listed:
    """Paths below one root, without what .ferryignore and (where there is no git) .gitignore leave out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ignored = GitIgnoreSpec.from_lines([f"/{STORE}/", *_lines(root / IGNORE)])
        self.junk = GitIgnoreSpec.from_lines([*JUNK, *_lines(root / ".gitignore")])
        self.no_code: dict[str, bool] = {}

    def by_git(self, inside: str) -> tuple[list[str], list[str]]:
        """What git would track below the folder, submodules included; and those that are not checked out."""
        found: list[str] = []
        without: list[str] = []
        ask = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in dict.fromkeys(_git(self.root / inside, *ask).split("\0")):
            path = inside + name.rstrip("/")
            if not name or not self.kept(path):
                continue
            if not (self.root / path).is_dir() or (self.root / path).is_symlink():
                found.append(path)
            elif (self.root / path / ".git").exists():
                below, missing = self.by_git(f"{path}/")
                found += below
                without += missing
            else:
                without.append(path)
        return found, without

    def by_walk(self, inside: str) -> Iterator[str]:
        """Everything below the folder but junk, virtual environments and stores."""
        with translated(self.root / inside), os.scandir(self.root / inside) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = inside + entry.name
                folder = entry.is_dir(follow_symlinks=False)
                if not self.kept(path, folder) or self.junk.match_file(path + "/" * folder):
                    continue
                if not folder:
                    yield path
                elif not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
                    yield from self.by_walk(f"{path}/")

    def kept(self, path: str, folder: bool = False) -> bool:
        """Neither left out by .ferryignore nor inside a folder that is no code."""
        return not self.ignored.match_file(path + "/" * folder) and not self._no_code(path if folder else _up(path))

    def _no_code(self, folder: str) -> bool:
        """A store, or a folder that says so itself: its own .ferryignore begins with `*` (rendered manifests do)."""
        if not folder:
            return False
        if folder not in self.no_code:
            place = self.root / folder
            here = (place / names.RESERVED).is_dir() or _lines(place / IGNORE)[:1] == ["*"]
            self.no_code[folder] = here or self._no_code(_up(folder))
        return self.no_code[folder]


def _up(path: str) -> str:
    return path.rpartition("/")[0]


def _lines(file: Path) -> list[str]:
    if not file.is_file():
        return []
    with translated(file):
        return file.read_text(errors="replace").splitlines()


def _entries(root: Path, paths: Iterable[str]) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    links: list[str] = []
    for path in paths:
        entry = _entry(root, path)
        if entry is not None:
            found[path] = entry
        elif os.path.islink(root / path):
            links.append(path)
        if len(found) + len(links) > MOST_FILES:
            advice = f"`cd` to the code, or leave data out with .gitignore or {IGNORE}"
            raise BadInput(f"{printable(root)} holds more than {MOST_FILES:,} files to ship as code", advice)
    files = tuple(found.values())
    for path in links:
        found |= {entry.path: entry for entry in _linked(root, path, files)}
    return tuple(found[path] for path in sorted(found))


def _entry(root: Path, path: str) -> Entry | None:
    """None for what was deleted, is a link, or is neither file nor folder."""
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{printable(path)}: the name is not UTF-8 and cannot travel", _leave_out(path)) from error
    file = os.path.join(root, path)
    try:
        with translated(file):
            status = os.lstat(file)
    except BadInput:
        return None
    return Entry(path, file, status.st_size, bool(status.st_mode & 0o100)) if stat.S_ISREG(status.st_mode) else None


def _linked(root: Path, path: str, files: tuple[Entry, ...]) -> list[Entry]:
    """A link travels as what it leads to, which must be code as well: a file, or all files of a folder."""
    target = os.path.realpath(root / path)
    inside = os.path.relpath(target, root)
    below = [] if inside == "." else [entry for entry in files if f"{entry.path}/".startswith(f"{inside}/")]
    if not below:
        reason = (
            "leads to nothing" if not os.path.exists(target) else f"leads to {printable(target)}, which does not travel"
        )
        raise BadInput(f"{printable(path)}: this link {reason}", _leave_out(path))
    return [Entry(path + entry.path[len(inside) :], entry.file, entry.size, entry.executable) for entry in below]


def _leave_out(path: str) -> str:
    return f"leave it out: a line  /{printable(path)}  in {IGNORE}"


def _in_git(root: Path) -> bool:
    """Whether git knows this folder. One that an outer repository ignores counts as a folder without git."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return False
    if _git(root, "rev-parse", "--is-inside-work-tree").strip() != "true":
        return False
    return (root / ".git").exists() or not _git(root, "check-ignore", ".", fine=(0, 1))


def _commit(root: Path) -> str:
    return _git(root, "rev-parse", "--verify", "-q", "HEAD", fine=(0, 1)).strip()


def _dirty(root: Path, listed: _Listed) -> int:
    """How many files differ from the commit, of those that may travel."""
    ask = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    top = _git(root, "rev-parse", "--show-prefix").strip("\n")
    changes = [line[3:].removeprefix(top) for line in _git(root, *ask).split("\0") if line]
    return sum(listed.kept(path) for path in changes)


def _git(folder: Path, *words: str, fine: tuple[int, ...] = (0,)) -> str:
    """What git prints. Raises BadInput with git's own first line."""
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(["git", "-C", os.fspath(folder), *words], capture_output=True, env=env)
    except FileNotFoundError as error:
        raise BadInput(
            f"{folder} is a git work tree, and there is no git to ask what belongs to it", "install git"
        ) from error
    if done.returncode not in fine:
        lines = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        raise BadInput(
            f"git in {printable(folder)}: {printable(lines[0])}", lines[-1].strip() if len(lines) > 1 else ""
        )
    return os.fsdecode(done.stdout)
