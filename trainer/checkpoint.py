"""Checkpoints that are whole or not there."""

import contextlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import safetensors.torch
import torch
from torch import Tensor

from trainer import manifest, reading
from trainer.errors import CannotSave
from trainer.files import Measured, staged, sync_folder, temporary_of, write_whole
from trainer.manifest import Damaged, Manifest

State = dict[str, Any]
LAST, BEST = "last", "best"


class Checkpoints:
    """The folder checkpoints/.

    last.pt is what a new start goes on from; step-300.pt was the last one before (`keep` of both together); best.pt
    and best.safetensors are those of the best validation accuracy. Each has a .json with the digests of its files,
    which is written last. Reading changes nothing here, so that several processes may; one of them writes.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder = folder
        self.keep = keep
        self.said: list[str] = []
        self.on_disk: dict[str, Any] | None = None  # the progress in last.pt, where that is the newest
        self._last: Manifest | None = None  # what last.pt surely is
        self._recovered = False

    def newest(self) -> State | None:
        """The whole state with the most steps, None without any; `said` has then a line for each that is damaged."""
        state, name, self.said = reading.newest(self.folder)
        self.on_disk = state["progress"] if state and name == LAST and not self.said else None
        return state

    def weights(self) -> tuple[Manifest, dict[str, Tensor]] | None:
        """The best weights and their manifest, from whichever of the two files is whole; None when neither is."""
        self.said, plain = [], self.folder / f"{BEST}.safetensors"
        told = reading.told(self.folder, BEST)
        if not told:
            return None
        if reading.agrees(plain, told):
            return told, safetensors.torch.load_file(plain)
        self.said.append(f"{plain.name} is damaged or missing")
        with contextlib.suppress(Damaged):
            return told, reading.load(self.folder, BEST)[0]["model"]
        return None

    def recover(self) -> None:
        """Finish what a kill cut off when all was on the disk, and sweep up what is not whole; OSError."""
        for name in (BEST, LAST):
            with contextlib.suppress(FileNotFoundError, Damaged):
                new = manifest.read(temporary_of(self.folder / f"{name}.json"))
                if self._is_here(new):
                    self._finish(name, new)
        self._sweep(self.folder.glob(".*.tmp"))
        self._recovered = True

    def save(self, name: str, state: State, about: dict[str, Any]) -> None:
        """Write name.pt, then name.json; when that fails CannotSave, and what was there is still there."""
        self._write(
            name, about | {"training": reading.training_of(state)}, {f"{name}.pt": lambda file: torch.save(state, file)}
        )

    def save_best(self, state: State, about: dict[str, Any]) -> None:
        """Save as best, the weights also as safetensors (no code in it: the file to give away)."""
        weights = {name: tensor.cpu().contiguous() for name, tensor in state["model"].items()}
        # one key: the library writes several in an order of its own, and equal weights shall be equal files
        metadata = {"about": json.dumps({"classes": state["classes"], "shape": state["shape"], **about})}
        content = safetensors.torch.save(weights, metadata)
        plain, full = f"{BEST}.safetensors", f"{BEST}.pt"
        files = {full: lambda file: torch.save(state, file), plain: lambda file: file.write(content)}
        self._write(BEST, about | {"training": reading.training_of(state)}, files)

    def _write(self, name: str, about: dict[str, Any], files: dict[str, Callable[[BinaryIO], object]]) -> None:
        """All of it to the disk under temporary names, a full disk shows here; then the renames."""
        told = self.folder / f"{name}.json"
        try:
            if not self._recovered:
                self.recover()
            new = self._stage(about, files)
            staged(told, lambda file: file.write(new.content()))
            self._finish(name, new)
        except OSError as error:
            self._sweep(temporary_of(path) for path in (*(self.folder / file for file in files), told))
            reason = error.strerror or str(error)
            raise CannotSave(f"cannot save {self.folder / name}.pt: {reason}; what was saved before stays") from error

    def _stage(self, about: dict[str, Any], files: dict[str, Callable[[BinaryIO], object]]) -> Manifest:
        digests = {}
        for name, write in files.items():
            measured = Measured(write)
            staged(self.folder / name, measured)
            digests[name] = {"bytes": measured.bytes, "sha256": measured.sha256}
        return Manifest(about, digests)

    def _finish(self, name: str, new: Manifest) -> None:
        """What is on the disk gets its names, the .json last; a part of this may be done already."""
        if name == LAST:
            self._retire()
        for group in (new.files, [f"{name}.json"]):
            for path in (self.folder / file for file in group):
                if temporary_of(path).exists():
                    temporary_of(path).replace(path)
            sync_folder(self.folder)
        if name == LAST:
            self._last = new
            self._prune(new.step)

    def _is_here(self, new: Manifest) -> bool:
        """Whether every file is on the disk, under its name or still under the temporary one."""
        paths = [self.folder / name for name in new.files]
        places = [temporary_of(path) if temporary_of(path).exists() else path for path in paths]
        return all(reading.agrees(place, new, path.name) for place, path in zip(places, paths, strict=True))

    def _retire(self) -> None:
        """Make last.pt, if it is whole, step-300.pt; a kill between leaves it under one name or the other."""
        told = self._last or reading.told(self.folder, LAST)
        if not told or (not self._last and not reading.agrees(self.folder / f"{LAST}.pt", told)):
            return
        name = f"step-{told.step}"
        write_whole(self.folder / f"{name}.json", told.of(LAST, name).content())
        (self.folder / f"{LAST}.pt").replace(self.folder / f"{name}.pt")

    def _prune(self, step: int) -> None:
        """Keep the newest; those of more steps than the last one belong to a future that was given up."""
        numbers = sorted(reading.numbers(self.folder), reverse=True)
        kept = [number for number in numbers if number <= step][: self.keep - 1]
        for number in numbers:
            if number not in kept:
                for suffix in (".json", ".pt"):
                    (self.folder / f"step-{number}{suffix}").unlink(missing_ok=True)

    def _sweep(self, paths: Iterable[Path]) -> None:
        with contextlib.suppress(OSError):
            for path in paths:
                path.unlink(missing_ok=True)
