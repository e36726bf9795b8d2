"""trainferry carries a folder of training code to a Kubernetes GPU cluster and carries the results back.

>>> from trainferry import Ferry
>>> ferry = Ferry()
>>> run = ferry.run(["python", "train.py", "--data", "{data}"], data=["cifar10"], gpu="1")
>>> ferry.wait(run.name).succeeded
True
"""

from typing import TYPE_CHECKING, Any

from trainferry.version import VERSION

if TYPE_CHECKING:
    from trainferry.sdk.ferry import Ferry

__all__ = ["Ferry", "__version__"]
__version__ = VERSION


def __getattr__(name: str) -> Any:
    """`Ferry` on first use: the agent imports this package too and has no need of the SDK."""
    if name != "Ferry":
        raise AttributeError(f"module 'trainferry' has no attribute {name!r}")
    from trainferry.sdk.ferry import Ferry

    return Ferry
