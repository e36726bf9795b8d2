"""The notebook that is ready for a run has what the run left something for, and the story says what is missing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.demo.made import RUN, SECOND, notebook, stock
from trainferry import Ferry
from trainferry.errors import BadInput, Corrupt
from trainferry.runs import layout, manifest
from trainferry.sdk.demo import making
from trainferry.sdk.demo.wish import DemoWish
from trainferry.store import open_store


def sources(path: Path) -> list[str]:
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells]


def test_a_run_with_everything_gets_every_panel(tmp_path: Path) -> None:
    store = open_store((tmp_path / "ferry-store").as_uri())
    stock(store)
    stock(store, SECOND, lineage={"from": RUN})
    for run in (RUN, SECOND):
        made = Ferry(cwd=tmp_path).new_demo(run, tmp_path / f"{run}.ipynb")
        found = [source for source in sources(made) if source.startswith("demo.")]
        for panel in ("result", "bars", "mistakes", "before_after", "story", "repeat"):
            assert f"demo.{panel}()" in found


def test_what_a_run_did_not_leave_is_left_out_and_said(tmp_path: Path) -> None:
    store = open_store((tmp_path / "ferry-store").as_uri())
    stock(store)
    found, generation = manifest.load(store, RUN)
    found.files.clear()
    manifest.save(store, found, generation)
    told: list[str] = []
    made = Ferry(told.append, tmp_path).new_demo(RUN, tmp_path / "demo.ipynb")
    assert [source for source in sources(made) if source.startswith("demo.")] == ["demo.repeat()"]
    assert any(line.startswith("left out: ") and line.endswith(f"({RUN} has no predictions.csv)") for line in told)
    assert "left out: story (no metrics.jsonl with an accuracy)" in told


def test_a_broken_table_is_not_passed_over(tmp_path: Path) -> None:
    store = open_store((tmp_path / "ferry-store").as_uri())
    stock(store)
    store.put(layout.output(RUN, 1, "predictions.csv"), b"broken")
    with pytest.raises(Corrupt, match=r"predictions\.csv is not what was published"):
        Ferry(cwd=tmp_path).new_demo(RUN, tmp_path / "demo.ipynb")
    assert not (tmp_path / "demo.ipynb").exists()


def test_without_the_packages_it_says_which_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "NEEDED", ("nbclient", "a_package_that_nobody_has"))
    book = notebook(tmp_path / "a.ipynb", "# Words")
    told = "demo publish needs a_package_that_nobody_has   pip install 'trainferry[demo]'"
    with pytest.raises(BadInput) as caught:
        Ferry(cwd=tmp_path).write_demo(book, tmp_path / "a.html", wish=DemoWish(as_is=True))
    assert str(caught.value) == told
