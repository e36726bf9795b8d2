"""`Ferry`: the same verbs as the command line, each returning values instead of printing."""

from trainferry.sdk.cleaning import Cleaning
from trainferry.sdk.comparing import Comparing
from trainferry.sdk.copying import Copying
from trainferry.sdk.datasets import Datasets
from trainferry.sdk.demos import Demos
from trainferry.sdk.following import Following
from trainferry.sdk.opening import Opening
from trainferry.sdk.rerunning import Rerunning
from trainferry.sdk.results import Results
from trainferry.sdk.sharing import Sharing
from trainferry.sdk.training import Submitted
from trainferry.sdk.verifying import Verifying

__all__ = ["Ferry", "Submitted"]


class Ferry(Datasets, Opening, Rerunning, Following, Results, Comparing, Copying, Sharing, Demos, Verifying, Cleaning):
    """One project on one engine. Keyword arguments win over FERRY_*, ferry.toml and the user's config.

    >>> Ferry(context="gke-team", namespace="alice", store="gs://team-ferry").runs()
    """
