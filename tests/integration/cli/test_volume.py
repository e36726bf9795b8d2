"""volume:// where it cannot be."""

import pytest

from tests.integration.cli.conftest import Desk

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
