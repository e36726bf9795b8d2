"""Who runs things, where results live: flags over FERRY_* over ferry.toml (found upwards) over the user's config."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from trainferry.errors import BadInput
from trainferry.spec import gpus

FILE = "ferry.toml"
ENGINES = ("local", "kubernetes")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
IN_CLUSTER = "in-cluster"  # the context of a pod's own service account
_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
EMULATOR = "STORAGE_EMULATOR_HOST"  # what a bucket's client honours here, the agent's has to honour too

RUN_KEYS = (
    "name", "command", "image", "cpu", "memory", "gpu", "gpu_type", "shm", "ephemeral_storage", "data", "env",
    "secret", "label", "priority", "queue", "spot", "deadline", "retries", "run_as", "bare", "tag",
    "keep",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All that is not about one run."""

    root: Path  # the folder of ferry.toml, else the current one: what travels as code
    engine: str = "local"
    context: str = ""
    namespace: str = "default"
    store: str = ""  # gs://bucket/prefix, volume://claim/prefix or file:///dir
    gateway_url: str = ""  # https://...: an ingress in front of a volume's gateway
    registry: str = ""  # host/path that images are pushed below
    image: str = ""  # of a run that names none; "": images/trainer
    base_image: str = "python:3.13-slim"  # FROM of the images that are built
    agent_image: str = ""  # "": images/ferry
    agent_env: Mapping[str, str] = field(default_factory=dict)
    service_account: str = ""
    gpu_scheme: str = "gke"
    run: Mapping[str, Any] = field(default_factory=dict)  # [run]: defaults of every run's flags


_TABLES = ("agent_env", "run")
_TEXTS = tuple(f.name for f in fields(Settings) if f.name not in ("root", *_TABLES))


def load(flags: Mapping[str, Any], environ: Mapping[str, str], cwd: Path, file: bool = True) -> Settings:
    """What holds in `cwd`. `flags` that are None or empty do not count; without `file` no ferry.toml is looked for."""
    project = find(cwd) if file else None
    root = project.parent if project else cwd
    layers = [
        _read(_user_config(environ)),
        _read(project),
        _placed({key: environ[f"FERRY_{key.upper()}"] for key in _TEXTS if environ.get(f"FERRY_{key.upper()}")}, cwd),
        _placed({key: str(flags[key]) for key in _TEXTS if flags.get(key)}, cwd),
    ]
    values = {key: value for layer in layers for key, value in layer.items()}
    for table in _TABLES:
        values[table] = {key: value for layer in layers for key, value in layer.get(table, {}).items()}
    if environ.get(EMULATOR):
        values["agent_env"].setdefault(EMULATOR, environ[EMULATOR])
    return _checked(Settings(**{"root": root, **_defaults(values, root), **values}))


def find(cwd: Path) -> Path | None:
    """The nearest ferry.toml at or above `cwd`."""
    return next((folder / FILE for folder in (cwd, *cwd.parents) if (folder / FILE).is_file()), None)


def write(path: Path, values: Mapping[str, Any]) -> None:
    """A ferry.toml that explains itself: what is given is set, the rest stands there as a comment."""
    lines = ["# What ferry does in this folder and below. Flags and FERRY_* variables win over it.", ""]
    for key, (example, why) in _EXPLAINED.items():
        given = values.get(key)
        lines.append(f"# {why}")
        lines.append(f"{'' if given else '# '}{key} = {_quoted(str(given or example))}")
    lines += ["", "# Defaults of `ferry run`, so that it can be typed alone.", "[run]"]
    lines += ['# command = ["python", "train.py", "--data", "{data}"]', "# gpu = 1", '# gpu_type = "l4"', ""]
    path.write_text("\n".join(lines))


