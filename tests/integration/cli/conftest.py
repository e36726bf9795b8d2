"""`ferry` as a user without a cluster types it: an empty project, a home of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FERRY = Path(sys.executable).parent / "ferry"


@dataclass
class Desk:
    """A project folder and a home; `environment` may be changed by a test."""

    folder: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def ferry(self, *words: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run the installed `ferry`."""
        return subprocess.run(
            [FERRY, *words],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )

    def listing(self) -> list[str]:
        """Every path below the project and the home, but for caches."""
        found = [p for root in (self.folder, self.home) for p in root.rglob("*")]
        return sorted(str(p) for p in found if ".cache" not in p.parts)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with one script; nothing configured."""
    folder, home = tmp_path / "project", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (folder / "train.py").write_text("print('trained')\n")
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PATH", "LANG", "SSL_", "LC_"))}
    return Desk(folder, home, {**kept, "HOME": str(home), "PATH": f"{FERRY.parent}:{kept['PATH']}"})
