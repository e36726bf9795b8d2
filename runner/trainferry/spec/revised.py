"""A run's spec with some of it said anew: other resources, another value of a flag of its command."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from trainferry.errors import BadInput
from trainferry.spec.quantities import shown
from trainferry.spec.request import request
from trainferry.spec.runspec import RunSpec
from trainferry.spec.settings import Settings

_STAYS = ("code", "data", "tag", "class_weights", "class_weights_mode")


def revised(spec: RunSpec, flags: Mapping[str, Any], settings: Settings) -> RunSpec:
    """`spec` with what the flags of a run say instead; what they do not say stays. Raises BadInput."""
    asked = request(flags, replace(settings, run=_as_flags(spec, flags)))
    return asked.but(**{key: getattr(spec, key) for key in _STAYS})


def defaults(spec: RunSpec, flags: Mapping[str, Any], settings: Settings) -> Settings:
    """The settings of a run like `spec`: what its flags do not say is as it was, its data by version."""
    data = [f"{mount.name}={mount.dataset}@{mount.version}" for mount in spec.data]
    return replace(settings, run={**_as_flags(spec, flags), **({"data": data} if data else {}), "tag": spec.tag})


def with_values(command: Sequence[str], settings: Sequence[str]) -> tuple[str, ...]:
    """The command with `FLAG=VALUE` of each setting: in the place of the flag's value, else at the end.

    `lr=0.1` finds `--lr 0.2`, `--lr=0.2` and `lr=0.2`. Raises BadInput.
    """
    words = list(command)
    for setting in settings:
        flag, equals, value = setting.partition("=")
        if not equals or not re.fullmatch(r"-{0,2}[A-Za-z][\w.-]*", flag):
            raise BadInput(f"--set {shown(setting)}: expected FLAG=VALUE, for example --set lr=0.1")
        _set(words, flag.lstrip("-"), value)
    return tuple(words)


def _set(words: list[str], flag: str, value: str) -> None:
    """All places of the flag get the value: which of several counts is the program's business."""
    names = {flag, f"-{flag}", f"--{flag}", f"--{flag.replace('_', '-')}", f"--{flag.replace('-', '_')}"}
    found = False
    for at, word in enumerate(words):
        name, equals, _ = word.partition("=")
        if equals and name in names:
            words[at], found = f"{name}={value}", True
        elif word in names - {flag} and at + 1 < len(words) and not words[at + 1].startswith("--"):
            words[at + 1], found = value, True
    if not found:
        words += [f"--{flag}", value]


def _as_flags(spec: RunSpec, flags: Mapping[str, Any]) -> dict[str, Any]:
    """A spec as the `[run]` table that means it. Other cards than before do not keep the old one's type."""
    resources = {key: value for key, value in asdict(spec.resources).items() if value}
    if str(flags.get("gpu")) == "0" or flags.get("gpu_type"):
        resources.pop("gpu_type", None)
    plain = {key: getattr(spec, key) for key in ("name", "image", "priority", "queue", "run_as", "spot", "bare")}
    plain |= {key: str(getattr(spec, key)) for key in ("retries", "keep") if getattr(spec, key)}
    plain |= {"deadline": f"{spec.deadline}s"} if spec.deadline else {}
    plain |= {"env": dict(spec.env), "label": dict(spec.labels), "command": list(spec.command)}
    plain |= {"secret": [f"{one.env}={one.secret}/{one.key}" for one in spec.secrets]}
    return {key: value for key, value in {**plain, **resources}.items() if value}
