"""What the event files of earlier starts show already."""

from collections.abc import Sequence
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import SessionLog


def event_files(folder: Path) -> list[Path]:
    """In the order in which TensorBoard reads them."""
    return sorted(folder.glob("events.out.tfevents.*"))


def shown(files: Sequence[Path], step: int) -> set[str]:
    """The tags that have a point at this step; a start that purged took points of earlier ones back."""
    tags: set[str] = set()
    for path in files:
        for event in EventFileLoader(str(path)).Load():
            if event.session_log.status == SessionLog.START and event.step <= step:
                tags.clear()
            elif event.step == step:
                tags.update(value.tag for value in event.summary.value)
    return tags
