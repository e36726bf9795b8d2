"""What a user types, or runs, for the same job: ours and each peer's command, as a table.

Verbs: push, sync (push once more) and pull of a folder; up and down of one file. `place` is BUCKET/NAME.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import venvs
from tests.bench.timed import Timed, timed

SCRIPTS = Path(__file__).parent / "peers"
BOTO = """
[Boto]
is_secure = False
https_validate_certificates = False
[Credentials]
gs_json_host = {host}
gs_json_port = {port}
[GSUtil]
json_api_version = v1
use_gcloud_storage = False
software_update_check_period = 0
disable_analytics_prompt = true
state_dir = {state}
"""


@dataclass(frozen=True)
class Peer:
    """A program: `words(verb, local, bucket, name)` is the command, which runs with `environment` on top of ours."""

    name: str
    words: Callable[[str, Path, str, str], list[str]]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, verb: str, local: Path, bucket: str, name: str, inside: tuple[str, ...] = ()) -> Timed:
        """Its seconds and memory. RuntimeError with what it said when it fails."""
        return timed([*inside, *self.words(verb, local, bucket, name)], {**os.environ, **self.environment})


def ferry(url: str, cache: Path) -> Peer:
    """Ours, by the calls that the commands make; what is remembered about files lies in `cache`."""
    script = str(SCRIPTS / "with_ferry.py")
    environment = {"STORAGE_EMULATOR_HOST": url, "XDG_CACHE_HOME": str(cache)}
    return Peer("ferry", lambda *what: [sys.executable, script, *map(str, what)], environment)


def peers(url: str, scratch: Path) -> list[Peer]:
    """All that are to be had here; rclone is Debian's."""
    found = [_script("obstore", venvs.python(venvs.OBSTORE), url), _script("library", sys.executable, url)]
    found.append(_script("gcsfs", venvs.python(venvs.GCSFS), url))
    if venvs.rclone():
        found.append(Peer("rclone", lambda *what: _rclone(url, *what)))
    return [*found, gsutil(url, scratch)]


def gsutil(url: str, scratch: Path) -> Peer:
    """gsutil, which is told where the server is by a file in `scratch`."""
    host, _, port = url.removeprefix("http://").partition(":")
    boto = scratch / "boto"
    boto.write_text(BOTO.format(host=host, port=port, state=scratch / "state"))
    return Peer("gsutil", _gsutil, {"BOTO_CONFIG": str(boto), "HOME": str(scratch)})


def _script(name: str, python: str, url: str) -> Peer:
    """GCSFS_...: else gcsfs asks the storage control API for a minute, which no emulator has."""
    script = str(SCRIPTS / f"with_{name}.py")
    environment = {"STORAGE_EMULATOR_HOST": url, "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
    return Peer(name, lambda *what: [python, script, *map(str, what)], environment)


def _rclone(url: str, verb: str, local: Path, bucket: str, name: str) -> list[str]:
    """32 at once is its best for small files; a large one it cuts and fetches in four streams by itself."""
    there, here = f":gcs:{bucket}/{name}", str(local)
    source, target = (there, here) if verb in ("pull", "down") else (here, there)
    command = "copyto" if verb in ("up", "down") else "copy"
    options = ["--gcs-anonymous", "--gcs-endpoint", f"{url}/storage/v1/", "--transfers", "32", "--checkers", "32"]
    return [str(venvs.rclone()), command, source, target, "--config", os.devnull, *options]


def _gsutil(verb: str, local: Path, bucket: str, name: str) -> list[str]:
    """rsync for the second push; all of a folder is copied by several processes of several threads (-m)."""
    there, here = f"gs://{bucket}/{name}", str(local)
    words = {
        "push": ["cp", "-r", here, there],
        "sync": ["rsync", "-r", here, there],
        "pull": ["cp", "-r", f"{there}/*", here],
        "up": ["cp", here, there],
        "down": ["cp", there, here],
    }
    return [venvs.gsutil(), "-m", *words[verb]]
