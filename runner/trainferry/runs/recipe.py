"""What two runs were made of: whether it is the same, and what differs, in words."""

import re
from collections.abc import Iterator, Mapping, Sequence

from trainferry.runs.record import Record

SEED = re.compile(r"([a-z]+[-_.])*(seed|random[-_]state)", re.IGNORECASE)
_FLAG = re.compile(r"-{0,2}[A-Za-z][\w.-]*")
LONGEST = 60  # characters of a value that are shown

Settings = Mapping[str, str]


def same(first: Record | None, second: Record | None) -> bool:
    """Whether one was trained like the other, but for the seed, the machine and the name. False when nobody knows."""
    return first is not None and second is not None and _made_of(first) == _made_of(second)


def differences(first: Record | None, second: Record | None) -> list[str]:
    """For people, most telling first: `class weights shirt 3`, `--lr 0.1, was 0.2`, `other code`. Seeds too."""
    if first is None or second is None:
        return []
    before, after = _settings(first), _settings(second)
    changed = [name for name in dict.fromkeys((*after, *before)) if before.get(name) != after.get(name)]
    return [_told(name, before.get(name), after.get(name)) for name in changed]


def weights(record: Record | None) -> dict[str, float]:
    """The classes that count more, {} for none."""
    told = record.spec.get("class_weights") or {} if record else {}
    return {str(name): value for name, value in dict(told).items() if value != 1}


def _made_of(record: Record) -> Settings:
    return {name: value for name, value in _settings(record).items() if not SEED.fullmatch(name.lstrip("-"))}


def _settings(record: Record) -> Settings:
    """Everything that decides what comes out, by a name that people know it by."""
    spec, mode = record.spec, record.spec.get("class_weights_mode", "")
    counting = ", ".join(f"{name} {value:g}" for name, value in sorted(weights(record).items()))
    found = {"class weights": f"{counting} ({mode})" if counting and mode else counting}
    found |= dict(_flags(spec.get("command", ())))
    found |= {f"data {mount['name']}": f"{mount['dataset']}@{mount['version'][:8]}" for mount in spec.get("data", ())}
    found |= {"code": spec.get("code", "")[:12], "image": spec.get("image", "").rpartition("@")[2][:19]}
    found |= spec.get("env", {})
    return {name: value for name, value in found.items() if value}


def _flags(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`--lr 0.1`, `--lr=0.1` and `lr=0.1` by their flag (twice there: both values); the rest is the command."""
    found: dict[str, list[str]] = {"command": []}
    flag = ""
    for word in command:
        name, equals, value = word.partition("=")
        if equals and _FLAG.fullmatch(name) and (name.startswith("-") or not flag):
            found.setdefault(name, []).append(value)
            flag = ""
        elif word.startswith("-") and _FLAG.fullmatch(word):
            flag = word
            found.setdefault(flag, [])
        else:
            found[flag or "command"].append(word)
            flag = ""
    yield from ((name, " ".join(values) or "on") for name, values in found.items())


def _told(name: str, before: str | None, after: str | None) -> str:
    if name in ("code", "image", "command"):
        return f"other {name}"
    if after is None:
        return f"without {name} {_short(before or '')}".removesuffix(" on")
    was = f", was {_short(before)}" if before is not None and before != "on" else ""
    return f"{name} {_short(after)}".removesuffix(" on") + was


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
