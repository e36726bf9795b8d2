"""A page is one file that asks nobody for anything and runs only what it was made with."""

import json
import re

from trainferry.views.page import Part, data, hash_of, page, policy


def test_the_same_script_and_style_of_many_parts_appear_once() -> None:
    part = Part("<p>hello</p>", ".bar { color: red }", "console.log('one')")
    text = page("A <page>", [part, part, Part("<p>end</p>")])
    assert text.count("<p>hello</p>") == 2
    assert (text.count(part.style), text.count(part.script)) == (1, 1)
    assert "<title>A &lt;page&gt;</title>" in text


def test_the_policy_names_each_script_by_its_hash_and_nothing_else() -> None:
    assert policy(["x"]) == (
        f"default-src 'none'; script-src 'sha256-{hash_of('x')}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "script-src 'none'" in page("t", [Part("<p>")])


def test_no_value_gets_out_of_the_block_of_data() -> None:
    hostile = {"name": "</script><script>alert(1)</script><!--", "n": 1.5}
    block = data("x", hostile)
    assert block.count("<") == 2
    assert json.loads(re.sub("<.*?>", "", block, flags=re.S)) == hostile
