"""A demo's link lives as long as its record says, however often it is published."""

from dataclasses import replace

from trainferry.share import links
from trainferry.share.record import DEMO, SHARE, ShareRecord

KEY = b"k" * 64
RECORD = ShareRecord("abcdefghij", "x", "run", (), 1_800_000_000.7, 1_900_000_000, kind=DEMO)


def test_its_token_says_when_it_was_first_published() -> None:
    token = links.token(KEY, RECORD)
    assert token.startswith("abcdefghij.1800000000.")
    assert links.opened(KEY, token, DEMO) == ("abcdefghij", links.stamp(RECORD))
    assert links.opened(KEY, token, SHARE) is None


def test_published_again_it_has_the_same_one() -> None:
    assert links.token(KEY, replace(RECORD, expires=1_950_000_000)) == links.token(KEY, RECORD)


def test_a_shares_token_still_says_until_when() -> None:
    share = replace(RECORD, kind=SHARE)
    assert links.stamp(share) == share.expires
    assert links.token(KEY, share) != links.token(KEY, replace(share, expires=share.expires + 1))
