"""`volume://CLAIM[/PREFIX]`: a claim of the runs' namespace, which its gateway makes a store."""

import re
from dataclasses import dataclass

from trainferry.errors import BadInput

SCHEME = "volume://"
PORT = 8080
TOKEN_HEADER = "X-Ferry-Token"
AUDIENCE = "ferry-gateway"  # of the tokens that are good for the own namespace's gateways and for nothing else
LONGEST = 49  # so that the gateway's Service is a DNS label

_CLAIM = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_PART = re.compile(r"[^/?#%\s\x00-\x1f\x7f]{1,255}")


@dataclass(frozen=True)
class Volume:
    """`prefix` begins all names in the store; "" for the whole claim."""

    claim: str
    prefix: str = ""

    @property
    def gateway(self) -> str:
        """What all objects of the gateway are called."""
        return f"ferry-gateway-{self.claim}"

    @property
    def proxied(self) -> str:
        """The gateway as the API server's service proxy, and a Role's resourceNames, spell it."""
        return f"http:{self.gateway}:{PORT}"


def readers_audience(namespace: str) -> str:
    """Of the tokens that open shares of this namespace: whoever runs its gateway can use them nowhere else."""
    return f"ferry-share.{namespace}"


def is_volume(url: str) -> bool:
    """Whether this store is a claim."""
    return url.startswith(SCHEME)


def parse(url: str) -> Volume:
    """Claim and prefix. Raises BadInput, one line."""
    claim, _, prefix = url.removeprefix(SCHEME).partition("/")
    prefix = prefix.strip("/")
    if len(claim) > LONGEST or not _CLAIM.fullmatch(claim):
        raise BadInput(
            f"store {url}: expected a claim's name of small letters, digits and - (at most {LONGEST})",
            f"for example --store {SCHEME}store",
        )
    parts = prefix.split("/") if prefix else []
    if not all(_PART.fullmatch(part) and part not in (".", "..", ".ferry") for part in parts):
        raise BadInput(
            f"store {url}: expected a plain path behind the claim", f"for example --store {SCHEME}{claim}/team"
        )
    return Volume(claim, prefix)


def no_cluster(url: str) -> BadInput:
    """What the engine of this machine says to a claim."""
    message = f"store {url}: a claim is of a cluster and none is configured"
    return BadInput(message, f"ferry init --context NAME --store {url}")
