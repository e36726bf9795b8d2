"""Who may use a gateway."""

import pytest

from tests.integration.gateway.raw import ask, put
from tests.integration.gateway.server import BOB, MEMBER, Gateway
from trainferry.errors import Forbidden

REQUESTS = [
    ("GET", "/v1/object?name=a"),
    ("HEAD", "/v1/object?name=a"),
    ("PUT", "/v1/object?name=b"),
    ("DELETE", "/v1/object?name=a"),
    ("GET", "/v1/objects?prefix="),
    ("POST", "/v1/compose"),
    ("POST", "/v1/copy"),
    ("GET", f"/v1/upload?id={'0' * 32}"),
    ("PUT", f"/v1/upload?id={'0' * 32}&offset=0"),
    ("POST", "/v1/upload"),
    ("POST", "/v1/pack"),
    ("POST", "/v1/unpack"),
]


@pytest.mark.parametrize(("method", "target"), REQUESTS)
@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("", 401), ("guessed", 401), (MEMBER[:-1], 401), (BOB, 403)]
)
def test_who_is_no_member_gets_nothing(
    shared: Gateway, method: str, target: str, token: str | None, status: int
) -> None:
    put(shared, "a", b"secret bytes")
    answer = ask(shared, method, target, b"x" if method in ("PUT", "POST") else b"", token=token)
    assert (answer.status, answer.headers["x-ferry-error"]) == (status, "Forbidden")
    assert b"secret" not in answer.body
    assert ask(shared, "GET", "/v1/object?name=a").body == b"secret bytes"


def test_a_token_of_headers_that_others_use_is_no_token(shared: Gateway) -> None:
    for header in ({"Authorization": f"Bearer {MEMBER}"}, {"Cookie": f"X-Ferry-Token={MEMBER}"}):
        assert ask(shared, "GET", "/v1/object?name=a", token=None, **header).status == 401
    assert ask(shared, "GET", f"/v1/object?name=a&token={MEMBER}", token=None).status == 401


def test_the_client_says_who_is_refused(shared: Gateway) -> None:
    with pytest.raises(Forbidden) as caught:
        shared.store("team", token=BOB).get("a")
    assert str(caught.value) == "volume://claim/team/a: bob may open only what is shared with them here"
    with pytest.raises(Forbidden) as caught:
        shared.store("team", token="guessed").put("a", b"")
    assert str(caught.value) == "volume://claim/team/a: the token is not one of this gateway's"


def test_health_needs_nobody_and_says_nothing(shared: Gateway) -> None:
    answer = ask(shared, "GET", "/healthz", token=None)
    assert (answer.status, answer.body, answer.headers.get("server")) == (200, b"ok\n", None)


def test_no_token_is_ever_written(own: Gateway) -> None:
    for token in (MEMBER, BOB, "guessed-token-77", None):
        for method, target in REQUESTS:
            ask(own, method, target, b"{" if method in ("PUT", "POST") else b"", token=token)
        ask(own, "GET", "/v1/object?name=%FF%00&generation=x", token=token, Range="bytes=a-b")
    ask(own, "GET", "/" + "x" * 70_000)
    own.stop()
    written = own.output + "".join(path.read_text(errors="replace") for path in own.folder.rglob("*") if path.is_file())
    assert [token for token in (MEMBER, BOB, "guessed-token-77") if token in written] == []


def test_a_head_that_never_ends_is_refused(shared: Gateway) -> None:
    for headers in ({f"X-{number}": "v" * 1000 for number in range(99)}, {"X-Long": "v" * 70_000}):
        assert ask(shared, "GET", "/healthz", **headers).status == 400
    assert ask(shared, "GET", "/healthz?" + "q" * 70_000).status == 400
