"""Manifests as YAML that people review and `kubectl apply` reads, and back."""

import re
from typing import Any

import yaml

from trainferry.errors import BadInput

Object = dict[str, Any]

# Plain only where every YAML reader sees a string: kubectl's takes 1e-3, 0o14, y and 12:30 for something else.
_PLAIN = re.compile(r"[A-Za-z/][^\n]*|--?[A-Za-z][^\n]*|[0-9]+(m|[KMGT]i)")
_WORDS = frozenset({"y", "n"})


class _Dumper(yaml.SafeDumper):
    """No aliases; several lines as a block; lists indented below their key."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    style = "|" if "\n" in text else None if plain else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


class _Loader(yaml.SafeLoader):
    """Dates stay text, as for kubectl."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def dump(objects: list[Object]) -> str:
    """One document an object, keys in their own order: the same objects are the same bytes."""
    return "---\n".join(
        yaml.dump(each, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**30, default_flow_style=False)
        for each in objects
    )


def load(text: str, source: str = "-") -> list[Object]:
    """The objects of a multi-document YAML (or JSON) text; `source` is its file's name, for the errors.

    Raises BadInput, naming file and line, for what is not YAML or not a Kubernetes object.
    """
    try:
        nodes = [node for node in yaml.compose_all(text, _Loader) if not _empty(node)]
        return [_object(node, source) for node in nodes]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadInput(f"{source}, line {line}: not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{source}: not YAML: {str(error).splitlines()[0]}") from error


def _empty(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _object(node: yaml.Node, source: str) -> Object:
    loader = _Loader("")
    found = loader.construct_document(node)
    if isinstance(found, dict) and found.get("apiVersion") and found.get("kind"):
        return found
    line = node.start_mark.line + 1
    raise BadInput(f"{source}, line {line}: not a Kubernetes object (apiVersion and kind are missing)")
