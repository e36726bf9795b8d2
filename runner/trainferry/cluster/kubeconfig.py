"""Which API server, as whom: a context of the user's kubeconfig, or the pod's own service account.

Plain credentials (token, client certificate) are read here; for all else (exec plugins, auth providers, proxies) the
`kubernetes` package signs in, which costs 0.2 s to import.
"""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import yaml

from trainferry.cluster import plain
from trainferry.cluster.plain import Access
from trainferry.errors import BadInput, Missing
from trainferry.spec.settings import IN_CLUSTER

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Entry:
    """What a kubeconfig says about one context, cluster or user; `folder` is where its relative paths begin."""

    fields: dict[str, Any]
    folder: Path


def load(context: str = "") -> Access:
    """The named context; without a name the pod's service account, or else the current context.

    Raises BadInput for a kubeconfig that cannot be used, Missing for an unknown context, Unreachable when signing
    in fails.
    """
    files = _files()
    if context == IN_CLUSTER or (not context and not files and "KUBERNETES_SERVICE_HOST" in os.environ):
        return _in_cluster()
    texts = {file: _parsed(file) for file in files if len(files) == 1 or os.path.exists(file)}
    found = _entries(texts, "contexts", "context")
    current = next((text["current-context"] for text in texts.values() if text.get("current-context")), "")
    chosen = _choose(found, context or current, files)
    fields = found[chosen].fields
    cluster = _entry(texts, "cluster", fields.get("cluster"), chosen)
    user = _entry(texts, "user", fields.get("user"), chosen) if fields.get("user") else Entry({}, cluster.folder)
    namespace = fields.get("namespace") or "default"
    if plain.enough(user.fields, cluster.fields) and not getproxies():
        with plain.usable(chosen):
            credentials = plain.Credentials.of(user.fields, user.folder)
            server = plain.Server.of(cluster.fields, cluster.folder)
        return plain.access(chosen, namespace, credentials, server)
    # imported here: it loads the kubernetes package
    from trainferry.cluster import signin

    return signin.access(files, chosen, namespace)


def contexts() -> list[str]:
    """The contexts of the user's kubeconfig, for completion and for `ferry init`."""
    files = _files()
    return sorted(_entries({file: _parsed(file) for file in files if os.path.exists(file)}, "contexts", "context"))


def _files() -> list[str]:
    named = os.environ.get("KUBECONFIG", "")
    if named:
        return [str(Path(name).expanduser()) for name in named.split(os.pathsep) if name]
    usual = Path("~/.kube/config").expanduser()
    return [str(usual)] if usual.exists() else []


def _entries(texts: dict[str, dict[str, Any]], many: str, one: str) -> dict[str, Entry]:
    """Name -> entry; the first file that has a name wins, as in kubectl."""
    found: dict[str, Entry] = {}
    for file, text in texts.items():
        for entry in text.get(many) or []:
            found.setdefault(str(entry.get("name")), Entry(entry.get(one) or {}, Path(file).parent.absolute()))
    return found


def _entry(texts: dict[str, dict[str, Any]], kind: str, name: Any, context: str) -> Entry:
    found = _entries(texts, kind + "s", kind).get(str(name))
    if found is None:
        raise BadInput(f"context {context}: there is no {kind} {name} in the kubeconfig", "kubectl config view")
    return found


def _parsed(file: str) -> dict[str, Any]:
    try:
        config = yaml.load(Path(file).read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError as error:
        raise BadInput(f"kubeconfig {file}: no such file", "echo $KUBECONFIG") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"kubeconfig {file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise BadInput(f"kubeconfig {file} is not YAML{where}", f"kubectl --kubeconfig {file} config view") from error
    if not isinstance(config, dict) or not all(
        _list_of_dicts(config.get(key)) for key in ("contexts", "clusters", "users")
    ):
        raise BadInput(f"kubeconfig {file} is not a kubeconfig", f"kubectl --kubeconfig {file} config view")
    return config


def _list_of_dicts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def _choose(found: dict[str, Entry], wanted: str, files: list[str]) -> str:
    where = " and ".join(files) or "~/.kube/config (there is none)"
    if not wanted:
        raise BadInput(f"no context is chosen in {where}", "ferry init --context NAME")
    if wanted in found:
        return wanted
    near = difflib.get_close_matches(wanted, list(found), n=1, cutoff=0.4)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise Missing(f'no context "{wanted}" in {where}.{meant}', "kubectl config get-contexts")


def _in_cluster() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (POD / "token").exists():
        raise BadInput("this is no pod with a service account token", "ferry init --context NAME")
    where = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    server = plain.Server(where, authority=str(POD / "ca.crt"))
    namespace = (POD / "namespace").read_text().strip()
    return plain.access(IN_CLUSTER, namespace, plain.Credentials(token_file=POD / "token"), server)
