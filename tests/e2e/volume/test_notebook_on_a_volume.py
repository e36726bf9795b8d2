"""A notebook whose store is a claim: it and the SDK in it speak to the gateway straight away."""

from tests.e2e.jupyter import reached
from tests.e2e.volume.conftest import Sea

WORK = """
import pathlib
from trainferry import Ferry
ferry = Ferry()
pathlib.Path("pets").mkdir(exist_ok=True)
pathlib.Path("pets/cat.txt").write_text("meow")
print(ferry.push("pets").name, ferry.store.door.base)
sent = ferry.run(["sh", "-c", "cp {data}/cat.txt {output}"], name="from-notebook", data=["pets"])
print(ferry.wait(sent.name).succeeded, ferry.store.get(f"runs/{sent.name}/run.json")[:1])
"""


def test_the_sdk_in_it_pushes_and_trains_through_the_gateway_of_its_namespace(sea: Sea):
    sea.project.ferry("run", "--name", "looked-at", "--", "true")
    with sea.project.start(
        "notebook", "looked-at", "--no-browser", "--port", "0", "--cpu", "100m", "--idle", "2m"
    ) as process:
        try:
            said = reached(process).cell(WORK).splitlines()
        finally:
            process.kill()
    assert said == ["pets http://ferry-gateway-store:8080", "True b'{'"]
    assert sea.project.ferry("cp", "from-notebook:cat.txt", "-").stdout == "meow"
    sea.project.ferry("notebook", "looked-at", "--stop")
