"""Reading checkpoints back: each byte is checked, and what is not as it was written is passed over and said."""

import dataclasses
import hashlib
import json
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import torch

from trainer import manifest
from trainer.manifest import Damaged, Manifest

State = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A checkpoint that should be there: what its .json says, or what is wrong with that."""

    name: str
    told: Manifest | None
    problem: str = ""

    @property
    def claims(self) -> float:
        """How many steps it has at most."""
        return self.told.step if self.told else number_of(self.name)


def newest(folder: Path) -> tuple[State | None, str, list[str]]:
    """The whole state with the most steps, its name, and a line for each that is not whole (then all are read)."""
    best: State | None = None
    name = ""
    said: list[str] = []
    for candidate in _candidates(folder):
        if best and not said and _step(best) >= candidate.claims:
            break
        try:
            state, doubt = load(folder, candidate.name)
        except Damaged as damage:
            said.append(str(damage))
            continue
        said += [doubt] if doubt else []
        if best is None or _step(state) > _step(best):
            best, name = state, candidate.name
    return best, name, said


def load(folder: Path, name: str) -> tuple[State, str]:
    """The state called name and a doubt in one line, mostly ""; Damaged when it is not what was written.

    A checkpoint that its .json does not describe may still be whole: a save was cut off between the two, or a store
    gave back one of this save and one of that. torch's files carry checksums of their own, which decide then.
    """
    path, candidate = folder / f"{name}.pt", _candidate(folder, name)
    if not path.exists():
        raise Damaged(f"{path.name} is missing")
    if candidate.told and agrees(path, candidate.told):
        return _read(path), ""
    _check_sums(path)
    state = _read(path)
    if not candidate.told:
        return state, f"{candidate.problem}; {path.name} itself is whole"
    if _step(state) == candidate.told.step or training_of(state) != candidate.told.about.get("training"):
        raise Damaged(f"{path.name} is damaged: its sha256 is not the one in {name}.json")
    return state, f"{path.name} has {_step(state)} steps, not the {candidate.told.step} of {name}.json, and is whole"


def agrees(path: Path, told: Manifest, name: str = "") -> bool:
    """Whether every byte at path is as told says of the file called name, or as path is."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == told.sha256(name or path.name)
    except OSError:
        return False


def told(folder: Path, name: str) -> Manifest | None:
    """What name.json says, None when it is not there or damaged."""
    return _candidate(folder, name).told


def training_of(state: State) -> str:
    """A short name for all that stays the same while a training goes on: seed, classes, shape ..."""
    constant = {key: value for key, value in state.items() if key not in ("model", "optimizer", "progress")}
    return hashlib.sha256(json.dumps(constant, sort_keys=True, default=str).encode()).hexdigest()[:8]


def numbers(folder: Path) -> set[int]:
    """The steps of those that were the last once."""
    names = (path.stem for path in folder.glob("step-*") if path.suffix in (".pt", ".json"))
    return {int(found[1]) for name in names if (found := re.fullmatch(r"step-(\d+)", name))}


def number_of(name: str) -> float:
    """300 of step-300; without a number as many as can be."""
    found = re.fullmatch(r"step-(\d+)", name)
    return int(found[1]) if found else math.inf


def _candidates(folder: Path) -> list[Candidate]:
    """The ones with the most steps first; of equal ones the last before earlier ones before the best."""
    names = ["last", *(f"step-{number}" for number in sorted(numbers(folder), reverse=True)), "best"]
    expected = len(names) > 2  # whatever has a number was the last once, until another was
    found = [
        _candidate(folder, name)
        for name in names
        if (name == "last" and expected) or any((folder / f"{name}{suffix}").exists() for suffix in (".pt", ".json"))
    ]
    return sorted((one for one in found if not _moved(folder, one, found)), key=lambda one: -one.claims)


def _candidate(folder: Path, name: str) -> Candidate:
    try:
        told = manifest.read(folder / f"{name}.json")
        described = told.sha256(f"{name}.pt") is not None
        return Candidate(name, told if described else None, f"{name}.json is about other files")
    except FileNotFoundError:
        return Candidate(name, None, f"{name}.json is missing")
    except Damaged as damage:
        return Candidate(name, None, str(damage))
    except OSError as error:
        return Candidate(name, None, f"{name}.json cannot be read: {error.strerror}")


def _moved(folder: Path, one: Candidate, others: list[Candidate]) -> bool:
    """Whether a kill came when the last had got its number and no other was the last yet."""
    if not one.told or (folder / f"{one.name}.pt").exists():
        return False
    digest = one.told.sha256(f"{one.name}.pt")
    rivals = (other for other in others if other is not one and other.name != "best")
    return any(other.told and other.told.sha256(f"{other.name}.pt") == digest for other in rivals)


def _check_sums(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()
    except (OSError, EOFError, RuntimeError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Damaged(f"{path.name} is damaged: {error}") from error
    if wrong:
        raise Damaged(f"{path.name} is damaged: a checksum in it is wrong")


def _read(path: Path) -> State:
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
        _step(state)
    except Exception as error:  # whatever a file makes of torch, there may be an older one
        reason = str(error).partition("\n")[0]
        raise Damaged(f"{path.name} cannot be read: {type(error).__name__}: {reason}") from error
    return state


def _step(state: State) -> int:
    return int(state["progress"]["step"])
