"""Signing in by the `kubernetes` package: exec plugins, auth providers, proxies. Imported on first use: 0.2 s."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.client.rest import RESTClientObject
from kubernetes.config import ConfigException

from trainferry.cluster.plain import CONNECTIONS, Access
from trainferry.errors import BadInput, Unreachable

PACKAGE: Any = config  # it has no types


def access(files: list[str], context: str, namespace: str) -> Access:
    """A context of these kubeconfigs. Raises BadInput, or Unreachable when a plugin does not sign in."""
    configuration: Any = Configuration()
    with _one_line(context):
        PACKAGE.load_kube_config(
            os.pathsep.join(files), context=context, client_configuration=configuration, persist_config=False
        )
        configuration.connection_pool_maxsize = CONNECTIONS
        pool = RESTClientObject(configuration).pool_manager

    def headers() -> dict[str, str]:
        """The package renews what is about to expire."""
        with _one_line(context):
            settings = configuration.auth_settings().values()
        return {one["key"]: one["value"] for one in settings if one["in"] == "header" and one["value"]}

    return Access(configuration.host, context, namespace, pool, headers)


@contextmanager
def _one_line(context: str) -> Iterator[None]:
    """What the package raises or, for exec plugins, only logs, as one line of ours."""
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
        who = f"kubectl --context {context} auth whoami"
        raise Unreachable(f"context {context}: signing in failed: {_first_line(logged.lines[0])}", who)


class _Heard(logging.Handler):
    """Keeps what is logged as an error, instead of letting it reach the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _first_line(text: str) -> str:
    return " ".join(text.strip().splitlines()[:1]) or "no reason given"
