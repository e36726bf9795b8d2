"""Checkpoints that are whole or not there, and the search for the newest one that can be read."""

import json
import zipfile
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from trainer.files import replace_whole, write_whole


class Checkpoints:
    """The folder checkpoints/: last.pt and best.pt, each with a .json that says what it holds, and best.safetensors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, name: str, state: dict[str, Any], about: dict[str, Any]) -> None:
        """Write name.pt, then name.json: whoever sees the second may trust the first."""
        replace_whole(self.folder / f"{name}.pt", lambda file: torch.save(state, file))
        content = json.dumps({"file": f"{name}.pt", **about}, indent=2) + "\n"
        write_whole(self.folder / f"{name}.json", content.encode())

    def save_best(self, state: dict[str, Any], about: dict[str, Any]) -> None:
        """Save as best, the weights also as safetensors (no code in it: the file to give away)."""
        weights = {name: tensor.cpu().contiguous() for name, tensor in state["model"].items()}
        # one key: the library writes several in an order of its own, and equal weights shall be equal files
        metadata = {"about": json.dumps({"classes": state["classes"], "shape": state["shape"], **about})}
        write_whole(self.folder / "best.safetensors", safetensors.torch.save(weights, metadata))
        self.save("best", state, about)

    def newest(self) -> dict[str, Any] | None:
        """The readable state with the most steps; None when there is none."""
        states = [state for name in ("last", "best") if (state := self.read(name)) is not None]
        return max(states, key=lambda state: state["progress"]["step"], default=None)

    def read(self, name: str) -> dict[str, Any] | None:
        """The state called name; None when it is not there or damaged."""
        path = self.folder / f"{name}.pt"
        try:
            with zipfile.ZipFile(path) as archive:
                if archive.testzip() is not None:  # torch itself does not look at every checksum
                    return None
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile):
            return None
        return state
