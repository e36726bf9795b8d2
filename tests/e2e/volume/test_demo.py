"""A demo of a claim: its gateway opens it, through the API server's service proxy."""

import json
from urllib.parse import urlsplit

import pytest

from tests.cluster.tenant import kubectl
from tests.e2e.volume.conftest import Sea
from tests.e2e.volumes import CLAIM
from trainferry.spec.volume import Volume


def notebook(sea: Sea, words: str) -> None:
    cell = {"id": "a", "cell_type": "markdown", "metadata": {}, "source": words}
    told = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (sea.project.folder / "words.ipynb").write_text(json.dumps(told))


def test_it_opens_under_one_link_however_often_it_is_published(sea: Sea):
    notebook(sea, "# First words")
    publish = ("demo", "publish", "words.ipynb", "--as-is", "--store", f"volume://{CLAIM}/team", "-o", "json")
    first = json.loads(sea.project.ferry(*publish).stdout)
    path = urlsplit(first["link"]).path
    assert path.startswith(
        f"/api/v1/namespaces/{sea.namespace}/services/{Volume(CLAIM).proxied}/proxy/d/{first['id']}."
    )
    assert "First words" in kubectl("get", "--raw", path)
    notebook(sea, "# Other words")
    second = json.loads(sea.project.ferry(*publish).stdout)
    assert (second["id"], second["link"]) == (first["id"], first["link"])
    assert second["expires"] >= first["expires"]
    assert "Other words" in kubectl("get", "--raw", path)
    sea.project.ferry("unshare", first["id"])
    with pytest.raises(RuntimeError):
        kubectl("get", "--raw", path)
