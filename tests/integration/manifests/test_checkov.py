"""checkov over everything we render, and over k8s/. Offline; it takes seconds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.unit.manifests.cases import NAMESPACE, RUNS
from tests.unit.manifests.golden import FOLDER, ROOT
from trainferry.manifests.tenant import Tenant, objects
from trainferry.manifests.text import dump

SKIPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "checkov_skips.yaml").read_text())
CHECKOV = Path(sys.executable).parent / "checkov"


def checked(folder: Path) -> dict[str, Any]:
    """checkov's report on the YAML files of a folder."""
    done = subprocess.run(
        [CHECKOV, "-d", folder, "--framework", "kubernetes", "--skip-download", "-o", "json"],
        capture_output=True, text=True, timeout=300, env={**os.environ, "LOG_LEVEL": "ERROR"},
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    return report


def findings(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    failed = report["results"]["failed_checks"]
    return {(check["check_id"], check["check_name"], Path(check["file_path"]).stem) for check in failed}


def places(skip: dict[str, Any]) -> list[str]:
    return [place for where in skip["where"] for place in (RUNS if where == "runs" else [where])]


def test_checkov_finds_in_a_tenants_runs_just_what_is_listed_with_its_reason(tmp_path: Path):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tenant.yaml").write_text(dump(objects(Tenant(NAMESPACE))))
    report = checked(tmp_path)
    assert findings(report) == {(skip["check"], skip["says"], place) for skip in SKIPS for place in places(skip)}
    assert report["summary"]["resource_count"] >= len(RUNS)


def test_every_skip_is_listed_once_with_a_reason():
    assert len({skip["check"] for skip in SKIPS}) == len(SKIPS)
    assert all(len(skip["reason"]) > 40 for skip in SKIPS)


def test_checkov_finds_nothing_in_what_outlives_a_run():
    report = checked(ROOT / "k8s")
    assert findings(report) == set()
    assert report["summary"]["resource_count"] >= 9
