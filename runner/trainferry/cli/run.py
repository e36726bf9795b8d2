"""`ferry run`, `render`, `apply`: flags become one RunSpec, once for all three."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from trainferry.cli import connect, follow, output
from trainferry.cli import options as o
from trainferry.errors import BadInput

Detach = Annotated[bool, typer.Option("--detach", "-d", help="Return as soon as it is sent.")]
Again = Annotated[bool, typer.Option("--again", help="Run the same spec once more.")]
DryRun = Annotated[
    str,
    typer.Option("--dry-run", metavar="WHERE", help="client: print it; server: ask the cluster too. Creates nothing."),
]
Sent = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FORMAT", help="json, yaml or name of what was sent; returns at once."),
]
Like = Annotated[
    str,
    typer.Option(
        "--like", metavar="RUN", help="Today's code; command, resources and data of RUN unless said otherwise."
    ),
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="Makes the same spec another run.")]
Folder = Annotated[
    Path | None,
    typer.Option("--output-dir", "-o", metavar="DIR", help="Upload the code and write the file there."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Refuse whatever is not pinned; ask nobody.")]
Files = Annotated[
    list[Path],
    typer.Option("--filename", "-f", metavar="FILE", help="What `render` wrote: a file, a folder, - for stdin."),
]


def register(parent: typer.Typer) -> None:
    """Hang the commands below `ferry`."""
    for command in (run, render, apply):
        parent.command()(command)


def run(
    command: o.Command = None,
    name: o.Name = None,
    data: o.Data = None,
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
    bare: o.Bare = False,
    detach: Detach = False,
    again: Again = False,
    like: Like = "",
    dry_run: DryRun = "",
    form: Sent = None,
    namespace: o.Namespace = None,
    context: o.Context = None,
    store: o.StoreUrl = None,
) -> None:
    """Train: ship the code, send the run, follow it. Ctrl-C detaches.

    The same code, data, image and command are the same run. In the command {data}, {data.NAME}, {output} and
    {checkpoints} stand for folders; what is written into {output} is kept.
    """
    flags = typed(locals())
    form = output.check_format(form)
    if dry_run not in ("", "client", "server"):
        raise BadInput(f"--dry-run={dry_run}: expected client or server")
    ferry = connect.ferry(namespace, context, store)
    if dry_run:
        show = ferry.render if dry_run == "client" else ferry.dry_run
        output.put(show(command or [], like=like, **flags).rstrip("\n"))
        return
    follow.sent(ferry, ferry.run(command or [], again, like, **flags), form, detach)


def render(
    command: o.Command = None,
    name: o.Name = None,
    data: o.Data = None,
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
    bare: o.Bare = False,
    folder: Folder = None,
    offline: Offline = False,
    like: Like = "",
    tag: Tag = None,
    namespace: o.Namespace = None,
    context: o.Context = None,
    store: o.StoreUrl = None,
) -> None:
    """Print what `run` would send, byte for byte."""
    flags = {**typed(locals()), "tag": tag}
    ferry = connect.ferry(namespace, context, store)
    if folder is not None:
        output.put(str(ferry.render_to(folder, command or [], offline, like, **flags)))
    else:
        sys.stdout.write(ferry.render(command or [], offline, like, **flags))


def apply(files: Files, namespace: o.Namespace = None, context: o.Context = None, store: o.StoreUrl = None) -> None:
    """Send what `render` wrote. Applying twice is a no-op."""
    ferry = connect.ferry(namespace, context, store)
    for source, text in [read for path in files for read in _manifests(path)]:
        for sent in ferry.apply(text, source):
            output.put(f"{sent.name} {'created' if sent.created else 'unchanged'}")


def _manifests(path: Path) -> list[tuple[str, str]]:
    """Name and text of a file, of stdin, or of every manifest of a folder, as kubectl does."""
    if str(path) == "-":
        return [("-", sys.stdin.read())]
    try:
        if path.is_dir():
            return [(str(file), file.read_text()) for file in sorted(path.glob("*.y*ml"))]
        return [(str(path), path.read_text())]
    except UnicodeDecodeError as error:
        raise BadInput(f"-f {path}: not text", "ferry render -o DIR -- COMMAND") from error


FLAGS = (
    "name",
    "data",
    "image",
    "cpu",
    "memory",
    "gpu",
    "gpu_type",
    "shm",
    "ephemeral_storage",
    "env",
    "secret",
    "label",
    "priority",
    "queue",
    "spot",
    "deadline",
    "retries",
    "keep",
    "run_as",
    "bare",
)


def typed(given: dict[str, Any]) -> dict[str, Any]:
    """The run's own flags out of a command's arguments; what was not typed stays out, so that ferry.toml decides."""
    return {key: given[key] for key in FLAGS if given.get(key) not in (None, False, [])}
