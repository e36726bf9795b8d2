"""`ferry init`, `build`, `doctor`."""

from typing import Annotated

import typer

from trainferry.cli import connect, output
from trainferry.cli.options import Context, Namespace, Output, StoreUrl
from trainferry.errors import Unreachable


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    for command in (init, build, doctor):
        parent.command()(command)


def init(
    context: Context = None,
    namespace: Namespace = None,
    store: StoreUrl = None,
    registry: Annotated[
        str | None, typer.Option("--registry", metavar="HOST/PATH", help="Where images are pushed.")
    ] = None,
    image: Annotated[str | None, typer.Option("--image", metavar="IMAGE", help="Default image of a run.")] = None,
    base_image: Annotated[
        str | None, typer.Option("--base-image", metavar="IMAGE", help="FROM of the images we build.")
    ] = None,
    agent_image: Annotated[
        str | None, typer.Option("--agent-image", metavar="IMAGE", help="The agent's image; built when left out.")
    ] = None,
    gateway_url: Annotated[
        str | None, typer.Option("--gateway-url", metavar="URL", help="An ingress before the gateway of a volume.")
    ] = None,
    size: Annotated[
        str, typer.Option("--size", metavar="SIZE", help="Of the claim, where --store volume://CLAIM makes one.")
    ] = "50Gi",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Replace a ferry.toml that is there; make the gateway of a claim.")
    ] = False,
) -> None:
    """Write ferry.toml, after a look at the cluster it names."""
    from trainferry.sdk import beginning

    values = {
        "context": context,
        "namespace": namespace,
        "store": store,
        "registry": registry,
        "image": image,
        "base_image": base_image,
        "agent_image": agent_image,
        "gateway_url": gateway_url,
    }
    consent = beginning.Consent(yes, output.ask, size)
    for line in beginning.init({k: v for k, v in values.items() if v}, consent):
        output.tell(line)


def build(
    what: Annotated[str, typer.Argument(metavar="ferry|trainer|notebook|DIR", help="DIR: with a Dockerfile.")] = "all",
    registry: Annotated[
        str | None, typer.Option("--registry", metavar="HOST/PATH", help="Where images are pushed.")
    ] = None,
    base_image: Annotated[
        str | None, typer.Option("--base-image", metavar="IMAGE", help="FROM of the images we build.")
    ] = None,
) -> None:
    """Build and push the images that the registry lacks. Prints name@sha256:..., one a line."""
    for reference in connect.ferry(registry=registry, base_image=base_image).build(what):
        output.put(reference)


def doctor(form: Output = None, namespace: Namespace = None, context: Context = None, store: StoreUrl = None) -> None:
    """Ask all that a run needs, one line each."""
    from trainferry.sdk import doctor as checks

    form = output.check_format(form)
    results = list(checks.examine(connect.ferry(namespace, context, store).settings))
    rows = [{"check": r.check, "result": r.result, "detail": r.detail} for r in results]
    output.show(rows, form, output.Table(("check", "result", "detail"), "check", ""))
    failed = [r.check for r in results if not r.ok]
    if failed:
        raise Unreachable(f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}")
