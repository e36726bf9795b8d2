"""Links of a claim's gateway, through the API server's service proxy."""

import hashlib
import json
from urllib.parse import urlsplit

import pytest

from tests.cluster.tenant import kubectl
from tests.e2e.volume.conftest import Sea
from tests.e2e.volumes import CLAIM
from trainferry.spec.volume import Volume

WRITE = 'mkdir "$0"/notes; echo one >"$0"/notes/a.txt; echo two >"$0"/notes/b.txt; echo \'{"step": 3}\' >"$0"/best.json'


def test_a_link_opens_through_the_service_proxy_until_it_is_taken_back(sea: Sea):
    """Of a run below a prefix of the claim: the gateway knows no prefix."""
    store = ("--store", f"volume://{CLAIM}/team")
    sea.project.ferry("run", *store, "--name", "linked", "--", "sh", "-c", WRITE, "{output}")
    done = sea.project.ferry("share", "linked:notes", *store, "-o", "json")
    told = json.loads(done.stdout)
    path = urlsplit(told["link"]).path
    assert path.startswith(f"/api/v1/namespaces/{sea.namespace}/services/{Volume(CLAIM).proxied}/proxy/s/{told['id']}.")
    assert "no gateway_url is set" in done.stderr
    names = [file["path"] for file in told["files"]]
    assert names == ["notes/a.txt", "notes/b.txt"]
    for number, file in enumerate(told["files"]):
        data = kubectl("get", "--raw", f"{path}/{number}").encode()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert len(kubectl("get", "--raw", path).splitlines()) == 2
    listed = json.loads(sea.project.ferry("get", "shares", "-o", "json").stdout)["items"]
    assert told["id"] in [one["id"] for one in listed]
    sea.project.ferry("unshare", told["id"])
    for closed in (path, f"{path}/0", f"{path}x"):
        with pytest.raises(RuntimeError):
            kubectl("get", "--raw", closed)
    said = kubectl("-n", sea.namespace, "logs", f"deploy/{Volume(CLAIM).gateway}")
    lines = [json.loads(line) for line in said.splitlines() if told["id"] in line and line.startswith("{")]
    assert ("link", f"share {told['id']} file 1", 200) in [(one["caller"], one["what"], one["status"]) for one in lines]
    assert path.rpartition(".")[2] not in said
