import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.manifests.cases import NAMESPACE, RUNS
from tests.unit.manifests.golden import FOLDER, GATEWAY, ROOT, TENANT, texts
from trainferry.manifests.job import job
from trainferry.manifests.text import dump, load

TEXTS = texts()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_what_is_rendered_is_the_file_that_was_reviewed(path: Path):
    assert TEXTS[path] == path.read_text(), "look at what changed:  python -m tests.unit.manifests.golden; git diff"


def test_no_file_is_left_over_from_a_case_that_is_gone():
    kept = {path for folder in (TENANT, GATEWAY) for path in folder.glob("*.yaml")}
    assert {*FOLDER.glob("*.yaml"), *kept} == {*TEXTS, *(path / "kustomization.yaml" for path in (TENANT, GATEWAY))}


def test_two_processes_with_other_hash_seeds_render_the_same_bytes():
    script = "from tests.unit.manifests.golden import texts; print('\\n'.join(texts().values()))"
    seeds = [
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
                       check=True, capture_output=True).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert seeds[0] == seeds[1] == ("\n".join(TEXTS.values()) + "\n").encode()


@pytest.mark.parametrize("case", RUNS)
def test_what_is_read_back_is_what_was_rendered(case: str):
    objects = [job(*RUNS[case], NAMESPACE)]
    assert load(dump(objects)) == objects
