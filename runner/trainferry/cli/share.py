"""`ferry share`, `unshare`, `serve`, `get shares`: files of a run for others, by a link that can be taken back."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainferry.cli import connect, get, output
from trainferry.cli.options import Context, Namespace, Output, StoreUrl

if TYPE_CHECKING:
    from trainferry.sdk.sharing import Shared
    from trainferry.share.record import ShareRecord

RunPath = Annotated[
    str,
    typer.Argument(
        metavar="RUN[:PATH]", help="best, last, a path, a folder or a glob; the best checkpoint when left out."
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Of `ferry get shares`.")]


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`, and `shares` below `ferry get`."""
    for command in (share, unshare, serve):
        parent.command()(command)
    get.app.command()(shares)


def share(
    run: RunPath,
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="More of the same run.")] = None,
    expires: Annotated[str, typer.Option("--expires", metavar="TIME", help="7d at most.")] = "24h",
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="The page's title.")] = "",
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="WHO", help="For a user or NAMESPACE/ACCOUNT of the cluster; no link then."),
    ] = None,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Share pickles too; loading one can run code.")
    ] = False,
    direct: Annotated[bool, typer.Option("--direct", help="In a bucket: the file's own link, without a page.")] = False,
    form: Output = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """Share files of a run: prints a link that opens a page in a browser, and the file for curl."""
    from trainferry.sdk.sharing import Wish

    form = output.check_format(form)
    whose, _, first = run.partition(":")
    chosen = [path.removeprefix(f"{whose}:") for path in (first, *(paths or ())) if path]
    wish = Wish(expires, name, tuple(to or ()), allow_pickle, direct)
    shared = connect.ferry(namespace, context, store).share(whose, chosen, wish)
    show(shared, form)


def show(shared: "Shared", form: str) -> None:
    """The link, and what to know about it."""
    if form:
        output.show_one({**_plain(shared.record), "link": shared.link}, form, shared.record.id)
    else:
        output.put(shared.link)
    output.tell(f"expires {_moment(shared.record.expires)}; take back: {shared.undo}")
    for line in shared.story:
        output.tell(f"  {line}")


def unshare(ids: Ids, namespace: Namespace = None, context: Context = None, store: StoreUrl = None) -> None:
    """Take shares back: their links open nothing any more."""
    ferry = connect.ferry(namespace, context, store)
    for one in ids:
        ferry.unshare(one)
        output.put(f"{one} taken back")


def shares(
    form: Output = None,
    with_me: Annotated[bool, typer.Option("--with-me", help="What others made out to you.")] = False,
    places: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="NAMESPACE[/CLAIM]", help="Whom to ask with --with-me; repeat it for more."),
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    store: StoreUrl = None,
) -> None:
    """The shares of the store that are not expired."""
    form = output.check_format(form)
    ferry = connect.ferry(namespace, context, store)
    if with_me or places:
        rows = [{**_plain(one), "address": address} for address, one in ferry.shares_with_me(places or [])]
        columns = ("address", "name", "by", "files", "size", "expires")
        output.show(rows, form, output.Table(columns, "address", "nobody shares anything with you there", cells=_cells))
        return
    look = output.Table(
        ("id", "name", "source", "files", "size", "expires", "to"), "id", "no shares   ferry share RUN", ("by",), _cells
    )
    output.show([_plain(one) for one in ferry.shares()], form, look)


def serve(
    port: Annotated[str, typer.Option("--port", metavar="N", help="0 means any free one.")] = "8765",
    stop: Annotated[bool, typer.Option("--stop", help="End the one that `ferry share` started.")] = False,
    store: StoreUrl = None,
) -> None:
    """Open the links of a folder store on this machine. Ctrl-C ends it; `ferry share` starts one by itself."""
    from trainferry.spec import quantities

    ferry = connect.ferry(store=store)
    if stop:
        output.put("ended" if ferry.serving().stop() else "it was not running")
        return
    listener = ferry.listen(quantities.count(port, "--port"))
    output.put(listener.url)
    output.tell(f"opens the links of {ferry.store.url}; Ctrl-C ends it")
    listener.run()


def _plain(record: "ShareRecord") -> dict[str, Any]:
    plain = asdict(record)
    files = [{**file, "crc32c": f"{file['crc32c']:08x}"} for file in plain["files"]]
    return {**plain, "files": files, "size": record.size}


def _cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    left = output.age(2 * time.time() - row["expires"])
    told = {"files": len(row["files"]), "size": output.size(row["size"]), "expires": f"in {left}"}
    return {**row, **told, "to": ", ".join(row["to"])}


def _moment(seconds: float) -> str:
    return time.strftime("%a %d %b %H:%M", time.localtime(seconds))
