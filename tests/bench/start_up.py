"""What ferry adds before anything happens: `ferry --help` to bare python, a local run of `true` to `true`.

python -m tests.bench.start_up
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 7


def seconds(words: list[str], **options: object) -> float:
    """Wall time of one process, which has to succeed."""
    began = time.perf_counter()
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, **options)  # type: ignore[call-overload]
    return time.perf_counter() - began


def side_by_side(measures: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each, interleaved so that a busy moment hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            times[name].append(measure())
    return {name: statistics.median(values) for name, values in times.items()}


def local_run(folder: Path, command: str) -> float:
    """`ferry run --again -- COMMAND`, from the key press to the verdict."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "FERRY_HOME": str(folder / "state")}
    return seconds(
        [str(BIN / "ferry"), "run", "--again", "--name", "bench", "--", command], cwd=folder, env=environment
    )


def report() -> list[str]:
    """One line a measurement: a ratio or an overhead, then the seconds it comes from."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "train.py").write_text("pass\n")
        found = side_by_side(
            {
                "python": lambda: seconds([sys.executable, "-c", "pass"]),
                "help": lambda: seconds([str(BIN / "ferry"), "--help"]),
                "true": lambda: seconds(["true"]),
                "run": lambda: local_run(folder, "true"),
            }
        )
    ratio, overhead = found["help"] / found["python"], found["run"] - found["true"]
    return [
        f"ferry --help / python -c pass   {ratio:6.1f} x   {found['help']:.3f} s / {found['python']:.3f} s",
        f"ferry run -- true               {overhead:+6.2f} s   until the verdict, output stored",
    ]


def main(words: list[str] | None = None) -> None:
    """See the top."""
    print("\n".join(report()))


if __name__ == "__main__":
    main()
