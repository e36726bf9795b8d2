import pytest

from trainferry.errors import BadInput
from trainferry.spec.volume import LONGEST, Volume, is_volume, parse


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("volume://store", Volume("store")),
        ("volume://store/", Volume("store")),
        ("volume://team-a/runs/2026", Volume("team-a", "runs/2026")),
        ("volume://0/größe", Volume("0", "größe")),
        (f"volume://{'a' * LONGEST}", Volume("a" * LONGEST)),
    ],
)
def test_a_url_names_a_claim_and_a_prefix(url: str, found: Volume):
    assert is_volume(url)
    assert parse(url) == found


@pytest.mark.parametrize("claim", ["", "Store", "a.b", "-a", "a-", "a_b", "a:8080", "a@b", "ä", "a" * (LONGEST + 1)])
def test_a_claim_is_named_so_that_its_gateway_can_be(claim: str):
    with pytest.raises(BadInput) as caught:
        parse(f"volume://{claim}/team")
    assert str(caught.value) == (
        f"store volume://{claim}/team: expected a claim's name of small letters, digits and - (at most 49)"
        "   for example --store volume://store"
    )


@pytest.mark.parametrize("prefix", ["..", "a/../b", "a//b", ".", ".ferry/x", "a?b", "a#b", "a%2fb", "a b", "a\nb"])
def test_a_prefix_is_a_plain_path(prefix: str):
    with pytest.raises(BadInput) as caught:
        parse(f"volume://store/{prefix}")
    assert str(caught.value) == (
        f"store volume://store/{prefix}: expected a plain path behind the claim   for example --store volume://store/team"
    )


def test_the_gateways_name_is_a_dns_label():
    longest = Volume("a" * LONGEST)
    assert len(longest.gateway) == 63
    assert Volume("store").proxied == "http:ferry-gateway-store:8080"
