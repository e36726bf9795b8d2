"""From the flags of `ferry run` and the `[run]` table of ferry.toml to one validated RunSpec."""

import difflib
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, TypeVar

from trainferry.errors import BadInput
from trainferry.spec import gpus, pairs, quantities, volume
from trainferry.spec.runspec import Resources, RunSpec
from trainferry.spec.settings import RUN_KEYS, Settings

T = TypeVar("T")
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_IMAGE = r"[A-Za-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?"


def request(flags: Mapping[str, Any], settings: Settings) -> RunSpec:
    """The spec that the flags mean, over `settings.run`; data and image are not pinned yet.

    Flags are text, or lists of it; what is None, empty or False was not typed. Raises BadInput, one line.
    """
    asked = _Asked(flags, settings.run)
    command = asked.command()
    labels = pairs.labels(asked.merged("label"))
    env = pairs.env(asked.merged("env"))
    secrets = pairs.secrets(asked.merged("secret"))
    _named_once([name for name, _ in env] + [secret.env for secret in secrets])
    return RunSpec(
        name=asked.value("name", quantities.name, "") or default_name(command, settings.root.name),
        command=command,
        store=store(settings),
        image=asked.value("image", _matching(_IMAGE, "an image", "team/torch:2"), settings.image),
        data=pairs.mounts(asked.texts("data")),
        resources=_resources(asked),
        env=env,
        secrets=secrets,
        priority=asked.value("priority", _matching(_SUBDOMAIN, "the name of a PriorityClass", "high"), ""),
        queue=asked.value("queue", _matching(_SUBDOMAIN, "the name of a LocalQueue", "team-a"), ""),
        spot=asked.switch("spot"),
        deadline=asked.value("deadline", quantities.duration, 0),
        retries=asked.value("retries", quantities.count, 0),
        run_as=asked.value("run_as", _run_as, "20001"),
        bare=asked.switch("bare"),
        labels=labels,
        tag=asked.value("tag", lambda text, where: text, ""),
        keep=asked.value("keep", quantities.count, 0),
    )


def store(settings: Settings) -> str:
    """Its URL, or BadInput when the engine cannot do with it."""
    if not settings.store:
        raise BadInput(
            "the cluster needs a store for the results and none is configured", "ferry init --store gs://BUCKET"
        )
    if volume.is_volume(settings.store):
        volume.parse(settings.store)
        if settings.engine != "kubernetes":
            raise volume.no_cluster(settings.store)
    if settings.engine == "kubernetes" and settings.store.startswith("file:"):
        raise BadInput(
            f"store {settings.store}: pods cannot reach a folder of this machine", "ferry init --store gs://BUCKET"
        )
    return settings.store


def default_name(command: Sequence[str], folder: str) -> str:
    """Named like the script or module that runs, else like the project's folder."""
    after = dict(pairwise(command))
    module = after.get("-m", "").rpartition(".")[2] if PurePosixPath(command[0]).name.startswith("python") else ""
    scripts = [PurePosixPath(word).stem for word in command if re.fullmatch(r"[\w./-]+\.(py|sh)", word)]
    candidates = [module, *scripts[:1], folder, "run"]
    return next(name for name in map(quantities.made_name, candidates) if name)


