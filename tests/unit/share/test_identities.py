"""Whom the cluster knows by what is typed behind --to."""

import pytest

from trainferry.errors import BadInput
from trainferry.sdk.sharing import identities


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("bob", ["bob", "system:serviceaccount:bob:ferry-people"]),
        ("bob@corp.example", ["bob@corp.example"]),
        ("alice/trainer", ["system:serviceaccount:alice:trainer"]),
        ("system:serviceaccount:a:b", ["system:serviceaccount:a:b"]),
    ],
)
def test_a_user_the_people_of_a_namespace_or_a_service_account(typed: str, known: list[str]) -> None:
    assert identities(typed) == known


@pytest.mark.parametrize("typed", ["", " ", "a b", "a/b/c", "/b", "a/", "A/b", "a,b", "a\nb", "x" * 201])
def test_what_is_nobody_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match=r"expected a user or NAMESPACE/ACCOUNT"):
        identities(typed)
