"""Names that a folder and a bucket both take."""

import pytest

from trainferry.errors import BadInput
from trainferry.store import names

REFUSED = {
    "": "names are relative and have no empty, `.` or `..` part",
    "/etc/passwd": "names are relative and have no empty, `.` or `..` part",
    "a/../b": "names are relative and have no empty, `.` or `..` part",
    "a/./b": "names are relative and have no empty, `.` or `..` part",
    "a//b": "names are relative and have no empty, `.` or `..` part",
    "a/": "names are relative and have no empty, `.` or `..` part",
    "..": "names are relative and have no empty, `.` or `..` part",
    ".ferry/lock": "names do not begin with .ferry/",
    "a\nb": "it holds a control character",
    "a\0b": "it holds a control character",
    "caf\udce9": "not UTF-8",
    "a" * 256: "longer than 1024 bytes, or 255 a part",
    "a/" * 512 + "a": "longer than 1024 bytes, or 255 a part",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_leads_elsewhere_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        names.check(name)
    assert str(caught.value) == f"object name {name!r}: {REFUSED[name]}"


@pytest.mark.parametrize("name", ["a", "a/b.c", "..a/b..", "größe/日本 語", "a/.ferry/b"])
def test_other_names_are_taken_as_they_are(name: str) -> None:
    assert names.check(name) == name


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b"])
def test_a_prefix_may_end_anywhere(prefix: str) -> None:
    assert names.check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "../", "a/../", "a//"])
def test_a_prefix_leads_nowhere_else_either(prefix: str) -> None:
    with pytest.raises(BadInput):
        names.check_prefix(prefix)
