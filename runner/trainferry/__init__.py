"""trainferry carries a folder of training code to a Kubernetes GPU cluster and carries the results back.

>>> from trainferry import Ferry
>>> ferry = Ferry()
>>> run = ferry.run(["python", "train.py", "--data", "{data}"], data=["cifar10"], gpu="1")
>>> ferry.wait(run.name).succeeded
True
"""

from trainferry.errors import FerryError
from trainferry.sdk.ferry import Ferry

__all__ = ["Ferry", "FerryError", "__version__"]
__version__ = "0.1.0"
