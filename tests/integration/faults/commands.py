"""The commands that faults and kills hit, each small enough to be given thousands of times."""

from tests.integration.faults.keeping import Collect, Share
from tests.integration.faults.publishing import Publish
from tests.integration.faults.scenarios import MIB, Down, Push, Scenario, Up

PLACES = ("gs", "volume")
COMMANDS: dict[str, Scenario] = {
    "push": Push(MIB),
    "upload": Up(17 * MIB, small=5),
    "download": Down(17 * MIB, small=5),
    "publish": Publish(5 * MIB),
    "share": Share(MIB),
    "gc": Collect(MIB // 4),
}
