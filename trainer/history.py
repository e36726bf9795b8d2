"""What the event files of earlier starts show already."""

from collections.abc import Sequence
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import SessionLog


def event_files(folder: Path) -> list[Path]:
    """In the order in which TensorBoard reads them."""
    return sorted(folder.glob("events.out.tfevents.*"))


def shown(files: Sequence[Path], step: int) -> set[tuple[str, int]]:
    """Tag and step of every point up to this step; a start that purged took points of earlier ones back."""
    points: set[tuple[str, int]] = set()
    for path in files:
        for event in EventFileLoader(str(path)).Load():
            if event.session_log.status == SessionLog.START:
                points = {point for point in points if point[1] < event.step}
            points.update((value.tag, event.step) for value in event.summary.value if event.step <= step)
    return points
