"""Runs of this machine whose results go to a bucket."""

import pytest

from tests.integration.local.conftest import Desk
from trainferry.store import open_store


@pytest.fixture
def cloud(desk: Desk, bucket: str) -> Desk:
    """The same desk with an empty bucket for a store."""
    return Desk(desk.engine, open_store(f"gs://{bucket}/team"))


def test_a_run_resumes_from_a_bucket_and_its_log_is_there(cloud: Desk, worker: dict[str, str]) -> None:
    words = ("python3", "worker.py", "--output", "{output}", "--steps", "4", "--step-seconds", "0.02", "--first", "75")
    spec = cloud.spec(*words, code=worker)
    cloud.submit(spec)
    followed = b"".join(cloud.engine.logs(spec.full_name, follow=True))
    assert cloud.outcome(spec).succeeded
    assert followed == cloud.log(spec)
    assert followed.startswith(b"start at step 0\nstep 1\nstep 2\n")
    assert b"start at step 2\nstep 3\nstep 4\n" in followed
    assert cloud.manifest(spec).complete
