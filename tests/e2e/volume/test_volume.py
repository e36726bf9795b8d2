"""Acceptance 7 and 8: runs whose store is a claim, on the real cluster, whatever happens to its gateway."""

import hashlib
import json
import random
import time
import uuid
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import google_crc32c

from tests.e2e import outside, volumes
from tests.e2e.volume.conftest import SIZE, Sea
from tests.e2e.volumes import CLAIM, SMALL
from trainferry.runs import layout, reader, record

DATA = 96 << 20  # bytes that are under way when the gateway goes


def test_an_administrator_makes_the_gateway_with_one_command(sea: Sea):
    told = [line.removeprefix("· ") for line in sea.made.splitlines()]
    assert told[:9] == [
        f"clusterrolebinding ferry-gateway-{sea.namespace} applied",
        "serviceaccount ferry-gateway is there",
        f"persistentvolumeclaim {CLAIM} created",
        f"networkpolicy ferry-gateway-{CLAIM} created",
        f"service ferry-gateway-{CLAIM} created",
        f"deployment ferry-gateway-{CLAIM} created",
        "serviceaccount ferry-people is there",
        "waiting for the gateway",
        f"ferry-gateway-{CLAIM} answers",
    ]
    assert (told[-2], told[-1]) == (f"store: ok  volume://{CLAIM}: read, write", "wrote ferry.toml")


def test_without_a_gateway_init_names_the_command_and_who_may_type_it(sea: Sea, tmp_path: Path):
    refused = volumes.init(sea.carol.namespace, CLAIM, sea.images, tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        f"ferry: claim {CLAIM} has no gateway in namespace {sea.carol.namespace}   ferry init "
    )
    assert refused.stderr.endswith("--yes   or  kubectl apply -k k8s/gateway\n")
    desk = volumes.desk(sea.carol, sea.images, tmp_path)
    words = ("init", "--context", sea.carol.context, "--namespace", sea.carol.namespace, "--store", f"volume://{CLAIM}")
    denied = desk.ferry(*words, "--agent-image", sea.images.agent, "--yes", code=3)
    assert (
        "may not get clusterrolebindings in the cluster   an administrator makes the gateway: ferry init "
        in denied.stderr
    )


def test_a_user_sees_that_all_is_well(sea: Sea):
    checks = json.loads(sea.project.ferry("doctor", "-o", "json").stdout)["items"]
    assert {check["check"]: check["result"] for check in checks if check["check"] in ("gateway", "store")} == {
        "gateway": "ok",
        "store": "ok",
    }


def test_a_run_reads_its_data_and_its_results_come_home(sea: Sea, tmp_path: Path):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "cat.txt").write_text("meow\n")
    sea.project.ferry("data", "push", str(tmp_path / "pets"))
    script = 'cat "$0"/cat.txt && head -c 20000000 /dev/urandom >"$1"/weights.pt && sha256sum <"$1"/weights.pt'
    words = ("run", "--name", "base", "--data", "pets", "--", "sh", "-c", script, "{data}", "{output}")
    followed = sea.project.ferry(*words).stdout
    assert followed.startswith("meow\n")
    assert sea.project.ferry("logs", "base").stdout == followed
    sea.project.ferry("cp", "base:weights.pt", str(tmp_path))
    brought = (tmp_path / "weights.pt").read_bytes()
    (run,) = (run for run in record.runs(sea.store) if run.startswith("base-"))
    stored = reader.files(sea.store, run)["weights.pt"]
    assert (len(brought), hashlib.sha256(brought).hexdigest()) == (20_000_000, followed.split()[1])
    assert google_crc32c.value(brought) == stored.crc32c


def test_a_gateway_that_is_deleted_in_the_middle_loses_nothing(sea: Sea, tmp_path: Path):
    """Of a run that publishes, a file that is put, and one that is read."""
    data = random.Random(7).randbytes(DATA)
    (tmp_path / "big").write_bytes(data)
    name = f"big/{uuid.uuid4().hex}"
    run = sea.project.ferry(
        "run", "-d", "--name", "steady", "--", "python3", "worker.py", "--output", "{output}",
        "--steps", "12", "--step-seconds", "1", "--megabytes", "48",
    ).stdout.strip()  # fmt: skip
    outside.until_says(sea.project, run, "step 2")
    with ThreadPoolExecutor(2) as pool:
        put = pool.submit(sea.store.put_file, name, tmp_path / "big")
        deleted = gone(sea, lambda: put.done())
        assert put.result().crc32c == google_crc32c.value(data)
        read = pool.submit(lambda: b"".join(sea.store.read(name)))
        deleted += gone(sea, lambda: read.done())
        assert read.result() == data
    assert deleted >= 2, "nothing was under way when the gateway went"
    assert outside.until_ended(sea.project, run) == "Complete"
    files, log = reader.files(sea.store, run), b"".join(reader.log(sea.store, run)).decode()
    last_words = b"".join(reader.pieces(sea.store, files["last_words.bin"]))
    assert f"last words 48 MiB, crc32 {zlib.crc32(last_words):08x}\n" in log
    assert [line for line in log.splitlines() if line.startswith("step ")] == [f"step {n}" for n in range(1, 13)]


def test_a_full_claim_ends_a_run_with_the_reason_and_leaves_nothing_half_there(sea: Sea):
    assert outside.until_ended(sea.project, sea.full) == "Failed"
    told = sea.project.ferry("wait", sea.full, code=1)
    assert "no space left" in told.stderr
    store = volumes.opened(sea.project, f"volume://{SMALL}")
    files = reader.files(store, sea.full)
    assert "checkpoints/state.json" in files
    for path, file in files.items():
        assert google_crc32c.value(b"".join(reader.pieces(store, file))) == file.crc32c, path
    assert sum(info.size for info in store.list(layout.run(sea.full))) < SIZE << 20
    store.put("room", bytes(1 << 20))


def gone(sea: Sea, over: Callable[[], bool]) -> int:
    """The gateway's pod is killed a moment after now, the next one drained when it has begun; how many went in time."""
    deleted = 0
    for pause, grace in ((0.3, 0), (3.0, 30)):
        time.sleep(pause)
        if not over():
            volumes.delete_gateway(sea.namespace, grace)
            deleted += 1
    return deleted
