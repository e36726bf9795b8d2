"""volume:// where it cannot be, and the one question of `ferry init`."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import FERRY, Desk
from tests.integration.cluster.apiserver import serving

NONE = "store volume://store: a claim is of a cluster and none is configured"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init", "--store", "volume://store"], f"{NONE}   ferry init --context NAME --store volume://store"),
        (["data", "ls", "--store", "volume://store"], f"{NONE}   ferry init --context NAME --store volume://store"),
        (["run", "--store", "volume://store", "--", "true"],
         f"{NONE}   ferry init --context NAME --store volume://store"),
        (["init", "--context", "gke", "--store", "volume://My_Claim"],
         "store volume://My_Claim: expected a claim's name of small letters, digits and - (at most 49)"
         "   for example --store volume://store"),
        (["init", "--context", "gke", "--store", "volume://store", "--gateway-url", "https://ferry.example.com/"],
         "gateway_url https://ferry.example.com/: expected https://HOST without a / at its end,"
         ' gateway_url = "https://ferry.example.com"'),
        (["init", "--context", "gke", "--store", "volume://store", "--size", "50"],
         "--size 50: expected a size with its unit, for example --size 50Gi or --size 50G"),
    ],
)  # fmt: skip
def test_it_is_one_line_and_nothing_is_written(desk: Desk, words: list[str], said: str):
    before = desk.listing()
    done = desk.ferry(*words)
    assert (done.returncode, done.stderr) == (2, f"ferry: {said}\n")
    assert desk.listing() == before


def test_init_asks_a_person_before_it_makes_a_gateway(desk: Desk, tmp_path: Path):
    words = ["init", "--context", "here", "--namespace", "alice", "--store", "volume://store", "--size", "1Ti"]
    with serving() as server:
        desk.environment["KUBECONFIG"] = str(server.kubeconfig(tmp_path))
        ours, theirs = pty.openpty()
        os.write(ours, b"no\n")
        with subprocess.Popen([FERRY, *words], cwd=desk.folder, env=desk.environment, stdin=theirs, stdout=theirs,
                              stderr=theirs) as process:  # fmt: skip
            assert process.wait(60) == 2
        shown = os.read(ours, 10_000).decode()
        os.close(ours)
        os.close(theirs)
        assert set(server.methods()) == {"GET"}
    assert "claim store has no gateway in namespace alice. Make it (a claim of 1Ti unless it is there, and one" in shown
    assert shown.endswith("--yes   or  kubectl apply -k k8s/gateway\r\n")
    assert not (desk.folder / "ferry.toml").exists()
