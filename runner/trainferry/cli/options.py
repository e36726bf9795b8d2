"""The options, declared once. All are text: spec/ parses them and its errors name the value."""

from typing import Annotated

import typer

Namespace = Annotated[str | None, typer.Option("--namespace", "-n", help="Namespace of the cluster.")]
Context = Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")]
StoreUrl = Annotated[str | None, typer.Option("--store", help="gs://bucket/prefix or file:///dir")]
Output = Annotated[str | None, typer.Option("--output", "-o", help="json, yaml, name or wide")]

RunName = Annotated[str, typer.Argument(metavar="[RUN]", help="Full or short name; the latest run without it.")]
OneRun = Annotated[str, typer.Argument(metavar="RUN", help="Full or short name.")]
Command = Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND...", help="What runs in the image.")]

Name = Annotated[str | None, typer.Option("--name", help="Name of the run; made of the command when left out.")]
Data = Annotated[
    list[str] | None, typer.Option("--data", help="DATASET[@VERSION], ALIAS=DATASET or a folder; {data} in the command.")
]
Image = Annotated[str | None, typer.Option("--image", help="Image of the run; the torch image when left out.")]
Cpu = Annotated[str | None, typer.Option("--cpu", help="Cores asked for, for example 2 or 500m.")]
Memory = Annotated[str | None, typer.Option("--memory", help="Memory limit, for example 8Gi.")]
Gpu = Annotated[str | None, typer.Option("--gpu", help="How many GPUs.")]
GpuType = Annotated[str | None, typer.Option("--gpu-type", help="Which GPU, for example l4 or a100-80gb.")]
Shm = Annotated[str | None, typer.Option("--shm", help="Size of /dev/shm.")]
Disk = Annotated[str | None, typer.Option("--ephemeral-storage", help="The node's disk for data and output.")]
Env = Annotated[list[str] | None, typer.Option("--env", "-e", help="NAME=VALUE for the command.")]
Secret = Annotated[list[str] | None, typer.Option("--secret", help="ENV=SECRET/KEY: a value of a Secret, by reference.")]
Label = Annotated[list[str] | None, typer.Option("--label", help="KEY=VALUE on every object.")]
Priority = Annotated[str | None, typer.Option("--priority", help="PriorityClass.")]
Queue = Annotated[str | None, typer.Option("--queue", help="Kueue's LocalQueue.")]
Spot = Annotated[bool, typer.Option("--spot", help="Run on spot nodes.")]
Deadline = Annotated[str | None, typer.Option("--deadline", help="Stop after this long, for example 12h.")]
Retries = Annotated[str | None, typer.Option("--retries", help="How often a failed command may start again.")]
RunAs = Annotated[str | None, typer.Option("--run-as", help="A uid, or `image` for images that insist on their user.")]
Bare = Annotated[bool, typer.Option("--bare", help="For images without python3: no log in the store, no OOM report.")]
