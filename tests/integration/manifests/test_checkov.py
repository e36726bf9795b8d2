"""checkov over everything we render, and over k8s/. Offline; it takes seconds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.unit.manifests.cases import FERRY, NAMESPACE, RUNS
from tests.unit.manifests.golden import FOLDER, ROOT
from trainferry.manifests import gateway
from trainferry.manifests.gateway import Gateway
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


def accepted(*known: str) -> set[tuple[str, str, str]]:
    """What the list accepts of these places: "runs" are all runs, "k8s" is the kustomize form of the gateway."""
    named = {"runs": [*RUNS], "k8s": ["gateway"]}
    skips = ((skip, where) for skip in SKIPS for where in skip["where"] if where in known)
    return {(skip["check"], skip["says"], place) for skip, where in skips for place in named.get(where, [where])}


def test_checkov_finds_in_a_tenants_runs_just_what_is_listed_with_its_reason(tmp_path: Path):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tenant.yaml").write_text(
        dump(objects(Tenant(NAMESPACE, readers=(("Group", "system:authenticated"),))))
    )
    (tmp_path / "gateway.yaml").write_text(dump(gateway.objects(Gateway(namespace=NAMESPACE, image=FERRY))))
    report = checked(tmp_path)
    assert findings(report) == accepted("runs", "gateway", *(path.stem for path in FOLDER.iterdir()))
    assert report["summary"]["resource_count"] >= len(RUNS)


def test_every_skip_is_listed_once_with_a_reason():
    assert len({skip["check"] for skip in SKIPS}) == len(SKIPS)
    assert all(len(skip["reason"]) > 40 for skip in SKIPS)


def test_checkov_finds_in_what_outlives_a_run_just_what_is_listed():
    report = checked(ROOT / "k8s")
    assert findings(report) == accepted("gateway", "k8s")
    assert report["summary"]["resource_count"] >= 16
