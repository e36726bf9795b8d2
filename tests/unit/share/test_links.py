"""The token of a link has one spelling."""

import base64
import random

import pytest

from trainferry.share import links
from trainferry.share.record import DEMO, SHARE, ShareRecord

KEY, OTHER = b"k" * 64, b"o" * 64
RECORD = ShareRecord("abcdefghij", "x", "run", (), 0.0, 1_900_000_000)


def test_a_token_says_share_and_expiry_and_nothing_else() -> None:
    token = links.token(KEY, RECORD)
    assert token == "abcdefghij.1900000000.aWmvVUpqNHQXW8QatXDa0oYkr4aKBXybkWy_3ePeNrw"
    assert links.opened(KEY, token, SHARE) == ("abcdefghij", 1_900_000_000)


def test_another_key_or_purpose_opens_nothing() -> None:
    token = links.token(KEY, RECORD)
    assert links.opened(OTHER, token, SHARE) is None
    assert links.opened(KEY, token, DEMO) is None


def test_the_same_signature_in_other_letters_opens_nothing() -> None:
    token = links.token(KEY, RECORD)
    signature = token.rpartition(".")[2]
    same = [
        token[:-1] + letter
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if letter != token[-1]
        and base64.urlsafe_b64decode(signature[:-1] + letter + "=") == base64.urlsafe_b64decode(signature + "=")
    ]
    assert len(same) == 3  # 43 letters hold two bits too many
    assert [links.opened(KEY, text, SHARE) for text in [*same, token + "=", token + "\n", " " + token]] == [None] * 6


@pytest.mark.parametrize("seed", range(20))
def test_no_change_of_a_letter_opens_anything(seed: int) -> None:
    token, dice = links.token(KEY, RECORD), random.Random(seed)
    for _ in range(500):
        at = dice.randrange(len(token))
        changed = token[:at] + chr(dice.randrange(0x20, 0x250)) + token[at + dice.randrange(2) :]
        assert changed == token or links.opened(KEY, changed, SHARE) is None
