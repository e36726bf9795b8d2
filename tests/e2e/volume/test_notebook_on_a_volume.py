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
print(ferry.copy("pets:cat.txt", "copy.txt")[0].size, ferry.run(["true"], name="from-notebook").created)
"""


def test_the_sdk_in_it_pushes_and_sends_runs_through_the_gateway_of_its_namespace(sea: Sea):
    sea.project.ferry("run", "--name", "looked-at", "--", "true")
    with sea.project.start(
        "notebook", "looked-at", "--no-browser", "--port", "0", "--cpu", "100m", "--idle", "2m"
    ) as process:
        try:
            said = reached(process).cell(WORK).splitlines()
        finally:
            process.kill()
    assert said == ["pets http://ferry-gateway-store:8080", "4 True"]
    assert sea.project.ferry("cp", "pets:cat.txt", "-").stdout == "meow"
    sea.project.ferry("wait", "from-notebook")
