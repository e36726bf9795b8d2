"""A notebook as it was written: read, run, named."""

import re
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput
from trainferry.store.os_errors import translated

if TYPE_CHECKING:
    from nbformat import NotebookNode

LARGEST = 64 << 20  # bytes of a file
INSTALL = "pip install 'trainferry[demo]'"


def read(path: Path) -> "NotebookNode":
    """In today's format. Raises BadInput for what is no notebook."""
    if not path.is_file():
        raise BadInput(f"demo publish {path}: no such notebook", f"ferry demo new --out {path}   writes one for a run")
    with translated(path):
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST else b""
    if size > LARGEST:
        raise BadInput(f"{path}: {size >> 20} MiB, a notebook for a demo has at most {LARGEST >> 20} MiB")
    return _parsed(data, path)


def _parsed(data: bytes, path: Path) -> "NotebookNode":
    import nbformat  # installed with trainferry[demo] only

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about ids that older notebooks lack
            found: NotebookNode = nbformat.reads(data.decode(), as_version=4)  # type: ignore[no-untyped-call]
            nbformat.validator.normalize(found)
            nbformat.validate(found)
    except Exception as error:  # whatever a hostile file makes its readers raise
        told = " ".join(str(error).split())[:120]
        raise BadInput(f"{path}: not a Jupyter notebook: {type(error).__name__}: {told}") from error
    if not found.cells:
        raise BadInput(f"{path}: a notebook without cells", "ferry demo new   writes one for a run")
    return found


def title(notebook: "NotebookNode") -> str:
    """Its first heading in plain words; "" when it has none."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = next((match[1] for text in texts if (match := re.search(r"^#\s+(.+)$", text, re.M))), "")
    plain = re.sub(r"[*_`]|<[^>]*>", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found))
    return " ".join("".join(char for char in plain if char.isprintable()).split())[:100].strip()


def slug(text: str) -> str:
    """Small letters, digits and dashes; `demo` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "demo"


def source(cell: Any) -> str:
    """The first line of a cell that says something, for errors."""
    lines = (line.strip() for line in cell.source.splitlines())
    return next((line[:60] for line in lines if line and not line.startswith("#")), "")