class _Asked:
    """What was typed, else what `[run]` says; each value knows how it was set, for the message that refuses it."""

    def __init__(self, flags: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        unknown = [key for key in flags if key not in RUN_KEYS]
        if unknown:
            near = difflib.get_close_matches(unknown[0], RUN_KEYS, n=1, cutoff=0.5)
            advice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(RUN_KEYS)}"
            raise BadInput(f"{unknown[0]}: no such flag of a run. {advice}")
        self.flags = {key: value for key, value in flags.items() if value not in (None, "", False, [], ())}
        self.defaults = {key: value for key, value in defaults.items() if key not in self.flags}
        self.run = defaults

    def value(self, key: str, parse: Callable[[str, str], T], default: T) -> T:
        """One value through its parser, which gets the text and how it was set."""
        found = self._found(key)
        return parse(_text(*found), found[1]) if found else default

    def texts(self, key: str) -> list[tuple[str, str]]:
        """A list of texts, each with how it was set; a flag replaces the whole list of `[run]`."""
        found = self._found(key)
        return _texts(*found) if found else []

    def merged(self, key: str) -> list[tuple[str, str]]:
        """Like `texts`, but `NAME=...` of a flag replaces only its namesake of `[run]`."""
        default = _texts(self.run[key], _in_file(key)) if key in self.run else []
        typed = _texts(self.flags[key], _flag(key)) if key in self.flags else []
        names = {text.partition("=")[0] for text, _ in typed}
        return [item for item in default if item[0].partition("=")[0] not in names] + typed

    def switch(self, key: str) -> bool:
        """True or False; only TOML's own booleans are meant."""
        value, where = self._found(key) or (False, "")
        if not isinstance(value, bool):
            raise BadInput(f"{where} {value}: expected true or false")
        return value

    def command(self) -> tuple[str, ...]:
        """The words after `--`, else `[run] command`: a list, or one text that is split like a shell would."""
        value, where = self._found("command") or ([], "")
        try:
            words = shlex.split(value) if isinstance(value, str) else [str(word) for word in value]
        except ValueError as error:
            raise BadInput(f"{where} {value}: {error}") from error
        if not words or not words[0].strip():
            raise BadInput("no command to run", "ferry run -- python train.py")
        if any("\0" in word for word in words):
            raise BadInput("a zero byte in the command cannot be passed on")
        return tuple(words)

    def _found(self, key: str) -> tuple[Any, str] | None:
        if key in self.flags:
            return self.flags[key], _flag(key)
        return (self.defaults[key], _in_file(key)) if key in self.defaults else None


def _flag(key: str) -> str:
    return "--" if key == "command" else f"--{key.replace('_', '-')}"


def _in_file(key: str) -> str:
    return f"ferry.toml [run] {key} ="


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool | list | tuple | dict):
        raise BadInput(f"{where} {value}: expected one value")
    return str(value)


def _texts(value: Any, where: str) -> list[tuple[str, str]]:
    """A list, one text alone, or a table `NAME = value`, as texts."""
    if isinstance(value, Mapping):
        return [(f"{key}={_text(one, where)}", where) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return [(_text(one, where), where) for one in value]
    return [(_text(value, where), where)]


def _resources(asked: _Asked) -> Resources:
    """A card's type alone means one of it (as with other launchers); none of a type is a contradiction."""
    base = Resources()
    gpu_type = asked.value("gpu_type", gpus.check, "")
    gpu = asked.value("gpu", _gpu, 1 if gpu_type else 0)
    if gpu_type and not gpu:
        raise BadInput(f"--gpu 0 with --gpu-type {gpu_type}: expected one or more, for example --gpu 1")
    return Resources(
        cpu=asked.value("cpu", quantities.cpu, base.cpu),
        memory=asked.value("memory", quantities.memory, base.memory),
        gpu=gpu,
        gpu_type=gpu_type,
        shm=asked.value("shm", quantities.memory, base.shm),
        ephemeral_storage=asked.value("ephemeral_storage", quantities.memory, base.ephemeral_storage),
    )


def _gpu(text: str, where: str) -> int:
    if gpus.known(text):
        raise BadInput(f"{where} {text}: expected how many, for example {where} 1 --gpu-type {gpus.check(text)}")
    return quantities.count(text, where)


def _run_as(text: str, where: str) -> str:
    if text == "image" or (re.fullmatch(r"[1-9][0-9]{0,9}", text) and int(text) < 2**31):
        return text
    raise BadInput(f"{where} {quantities.shown(text)}: expected a user id above 0, or image, for example {where} 20001")


def _matching(pattern: str, what: str, example: str) -> Callable[[str, str], str]:
    def parse(text: str, where: str) -> str:
        if len(text) > 253 + 72 or not re.fullmatch(pattern, text):
            raise BadInput(f"{where} {quantities.shown(text)}: expected {what}, for example {where} {example}")
        return text

    return parse


def _named_once(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"--env and --secret set {name} more than once")
