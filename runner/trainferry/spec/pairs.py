"""Flags of the form A=B: environment, secrets, labels, data mounts. Each item comes with how it was set (`--env`)."""

import re
from collections.abc import Sequence

from trainferry.errors import BadInput
from trainferry.spec import quantities
from trainferry.spec.runspec import DataMount, SecretRef

Item = tuple[str, str]  # text, where

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_LABEL_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_OURS = ("trainferry.dev/", "app.kubernetes.io/name", "app.kubernetes.io/managed-by")
_SETTABLE = ("FERRY_GPU_CHECK",)  # of FERRY_*, which the pod's own parts talk to each other with

_SECRET_NAME = re.compile(
    r"SECRET|PASSW(OR)?D|PASSPHRASE|API_?KEY|CREDENTIAL|(PRIVATE|ACCESS|AUTH|ENCRYPTION)_?KEY|TOKEN$|_PAT$", re.I
)
# what language models call tokens
_NO_SECRET_NAME = re.compile(r"(^|_)(PAD|EOS|BOS|UNK|SEP|CLS|MASK|STOP|SPECIAL|IMAGE)_TOKEN$", re.I)
_SECRET_VALUE = re.compile(
    r"^(gh[pousr]_|github_pat_|glpat-|sk-[A-Za-z0-9_-]{16}|(AKIA|ASIA)[0-9A-Z]{12}|hf_[A-Za-z0-9]{16}|xox[abeoprs]-"
    r"|AIza[0-9A-Za-z_-]{30}|ya29\.|npm_[A-Za-z0-9]{30}|pypi-Ag|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.)"
    r"|-----BEGIN |://[^/@:\s]*:[^/@\s]+@"
)


def env(items: Sequence[Item]) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE, sorted by name. What looks like a secret is refused: the manifest can be read by many."""
    return tuple(sorted(_variable(text, where) for text, where in items))


def secrets(items: Sequence[Item]) -> tuple[SecretRef, ...]:
    """ENV=SECRET/KEY, sorted by variable."""
    return tuple(sorted((_secret(text, where) for text, where in items), key=lambda secret: secret.env))


def labels(items: Sequence[Item]) -> tuple[tuple[str, str], ...]:
    """Kubernetes labels, sorted by key; those that ferry finds its objects by are its own."""
    return tuple(sorted(dict(_label(text, where) for text, where in items).items()))


def mounts(items: Sequence[Item]) -> tuple[DataMount, ...]:
    """`NAME`, `NAME@VERSION` or `ALIAS=NAME@VERSION`, in the order given: `{data}` is the first."""
    found = tuple(_mount(text, where) for text, where in items)
    names = [mount.name for mount in found]
    for mount, (text, where) in zip(found, items, strict=True):
        if names.count(mount.name) > 1:
            raise BadInput(f"{where} {text}: {{data.{mount.name}}} twice; give one another name, {where} other={text}")
    return found


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name usually holds a secret."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET_NAME.search(name)


def _variable(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(_VARIABLE, name):
        raise BadInput(f"{where} {quantities.shown(name)}: expected NAME=VALUE, for example {where} LR=0.1")
    if name.startswith("FERRY_") and name not in _SETTABLE:
        raise BadInput(f"{where} {name}: names that begin with FERRY_ are set by ferry itself")
    if _looks_secret(name, value):
        raise BadInput(
            f"{where} {name} looks like a secret and would be readable in the manifest."
            f" Use --secret {name}=my-secret/key"
        )
    if "\0" in value:
        raise BadInput(f"{where} {name}: a zero byte cannot be passed on")
    return name, value


def _looks_secret(name: str, value: str) -> bool:
    return bool(value and is_secret_name(name)) or bool(_SECRET_VALUE.search(value))


def _secret(text: str, where: str) -> SecretRef:
    match = re.fullmatch(rf"({_VARIABLE})=({_SUBDOMAIN})/([-._a-zA-Z0-9]{{1,253}})", text)
    if match is None:
        name, equals, _ = text.partition("=")
        variable = name if re.fullmatch(_VARIABLE, name) else "TOKEN"
        shown = f"{variable}=..." if equals else quantities.shown(text)  # the right side may be the secret itself
        raise BadInput(f"{where} {shown}: expected ENV=SECRET/KEY, for example {where} {variable}=my-secret/key")
    if match[1].startswith("FERRY_"):
        raise BadInput(f"{where} {match[1]}: names that begin with FERRY_ are set by ferry itself")
    return SecretRef(match[1], match[2], match[4])


def _label(text: str, where: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    prefix, slash, name = key.rpartition("/")
    fine = re.fullmatch(_LABEL_PART, name) and (not slash or re.fullmatch(_SUBDOMAIN, prefix))
    if not equals or not fine or (value and not re.fullmatch(_LABEL_PART, value)):
        raise BadInput(
            f"{where} {quantities.shown(text)}: expected KEY=VALUE as labels are, for example {where} team=vision"
        )
    if key.startswith(_OURS):
        raise BadInput(f"{where} {text}: {key} is set by ferry itself")
    return key, value


def _mount(text: str, where: str) -> DataMount:
    alias, equals, named = text.rpartition("=")
    dataset, at, version = named.partition("@")
    if not re.fullmatch(r"[0-9a-f]{4,64}" if at else "", version):
        raise BadInput(f"{where} {text}: expected a version, for example {where} {dataset}@3f9c2a71", "ferry data ls")
    if equals and not alias:
        raise BadInput(f"{where} {text}: expected NAME=DATASET, for example {where} train={dataset}")
    dataset = quantities.name(dataset, where, limit=63)
    return DataMount(quantities.name(alias, where) if alias else dataset, dataset, version)
