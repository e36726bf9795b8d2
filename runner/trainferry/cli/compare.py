"""`ferry compare`."""

import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainferry.cli import connect, output, predictions
from trainferry.cli.options import Context, Namespace, StoreUrl
from trainferry.errors import BadInput

if TYPE_CHECKING:
    from trainferry.runs.comparison import Change
    from trainferry.sdk.compared import Compared

MOST = 24  # classes of a table that a person can read


def register(parent: typer.Typer) -> None:
    """Hang the command below `ferry`."""
    parent.command()(compare)


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN RUN...", help="The others against the first; one alone against its origin."),
    ] = None,
    browser: Annotated[bool, typer.Option("--open", help="Make the page, and open it in the browser.")] = False,
    validation: Annotated[bool, typer.Option("--validation", help="The validation images, not the test ones.")] = False,
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The page's file; json or yaml prints the numbers.")
    ] = "",
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Class by class over the same images: what got better, what pays for it, and whether it is more than chance.

    Runs that differ in nothing but the seed count as trainings of one recipe, whose means are compared.
    sure? yes: training again does not explain it. `only these models`: they differ, but two trainings of one recipe may
    differ as much.
    """
    if target and target not in ("json", "yaml") and not target.endswith(".html"):
        raise BadInput(f"-o {target}: expected json, yaml or a file, for example -o compare.html")
    found = connect.ferry(namespace, context, store).compare(*(runs or ()), validation=validation)
    if target in ("json", "yaml"):
        output.show_one(found.numbers(), target, "")
    else:
        output.put(table(found))
    _say(found)
    if browser or target.endswith(".html"):
        path = Path(target if target.endswith(".html") else found.file_name).expanduser()
        predictions.write(path, found.page())
        output.tell(f"wrote {path}")
        if browser:
            webbrowser.open(path.absolute().as_uri())


def table(found: "Compared") -> str:
    """A line for all images and one a class, the worst of the first run first; two columns more for each other run."""
    changes = [{one.name: one for one in (of.overall, *of.classes)} for of in found.comparisons]
    heads = ["", found.first.title, *(word for other in found.others for word in (other.title, "change", "sure?"))]
    lines = [[name or "overall", *_cells([of.get(name) for of in changes])] for name in _order(found)]
    cells = [[output.ESCAPES.sub("?", cell) for cell in line] for line in (heads, *lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in padded)


def _order(found: "Compared") -> list[str]:
    shares: dict[str, float] = {}
    for of in found.comparisons:
        for one in of.classes:
            shares.setdefault(one.name, one.before.share)
    names = sorted(shares, key=lambda name: shares[name])
    sure = {one.name for of in found.comparisons for one in of.classes if one.better or one.worse}
    return ["", *(name for at, name in enumerate(names) if at < MOST or name in sure)]


def _cells(changes: "list[Change | None]") -> Iterator[str]:
    from trainferry.runs import opinion

    first = next(one for one in changes if one)
    yield f"{100 * first.before.share:.1f}"
    for one in changes:
        if one is None:
            yield from ("-", "-", "-")
        else:
            yield from (f"{100 * one.after.share:.1f}", f"{one.points:+.1f}", opinion.certainty(one))


def _say(found: "Compared") -> None:
    """What it comes to, on stderr; classes that the table leaves out too."""
    hidden = len({one.name for of in found.comparisons for one in of.classes}) + 1 - len(_order(found))
    if hidden > 0:
        output.tell(f"{output.count(hidden, 'class').replace('classs', 'classes')} more, none of them sure; -o json")
    told: dict[str, Any] = found.numbers()
    for other, of, verdict in zip(found.others, told["others"], found.verdicts(), strict=True):
        if of["differs"]:
            output.tell(f"{other.title} differs: {'; '.join(of['differs'])}")
        output.tell(verdict if len(found.others) == 1 else f"{other.title}: {verdict}")
