"""`ferry rerun`."""

from typing import Annotated

import typer

from trainferry.cli import connect, follow, output
from trainferry.cli import options as o
from trainferry.cli import run as run_module


def register(parent: typer.Typer) -> None:
    """Hang the command below `ferry`."""
    parent.command()(rerun)


def rerun(
    run: o.RunName = "",
    boost_worst: Annotated[
        str, typer.Option("--boost-worst", metavar="FACTOR", help="The worst class counts up to this much more.")
    ] = "",
    class_weight: Annotated[
        list[str] | None, typer.Option("--class-weight", metavar="NAME=FACTOR", help="This class does.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="The weight is the factor from start to end.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="FLAG=VALUE", help="Another value in the run's command.")
    ] = None,
    name: o.Name = None,
    image: o.Image = None,
    cpu: o.Cpu = None,
    memory: o.Memory = None,
    gpu: o.Gpu = None,
    gpu_type: o.GpuType = None,
    shm: o.Shm = None,
    ephemeral_storage: o.Disk = None,
    env: o.Env = None,
    secret: o.Secret = None,
    label: o.Label = None,
    priority: o.Priority = None,
    queue: o.Queue = None,
    spot: o.Spot = False,
    deadline: o.Deadline = None,
    retries: o.Retries = None,
    keep: o.Keep = None,
    run_as: o.RunAs = None,
    detach: run_module.Detach = False,
    again: run_module.Again = False,
    form: run_module.Sent = None,
    namespace: o.Namespace = None,
    context: o.Context = None,
    store: o.StoreUrl = None,
) -> None:
    """Train once more with a run's code and data, and with what is said here otherwise.

    A training takes part in class weights by {class_weights} in its command (JSON: {"cat": 3}) or by reading
    FERRY_CLASS_WEIGHTS; one that reads FERRY_CLASS_WEIGHTS_MODE too may adapt them.
    """
    given = locals()
    from trainferry.sdk.rerunning import Wish

    flags = run_module.typed(given)
    form = output.check_format(form)
    wish = Wish(boost_worst, tuple(class_weight or ()), plain, tuple(settings or ()), again)
    ferry = connect.ferry(namespace, context, store)
    follow.sent(ferry, ferry.rerun(run, wish, **flags), form, detach)
