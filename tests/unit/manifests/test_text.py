import pytest
from yaml import SafeLoader
from yaml import load as yaml_load

from trainferry.errors import BadInput
from trainferry.manifests.text import dump, load

OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
# Strings that some YAML reader takes for a number, a truth value, a date, a key or nothing.
HOSTILE = [
    "", " ", "1e-3", "1e3", "4Gi", "0o14", "0x1f", "0b1", "1_000", "12:30", "y", "N", "yes", "off", "null", "~", "True",
    ".inf", ".NaN", "-", "- a", "a: b", "a #b", "#a", "{output}", "[1]", "*a", "&a", "!a", "%a", "@a", "`a`", "'", '"',
    "a'b", "2020-01-01", "<<", "=", "?", "é", "\t", "\x1b[31m", "\u2028", "-inf", "-c",
    "a\nb", "a\nb\n", "a \nb", "\na", " a\nb", "a\r\nb",
    "x" * 300, "Infinity", "nan",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_every_string_comes_back_as_itself(text: str):
    written = dump([{**OBJECT, "data": {"value": text}}])
    assert load(written) == [{**OBJECT, "data": {"value": text}}]
    assert yaml_load(written, SafeLoader)["data"] == {"value": text}


def test_numbers_that_are_text_are_quoted_and_scripts_are_blocks():
    data = {"lr": "1e-3", "script": "set -e\nexec true\n", "same": ["a"], "again": ["a"], "count": 3, "on": True}
    assert dump([{"data": data}]) == (
        "data:\n  lr: '1e-3'\n  script: |\n    set -e\n    exec true\n"
        "  same:\n    - a\n  again:\n    - a\n  count: 3\n  'on': true\n"
    )


def test_several_documents_and_empty_ones_are_read():
    assert load(f"---\n{dump([OBJECT, OBJECT])}---\n---\n# end\n") == [OBJECT, OBJECT]


def test_dates_stay_text_as_for_kubectl():
    assert load("apiVersion: v1\nkind: X\nwhen: 2020-01-01\n")[0]["when"] == "2020-01-01"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c\n", "run.yaml, line 1: not YAML: mapping values are not allowed here"),
        ("apiVersion: v1\nkind: [X\n", "run.yaml, line 3: not YAML: expected ',' or ']', but got '<stream end>'"),
        ("apiVersion: v1\nkind: *X\n", "run.yaml, line 2: not YAML: found undefined alias 'X'"),
        ("apiVersion: v1\nkind: !!python/name:os.system x\n", "run.yaml, line 2: not YAML: could not determine a "
         "constructor for the tag 'tag:yaml.org,2002:python/name:os.system'"),
        ("apiVersion: v1\nkind: X\n---\nhello\n", "run.yaml, line 4: not a Kubernetes object (apiVersion and kind are "
         "missing)"),
        ("a: \x07\n", "run.yaml: not YAML: unacceptable character #x0007: special characters are not allowed"),
    ],
)  # fmt: skip
def test_what_is_not_a_manifest_is_named_by_file_and_line(text: str, message: str):
    with pytest.raises(BadInput) as error:
        load(text, "run.yaml")
    assert str(error.value) == message
