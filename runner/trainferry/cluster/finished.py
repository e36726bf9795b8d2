"""Which runs of the namespace ended, and when: for whoever tidies up."""

from trainferry.cluster import kinds
from trainferry.cluster.api import Api
from trainferry.cluster.pod import condition, seconds
from trainferry.manifests.labels import RUN


def finished(api: Api) -> dict[str, float]:
    """Full name -> when its Job became Complete or Failed, in seconds since the epoch."""
    jobs = api.items(kinds.jobs(api.namespace), {"labelSelector": f"{kinds.MANAGED},{RUN}"})
    ends = {job["metadata"]["name"]: condition(job, "Complete") or condition(job, "Failed") for job in jobs}
    return {name: seconds(end["lastTransitionTime"]) for name, end in ends.items() if end.get("lastTransitionTime")}
