"""The sidecar of a run: fetches code and data, publishes the output while it grows, and what starts the command."""

from importlib.resources import files


def launcher(bare: bool = False) -> str:
    """The shell script that is the trainer container's first process: `sh -c TEXT ferry COMMAND...`.

    `bare`: all of the handshake in sh, for images without python3.
    """
    names = ("launch_common.sh", "launch_bare.sh" if bare else "launch.sh")
    return "".join((files(__name__) / name).read_text() for name in names)
