"""The options, declared once. All are text: spec/ parses them and its errors name the value."""

from typing import Annotated

import typer

Namespace = Annotated[str | None, typer.Option("--namespace", "-n", metavar="NAME", help="Namespace of the cluster.")]
Context = Annotated[str | None, typer.Option("--context", metavar="NAME", help="Context of the kubeconfig.")]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="gs://bucket/prefix, volume://claim, or a folder of this machine."),
]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FORMAT", help="json, yaml, name or wide.")]

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Full or short name; the latest run without it.")]
OneRun = Annotated[str, typer.Argument(metavar="RUN", help="Full or short name.")]
Command = Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND", help="What runs in the image.")]

Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Name of the run; made of the command when left out.")
]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="DATA", help="DATASET[@VERSION], ALIAS=DATASET or a folder; {data} in the command."),
]
Image = Annotated[
    str | None, typer.Option("--image", metavar="IMAGE", help="Image of the run; the torch image when left out.")
]
Cpu = Annotated[str | None, typer.Option("--cpu", metavar="CORES", help="Cores asked for, for example 2 or 500m.")]
Memory = Annotated[str | None, typer.Option("--memory", metavar="SIZE", help="Memory limit, for example 8Gi.")]
Gpu = Annotated[str | None, typer.Option("--gpu", metavar="N", help="How many GPUs a run gets.")]
GpuType = Annotated[
    str | None, typer.Option("--gpu-type", metavar="CARD", help="Which GPU, for example l4 or a100-80gb.")
]
Shm = Annotated[str | None, typer.Option("--shm", metavar="SIZE", help="Size of /dev/shm, for data loaders.")]
Disk = Annotated[
    str | None, typer.Option("--ephemeral-storage", metavar="SIZE", help="The node's disk for data and output.")
]
Env = Annotated[list[str] | None, typer.Option("--env", "-e", metavar="K=V", help="A variable for the command.")]
Secret = Annotated[
    list[str] | None, typer.Option("--secret", metavar="ENV=SECRET/KEY", help="A value of a Secret, by reference.")
]
Label = Annotated[list[str] | None, typer.Option("--label", metavar="K=V", help="A label of every object.")]
Priority = Annotated[str | None, typer.Option("--priority", metavar="CLASS", help="PriorityClass.")]
Queue = Annotated[str | None, typer.Option("--queue", metavar="QUEUE", help="Kueue's LocalQueue.")]
Spot = Annotated[bool, typer.Option("--spot", help="Run on spot nodes.")]
Deadline = Annotated[
    str | None, typer.Option("--deadline", metavar="TIME", help="Stop after this long, for example 12h.")
]
Retries = Annotated[
    str | None, typer.Option("--retries", metavar="N", help="How often a failed command may start again.")
]
Keep = Annotated[
    str | None, typer.Option("--keep", metavar="N", help="Keep the newest N numbered checkpoints, and best*.")
]
RunAs = Annotated[
    str | None, typer.Option("--run-as", metavar="USER", help="A uid, or `image` for images that insist on their user.")
]
Bare = Annotated[bool, typer.Option("--bare", help="For images without python3: no log in the store, no OOM report.")]