_EXPLAINED = {
    "context": (
        "gke-team",
        "The kubeconfig's context for the runs; without one they execute on this machine.",
    ),
    "namespace": ("default", "The namespace of the runs."),
    "store": (
        "./ferry-store",
        "Where data, code and results live: gs://bucket/prefix, volume://claim, or a folder for this machine.",
    ),
    "gateway_url": (
        "https://ferry.example.com",
        "The public address of an ingress before a volume's gateway; without one the API server is the way.",
    ),
    "registry": ("europe-docker.pkg.dev/project/images", "Where images are pushed."),
    "image": ("team/torch:2", "The image of runs that name none; without it a torch image is built."),
    "base_image": ("python:3.13-slim", "What the images are built from."),
    "agent_image": ("team/ferry:1", "The agent's image; without it images/ferry is built."),
    "service_account": (
        "trainer",
        "The pods' Kubernetes service account, for example one with Workload Identity.",
    ),
    "gpu_scheme": ("gke", "How nodes name their cards: gke, or gfd (NVIDIA's GPU Feature Discovery)."),
}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _user_config(environ: Mapping[str, str]) -> Path | None:
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "ferry" / "config.toml"
    return Path(environ["HOME"]) / ".config" / "ferry" / "config.toml" if environ.get("HOME") else None


def _read(path: Path | None) -> dict[str, Any]:
    """The checked values of one file; {} when there is none."""
    if path is None or not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML: {error}") from error
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    _check_keys(values, (*_TEXTS, *_TABLES), f"{path}")
    _check_types(values, path)
    _check_keys(values.get("run", {}), RUN_KEYS, f"{path} [run]")
    return _placed(values, path.parent)


def _check_keys(values: Iterable[str], known: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            raise BadInput(f"{where}: no setting {key}. " + (f"Did you mean {near[0]}?" if near else _known(known)))


def _known(keys: tuple[str, ...]) -> str:
    return f"There are {', '.join(keys)}"


def _check_types(values: Mapping[str, Any], path: Path) -> None:
    for key, value in values.items():
        if key in _TABLES and not isinstance(value, dict):
            raise BadInput(f"{path}: {key} = {value!r}: expected a table, [{key}]")
        if key in _TEXTS and not isinstance(value, str):
            raise BadInput(f'{path}: {key} = {value!r}: expected text, for example {key} = "{value}"')
    for key, value in values.get("agent_env", {}).items():
        if not isinstance(value, str):
            raise BadInput(f'{path} [agent_env]: {key} = {value!r}: expected text, for example {key} = "{value}"')


def _placed(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A store that is a path becomes a URL; paths count from where they were written."""
    store = values.get("store", "")
    if store.startswith(("/", ".", "~")):
        return {**values, "store": (folder / Path(store).expanduser()).resolve().as_uri()}
    return values


def _defaults(values: Mapping[str, Any], root: Path) -> dict[str, str]:
    engine = values.get("engine") or ("kubernetes" if values.get("context") else "local")
    own = {"namespace": _POD.read_text().strip()} if values.get("context") == IN_CLUSTER and _POD.is_file() else {}
    return {"engine": engine, "store": (root / "ferry-store").resolve().as_uri() if engine == "local" else "", **own}


def _checked(settings: Settings) -> Settings:
    for key, value, allowed in (
        ("engine", settings.engine, ENGINES),
        ("gpu_scheme", settings.gpu_scheme, gpus.schemes),
    ):
        if value not in allowed:
            raise BadInput(f"{key} {value}: expected {' or '.join(allowed)}")
    if "://" in settings.registry or " " in settings.registry:
        example = settings.registry.split("://")[-1] or "HOST/PATH"
        raise BadInput(f"registry {settings.registry}: expected HOST/PATH, for example {example}")
    if settings.gateway_url and not _ADDRESS.fullmatch(settings.gateway_url):
        example = 'gateway_url = "https://ferry.example.com"'
        raise BadInput(f"gateway_url {settings.gateway_url}: expected https://HOST without a / at its end, {example}")
    return settings
