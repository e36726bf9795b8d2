"""Where things are, for the command and its environment: `{data}`, `{data.NAME}`, `{output}`, `{checkpoints}`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trainferry.errors import BadInput
from trainferry.spec import weights
from trainferry.spec.runspec import DataMount, RunSpec


@dataclass(frozen=True)
class Paths:
    """The folders of one attempt; a mount lives at `<data>/<its name>`."""

    control: str
    code: str
    data: str
    output: str
    scratch: str


POD = Paths("/ferry/control", "/ferry/code", "/ferry/data", "/ferry/output", "/ferry/scratch")

_PLACEHOLDER = re.compile(r"\{(data|output|checkpoints|class_weights)(?:\.([A-Za-z0-9][A-Za-z0-9._-]*))?\}")


def fill(
    command: Sequence[str], paths: Paths, mounts: Sequence[DataMount], counting: weights.Weights = ()
) -> tuple[str, ...]:
    """The command with its placeholders replaced; all other braces stay as they are. `counting`: the class weights.

    Raises BadInput for `{data}` without a dataset, and for `{data.NAME}` of a dataset the run does not have.
    """
    places = {**_places(paths, mounts), weights.PLACEHOLDER: weights.dumps(counting)}

    def place(match: re.Match[str]) -> str:
        text = match[0]
        if text in places:
            return places[text]
        if match[1] != "data":  # `{output.x}` is none of ours
            return text
        raise BadInput(*_unknown(text, mounts))

    return tuple(_PLACEHOLDER.sub(place, word) for word in command)


def variables(spec: RunSpec, paths: Paths) -> dict[str, str]:
    """What the command finds in its environment; FERRY_ATTEMPT comes from the wrapper, which alone knows it."""
    mounts = {f"FERRY_DATA_{_upper(mount.name)}": f"{paths.data}/{mount.name}" for mount in spec.data}
    first = {"FERRY_DATA": f"{paths.data}/{spec.data[0].name}"} if spec.data else {}
    counting = {weights.VARIABLE: weights.dumps(spec.class_weights), weights.MODE: spec.class_weights_mode}
    return {
        **first,
        **mounts,
        **(counting if spec.class_weights else {}),
        "FERRY_OUTPUT": paths.output,
        "FERRY_RUN": spec.full_name,
        "AIP_MODEL_DIR": f"{paths.output}/model",
        "AIP_CHECKPOINT_DIR": f"{paths.output}/checkpoints",
        "AIP_TENSORBOARD_LOG_DIR": f"{paths.output}/tensorboard",
    }


def _places(paths: Paths, mounts: Sequence[DataMount]) -> Mapping[str, str]:
    named = {f"{{data.{mount.name}}}": f"{paths.data}/{mount.name}" for mount in mounts}
    first = {"{data}": f"{paths.data}/{mounts[0].name}"} if mounts else {}
    return {**named, **first, "{output}": paths.output, "{checkpoints}": f"{paths.output}/checkpoints"}


def _unknown(text: str, mounts: Sequence[DataMount]) -> tuple[str, str]:
    if not mounts:
        return f"{text} in the command, but the run has no data", "add  --data NAME      see  ferry data ls"
    known = ", ".join(f"{{data.{mount.name}}}" for mount in mounts)
    return f"{text} in the command, but the run has only {known}", f"add  --data {text[6:-1]}"


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())
