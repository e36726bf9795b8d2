"""What looks like a secret is found and named; what only looks a little like one is not."""

import pytest

from trainferry.sdk.demo.leaks import leaks

FOUND = {
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
    "an AWS key": "AKIAIOSFODNN7EXAMPLE",
    "an AWS secret key": "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab",
    "a GitHub token": "ghp_" + "a1" * 18,
    "a GitLab token": "glpat-" + "a1" * 10,
    "an API key": "sk-proj-" + "a1" * 20,
    "a Hugging Face token": "hf_" + "aB" * 17,
    "a Slack token": "xoxb-123456789012-abcdef",
    "a Google API key": "AIza" + "a1_-b" * 7,
    "a Google access token": "ya29." + "a1" * 20,
    "an npm token": "npm_" + "a1" * 18,
    "a PyPI token": "pypi-AgEIcHlwaS5vcmcCJ" + "a1" * 10,
    "a signed token": "eyJhbGciOiJSUzI1NiIs.eyJzdWIiOiJzeXN0ZW0.c2lnbmF0dXJlLi4u",
    "a password in an address": "postgresql://ann:hunter22@db.example/x",
    "a signed link": "https://x.example/a?X-Goog-Signature=" + "0a" * 20,
    "what is called a password, key or token": "{'password': 'correct-horse'}",
    "the value of the variable DB_PASSWORD": "it is hunter22hunter",
}
ENVIRONMENT = {"DB_PASSWORD": "hunter22hunter", "HOME": "/home/ann", "PAD_TOKEN": "<padding>", "API_KEY": "short"}
FINE = [
    "sk-learn and task-specific words-that-are-long-enough-to-be-a-key",
    "the token is a word; tokens: 12345678",
    'password = "..."',
    'token = "<your token>" or api_key="your-key-here"',
    "https://example.com/a:b@c and mail ann@example.com at 12:30",
    "<padding> /home/ann short",
    "data:image/png;base64,AKIAIOSFODNN7EXAMPLE",
    "AKIAIOSFODNN7EXAMPLEAKIAIOSFODNN7EXAMPLE",
]


@pytest.mark.parametrize("kind", FOUND)
def test_a_secret_is_named_by_its_kind(kind: str) -> None:
    assert kind in list(leaks(f"so {FOUND[kind]} there", ENVIRONMENT))


def test_escaped_in_a_page_it_is_found_too() -> None:
    assert list(leaks("<pre>api_key = &quot;0123456789ab&quot;</pre>", {})) == [
        "what is called a password, key or token"
    ]


@pytest.mark.parametrize("text", FINE)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert list(leaks(text, ENVIRONMENT)) == []
