"""Twenty agents at once before one gateway: no chunk is lost or torn, and every manifest is what lies in its pod."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.agent.pod import Pod, read, spec
from tests.integration.gateway.server import Gateway
from trainferry.runs import reader
from trainferry.store import open_store

WORDS = ("--steps", "30", "--pause", "0.1", "--kilobytes", "5000")


def crowd(url: str, tmp_path: Path, agents: int, kills: int) -> None:
    """`kills`: of so many the agent is killed on its way."""
    pods = [Pod(tmp_path, spec(url, *WORDS), grace=120, stall=110) for _ in range(agents)]
    with ThreadPoolExecutor(agents) as pool:
        list(pool.map(lambda pod: pod.until("step 9\n").kill("agent"), pods[:kills]))
        assert list(pool.map(Pod.wait, pods)) == [0] * agents
    store = open_store(url)
    for pod in pods:
        found = read(pod.run)
        assert found.complete
        written = {str(p.relative_to(pod.output)): p.read_bytes() for p in pod.output.rglob("*") if p.is_file()}
        stored = {path: b"".join(reader.pieces(store, file)) for path, file in found.files.items()}
        assert stored == written
        sums = {path: hashlib.sha256(data).hexdigest() for path, data in written.items()}
        assert {path: file.sha256 for path, file in found.files.items()} == sums
        assert b"".join(reader.log(store, pod.run.full_name)).decode() == pod.said()


def test_five_agents_at_once_one_of_them_killed(volume: str, tmp_path: Path) -> None:
    crowd(volume, tmp_path, agents=5, kills=1)


@pytest.mark.soak
def test_twenty_agents_at_once_four_of_them_killed(volume: str, claim: Gateway, tmp_path: Path) -> None:
    crowd(volume, tmp_path, agents=20, kills=4)
    print(f"\n20 agents: the gateway's memory was {claim.peak() / 2**20:.0f} MiB at most")
