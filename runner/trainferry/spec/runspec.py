"""One training, described: what `run`, `render` and `apply` agree on before anything happens."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Resources:
    """What the command may use. Quantities are Kubernetes strings, already validated and in canonical form."""

    cpu: str = "2"
    memory: str = "4Gi"
    gpu: int = 0
    gpu_type: str = ""  # a short name of spec/gpus.py, for example "l4"
    shm: str = "1Gi"
    ephemeral_storage: str = "10Gi"


@dataclass(frozen=True)
class DataMount:
    """A dataset under `{data.NAME}`; `version` is empty until it is pinned."""

    name: str
    dataset: str
    version: str = ""


@dataclass(frozen=True)
class SecretRef:
    """`env` takes its value from `key` of the Secret `secret`: by reference only."""

    env: str
    secret: str
    key: str


@dataclass(frozen=True)
class RunSpec:
    """Frozen and validated; `pinned` once image, code and data versions are digests."""

    name: str
    command: tuple[str, ...]
    store: str  # gs://bucket/prefix, volume://claim/prefix or file:///dir
    image: str = ""  # name@sha256:...; empty on the local engine
    code: str = ""  # sha256 of the snapshot, 64 hex digits; empty: no code travels
    data: tuple[DataMount, ...] = ()
    resources: Resources = field(default_factory=Resources)
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[SecretRef, ...] = ()
    priority: str = ""
    queue: str = ""
    spot: bool = False
    deadline: int = 0  # seconds, 0: none
    retries: int = 0
    run_as: str = "20001"  # a uid, or "image"
    bare: bool = False  # no wrapper: for images without python3
    labels: tuple[tuple[str, str], ...] = ()
    tag: str = ""  # enters the digest: the same spec once more
    keep: int = 0  # numbered checkpoints that stay in the store, 0: all
    class_weights: tuple[tuple[str, float], ...] = ()  # how much classes count, for trainings that take it
    class_weights_mode: str = ""  # "adaptive" or "plain" (spec/weights.py), "" without weights

    @property
    def digest(self) -> str:
        """sha256 over everything that decides what runs (not the labels)."""
        fields = {k: v for k, v in self.to_dict().items() if k != "labels"}
        return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def full_name(self) -> str:
        """The Job's name, `<name>-<8 hex>`: the same spec is the same Job."""
        return f"{self.name}-{self.digest[:8]}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` is the way back."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        plain["env"], plain["labels"] = dict(self.env), dict(self.labels)
        plain["class_weights"] = dict(self.class_weights)
        came_later = ("keep", "class_weights", "class_weights_mode")  # runs without them keep their digests
        return {key: value for key, value in plain.items() if value or key not in came_later}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "RunSpec":
        """The spec that `to_dict` wrote."""
        return cls(
            **{
                **plain,
                "command": tuple(plain["command"]),
                "data": tuple(DataMount(**d) for d in plain.get("data", ())),
                "resources": Resources(**plain.get("resources", {})),
                "env": tuple(sorted(plain.get("env", {}).items())),
                "secrets": tuple(SecretRef(**s) for s in plain.get("secrets", ())),
                "labels": tuple(sorted(plain.get("labels", {}).items())),
                "class_weights": tuple(sorted(plain.get("class_weights", {}).items())),
            }
        )

    def but(self, **changes: Any) -> "RunSpec":
        """A copy with some fields replaced."""
        return replace(self, **changes)
