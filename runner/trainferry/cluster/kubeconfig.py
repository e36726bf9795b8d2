"""Which API server, as whom: a context of the user's kubeconfig, or the pod's own service account.

Reading and signing in is the `kubernetes` package's work (exec plugins, client certificates, token refresh).
This module is imported on first use: that package costs 0.25 s.
"""

import difflib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.config import ConfigException

from trainferry.errors import BadInput, Missing, Unreachable

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
IN_CLUSTER = "in-cluster"
PACKAGE: Any = config  # it has no types


@dataclass(frozen=True)
class Access:
    """`configuration` is the kubernetes package's; `namespace` the context's own ("default" when it names none)."""

    configuration: Any
    context: str
    namespace: str


def load(context: str = "") -> Access:
    """The named context; without a name the pod's service account, or else the current context.

    Raises BadInput for a kubeconfig that cannot be used, Missing for an unknown context, Unreachable when signing
    in fails.
    """
    files = _files()
    if not context and not files and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _in_cluster()
    if context == IN_CLUSTER:
        return _in_cluster()
    contexts, current = _contexts(files)
    chosen = _choose(contexts, context or current, files)
    configuration = Configuration()
    with _one_line(chosen):
        PACKAGE.load_kube_config(
            os.pathsep.join(files), context=chosen, client_configuration=configuration, persist_config=False
        )
    return Access(configuration, chosen, contexts[chosen].get("namespace") or "default")


def contexts() -> list[str]:
    """The contexts of the user's kubeconfig, for completion and for `ferry init`."""
    return sorted(_contexts(_files())[0])


def _files() -> list[str]:
    named = os.environ.get("KUBECONFIG", "")
    if named:
        return [str(Path(name).expanduser()) for name in named.split(os.pathsep) if name]
    usual = Path("~/.kube/config").expanduser()
    return [str(usual)] if usual.exists() else []


def _contexts(files: list[str]) -> tuple[dict[str, dict[str, Any]], str]:
    """Context name -> its fields, and the current one; the first file that names a context wins, as in kubectl."""
    found: dict[str, dict[str, Any]] = {}
    current = ""
    texts = {file: _parsed(file) for file in files if len(files) == 1 or os.path.exists(file)}
    for found_in in texts.values():
        current = current or found_in.get("current-context") or ""
        for entry in found_in.get("contexts") or []:
            found.setdefault(entry.get("name", ""), entry.get("context") or {})
    return found, current


def _parsed(file: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(Path(file).read_text())
    except FileNotFoundError as error:
        raise BadInput(f"kubeconfig {file}: no such file", "echo $KUBECONFIG") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"kubeconfig {file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise BadInput(f"kubeconfig {file} is not YAML{where}", f"kubectl --kubeconfig {file} config view") from error
    if not isinstance(config, dict) or not isinstance(config.get("contexts") or [], list):
        raise BadInput(f"kubeconfig {file} is not a kubeconfig", f"kubectl --kubeconfig {file} config view")
    return config


def _choose(contexts: dict[str, dict[str, Any]], wanted: str, files: list[str]) -> str:
    where = " and ".join(files) or "~/.kube/config (there is none)"
    if not wanted:
        raise BadInput(f"no context is chosen in {where}", "ferry init --context NAME")
    if wanted in contexts:
        return wanted
    near = difflib.get_close_matches(wanted, list(contexts), n=1, cutoff=0.4)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise Missing(f'no context "{wanted}" in {where}.{meant}', "kubectl config get-contexts")


@contextmanager
def _one_line(context: str) -> Iterator[None]:
    """What the kubernetes package raises or, for exec plugins, only logs, as one line of ours."""
    logged = _Heard()
    logging.getLogger().addHandler(logged)
    try:
        yield
    except ConfigException as error:
        raise BadInput(f"context {context}: {_first_line(str(error))}", "kubectl config view") from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise BadInput(f"context {context} cannot be used: {_first_line(str(error))}", "kubectl config view") from error
    finally:
        logging.getLogger().removeHandler(logged)
    if logged.lines:
        raise Unreachable(
            f"context {context}: signing in failed: {_first_line(logged.lines[0])}",
            f"kubectl --context {context} auth whoami",
        )


class _Heard(logging.Handler):
    """Keeps what is logged as an error, instead of letting it reach the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _in_cluster() -> Access:
    configuration = Configuration()
    try:
        PACKAGE.load_incluster_config(client_configuration=configuration)
    except (ConfigException, OSError) as error:
        raise BadInput(f"this pod has no service account token: {error}", "ferry init --context NAME") from error
    return Access(configuration, IN_CLUSTER, (POD / "namespace").read_text().strip())


def _first_line(text: str) -> str:
    return " ".join(text.strip().splitlines()[:1]) or "no reason given"
