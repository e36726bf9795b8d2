"""The pictures of a panel: one sheet, as JSON and back."""

from typing import Any

from trainferry.views.demo.fields import Fields
from trainferry.views.pictures import Sheet

MOST = 10_000  # cells of a sheet
LARGEST = 512  # pixels of a cell's side


def values(sheet: Sheet) -> dict[str, Any]:
    """As JSON; cells are found by their number."""
    return {"uri": sheet.uri, "columns": sheet.columns, "rows": sheet.rows, "side": sheet.side}


def sheet(fields: Fields) -> Sheet:
    """The sheet; without pictures when there is no address."""
    if not fields.text("uri", most=1 << 22):
        return Sheet()
    columns, rows = fields.count("columns", MOST), fields.count("rows", MOST)
    return Sheet(fields.picture("uri"), max(1, columns), max(1, rows), fields.count("side", LARGEST))
