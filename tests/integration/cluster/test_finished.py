"""Old finished Jobs are garbage; what they left in the store is not."""

import time
from pathlib import Path

import pytest

from tests.integration.cluster.apiserver import ApiServer
from tests.unit.cluster.objects import JOBS, job, true
from trainferry.cluster import finished
from trainferry.cluster.client import Cluster
from trainferry.sdk.ferry import Ferry

DAY = 86400


def stamp(age: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))


@pytest.fixture
def jobs(server: ApiServer) -> ApiServer:
    ends = {
        "complete-1": true("Complete", lastTransitionTime=stamp(8 * DAY)),
        "failed-1": true("Failed", lastTransitionTime=stamp(9 * DAY)),
        "young-1": true("Complete", lastTransitionTime=stamp(6 * DAY)),
    }
    for run, end in ends.items():
        server.put(f"{JOBS}/{run}", job(run, end))
    server.put(f"{JOBS}/runs-1", job("runs-1"))
    return server


def test_the_end_of_a_job_is_when_it_became_complete_or_failed(jobs: ApiServer, cluster: Cluster) -> None:
    found = finished.finished(cluster.api)
    assert {run: round((time.time() - end) / DAY) for run, end in found.items()} == {
        "complete-1": 8,
        "failed-1": 9,
        "young-1": 6,
    }


def test_jobs_that_ended_long_ago_go_and_nothing_else(jobs: ApiServer, cluster: Cluster, tmp_path: Path) -> None:
    ferry = Ferry(context="here", namespace="alice", store=(tmp_path / "store").as_uri())
    found = ferry.garbage()
    assert [(one.kind, one.name, one.objects) for one in found] == [("job", "complete-1", ()), ("job", "failed-1", ())]
    gone = ferry.collect(found)
    assert (gone.jobs, gone.objects) == (2, 0)
    assert sorted(path.rpartition("/")[2] for path in jobs.objects) == ["runs-1", "young-1"]
    assert ferry.collect(found).jobs == 0
