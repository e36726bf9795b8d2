"""What `ferry cp` copies from: files of a run, a dataset, a store, a share, or of this machine."""

import fnmatch
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trainferry.data import catalog
from trainferry.data.copy import Extent
from trainferry.data.index import File
from trainferry.errors import BadInput, Missing
from trainferry.runs import layout, reader
from trainferry.runs.manifest import StoredFile
from trainferry.sdk.kept import Found
from trainferry.store import ObjectInfo, Store
from trainferry.store.os_errors import printable, translated

NAMED = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)(@(?P<version>[0-9a-f]*))?:(?P<path>.*)", re.DOTALL)
URL = re.compile(r"[a-z][a-z0-9+.-]*://")
EXPECTED = "expected RUN:PATH, DATASET:PATH, a store's URL, share:ID or -"
WILD = "*?["


@dataclass(frozen=True)
class SourceFile:
    """One file. `label`: how the user would call it; `path`: what it is called among several.

    A local one has `local`; else it is `objects` of `store` one after the other, or `extent` of one.
    """

    label: str
    path: str
    size: int
    crc32c: int = 0
    local: Path | None = None
    store: Store | None = None
    objects: tuple[str, ...] = ()
    extent: Extent | None = None
    mode: int = 0o644
    sha256: str = ""


Placed = tuple[SourceFile, str]  # with the path that it gets


@dataclass(frozen=True)
class Copied:
    """`size` in bytes; `crc32c` is that of the store and of the file."""

    source: str
    target: str
    size: int
    crc32c: int


@dataclass(frozen=True)
class Watch:
    """Who hears of it: `done` of every file, `moved` of bytes."""

    done: Callable[[Copied], None]
    moved: Callable[[int], None]


@dataclass(frozen=True)
class Chosen:
    """What one argument means; `single`: just the one file that it names."""

    files: tuple[SourceFile, ...]
    single: bool


def is_remote(text: str) -> bool:
    """Whether an argument is none of this machine's paths (`./a:b` is one)."""
    return bool(NAMED.fullmatch(text) or URL.match(text))


def local(text: str) -> Chosen:
    """A file, or a folder with all that is in it, under its own name. Links in it are not followed."""
    path = Path(text).expanduser()
    with translated(text):
        found = path.stat()
    if path.is_file():
        return Chosen((SourceFile(text, path.name, found.st_size, local=path, mode=found.st_mode & 0o777),), True)
    if not path.is_dir():
        raise BadInput(f"cp {printable(text)}: neither a file nor a folder")
    above = path if path.resolve() == Path.cwd() or path.name in ("", "..") else path.parent
    files = tuple(_below(path, above))
    if not files:
        raise BadInput(f"cp {printable(text)}: no files in this folder")
    return Chosen(files, False)


def of_run(found: Found, what: str) -> Chosen:
    """best, last, a path, a folder or a glob below the output. Raises Missing with what there is."""
    stored = reader.files(found.store, found.run)
    paths = sorted(stored) if what in ("", ".", "/") else reader.select(found.store, found.run, what)
    files = tuple(_published(found, path, stored[path]) for path in paths)
    if not files:
        raise Missing(f"{found.run} has no files yet", f"ferry describe {found.run}")
    return Chosen(files, len(files) == 1 and (what == paths[0] or what in ("best", "last")))


def of_dataset(store: Store, name: str, version: str, what: str) -> Chosen:
    """A path, a folder or a glob of one version. Raises Missing."""
    index = catalog.load(store, name, catalog.resolve(store, name, version))
    label = f"{name}@{index.version[:8]}"
    known = {file.path: file for file in index.files}
    paths = _chosen(known, what)
    if not paths:
        raise Missing(f"{label} has no {what}; it has {_some(known)}", f"ferry cp {name}:. FOLDER")

    def one(file: File) -> SourceFile:
        shard = layout.dataset_shard(name, index.shards[file.shard].digest)
        extent = Extent(shard, file.offset, file.size)
        mode = int(file.mode, 8)
        return SourceFile(f"{label}:{file.path}", file.path, file.size, file.crc32c, None, store, (), extent, mode)

    return Chosen(tuple(one(known[path]) for path in paths), paths == [what])


def of_url(store: Store, path: str, url: str) -> Chosen:
    """An object of the store, all objects below a prefix, or a glob. Raises Missing with the `url` that was typed."""
    fixed = path[: min([path.find(sign) for sign in WILD if sign in path], default=len(path))]
    wild = fixed != path
    if not wild and path and not path.endswith("/") and (info := store.stat(path)) is not None:
        return Chosen((_object(store, info, path.rpartition("/")[2]),), True)
    folder = fixed.rpartition("/")[0] if wild else path.strip("/")
    above = folder if wild else folder.rpartition("/")[0]
    listed = store.list(fixed if wild else f"{folder}/" if folder else "")
    infos = [info for info in listed if not wild or fnmatch.fnmatchcase(info.name, path)]
    if not infos:
        raise Missing(f"nothing at {url}")
    cut = len(above) + 1 if above else 0
    return Chosen(tuple(_object(store, info, info.name[cut:]) for info in infos), False)


def of_share(fetch: Callable[[str, str], object], address: str, scratch: Path) -> Chosen:
    """The files of a share, by way of a folder of this machine."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    fetch(address, f"{folder}/")
    files = tuple(_below(folder, folder))
    return Chosen(files, len(files) == 1)


def rooted(url: str) -> tuple[str, str]:
    """A store's URL without any path, and the path; a folder store's is the folder that holds it."""
    parts = urlsplit(url)
    path = unquote(parts.path) if parts.scheme == "file" else url.split("://", 1)[1].partition("/")[2]
    if parts.scheme != "file":
        return f"{parts.scheme}://{parts.netloc}", path
    place = Path(path)
    above = place if path.endswith("/") and place.is_dir() else place.parent
    rest = os.path.relpath(path, above)
    return above.as_uri(), "" if rest == "." else rest + ("/" if path.endswith("/") and rest != "." else "")


def _published(found: Found, path: str, file: StoredFile) -> SourceFile:
    label, objects = f"{found.run}:{path}", tuple(file.objects)
    return SourceFile(label, path, file.size, file.crc32c, None, found.store, objects, None, file.mode, file.sha256)


def _object(store: Store, info: ObjectInfo, path: str) -> SourceFile:
    return SourceFile(f"{store.url}/{info.name}", path, info.size, info.crc32c, store=store, objects=(info.name,))


def _below(folder: Path, above: Path) -> Iterable[SourceFile]:
    with translated(folder):
        for top, folders, names in os.walk(folder, onerror=_raise):
            folders.sort()
            for name in sorted(names):
                path = Path(top, name)
                if not path.is_file():
                    raise BadInput(f"{printable(path)}: neither a file nor a folder")
                status = path.stat()
                shown = path.relative_to(above).as_posix()
                yield SourceFile(str(path), shown, status.st_size, local=path, mode=status.st_mode & 0o777)


def _raise(error: OSError) -> None:
    raise error


def _chosen(known: Mapping[str, object], what: str) -> list[str]:
    if what in known:
        return [what]
    if what in ("", ".", "/"):
        return sorted(known)
    below = sorted(path for path in known if path.startswith(what.rstrip("/") + "/"))
    return below or sorted(fnmatch.filter(known, what))


def _some(known: Mapping[str, object]) -> str:
    names = sorted({path.partition("/")[0] for path in known})
    return ", ".join(printable(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")
