"""`Ferry().compare(...)`: which runs are meant, and what it gives back to Python."""

from pathlib import Path
from typing import Any

import google_crc32c
import pytest

from tests.unit.views.made import predictions, sheet, table
from tests.unit.views.test_compare import other
from trainferry import Ferry
from trainferry.errors import BadInput
from trainferry.runs import manifest, record
from trainferry.runs.manifest import OutputManifest, StoredFile
from trainferry.runs.predictions import TEST, Predictions
from trainferry.runs.record import PARENT, Record
from trainferry.store import Store

FIRST = predictions(400)


def stock(store: Store, run: str, found: Predictions, parent: str = "", **spec: Any) -> None:
    """A run that left its predictions and their pictures."""
    files = {}
    for path, data in ((TEST, table(found).encode()), ("sheet.png", sheet(400))):
        store.put(f"runs/{run}/output/1/{path}", data)
        files[path] = StoredFile([f"runs/{run}/output/1/{path}"], len(data), google_crc32c.value(data), 1)
    manifest.save(store, OutputManifest(run, files), 0)
    record.write(store, Record(run, {"name": run, **spec}, lineage={PARENT: parent} if parent else {}))


@pytest.fixture
def ferry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ferry:
    """A store with a run and one that was made from it."""
    monkeypatch.setenv("FERRY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Ferry(store=str(tmp_path / "store"), cwd=tmp_path)
    stock(made.store, "base-11111111", FIRST)
    stock(made.store, "base-dog3-22222222", other(FIRST, 400), "base-11111111", class_weights={"dog": 3.0})
    return made


def test_a_run_alone_is_compared_with_the_one_it_was_made_from(ferry: Ferry) -> None:
    found = ferry.compare("base-dog3")
    assert (found.first.name, [one.name for one in found.others]) == ("base", ["base-dog3"])
    assert found.file_name == "compare-base-base-dog3.html"
    (told,) = found.numbers()["others"]
    assert told["differs"] == ["class weights dog 3"]
    assert (told["verdict"],) == tuple(found.verdicts())
    assert told["verdict"].startswith("dog is better, cat pays")
    assert [one["name"] for one in told["classes"] if one["better"]] == ["dog"]
    assert [one["name"] for one in told["classes"] if one["worse"]] == ["cat"]
    with pytest.raises(BadInput, match=r"compare base-11111111: with what\?"):
        ferry.compare("base")


def test_the_page_has_the_pictures_of_the_first_run(ferry: Ferry) -> None:
    page = ferry.compare("base", "base-dog3").page()
    assert page.count("<li class=plain") == page.count('<span class="pic sheet-') > 16
    assert "pic none" not in page.partition("<script>")[0]


def test_it_says_itself_shortly_and_in_a_notebook_as_the_page(ferry: Ferry) -> None:
    found = ferry.compare("base", "base-dog3")
    assert len(repr(found)) < 3000
    shown = found._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts" srcdoc="&lt;!doctype html&gt;')
    assert shown.endswith("</iframe>")


def test_more_runs_than_anybody_can_read_are_refused(ferry: Ferry) -> None:
    with pytest.raises(BadInput, match="compare of 13 runs: expected 12 at most"):
        ferry.compare(*["base"] * 13)
