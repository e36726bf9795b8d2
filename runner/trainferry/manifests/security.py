"""Security contexts: Pod Security "restricted", but for `--run-as image`."""

from typing import Any

USER = 20001  # of our own images, and the group of every volume
IMAGE = "image"  # run_as: the user that the image names
# What root in a user's image expects to be able to do to its own files; Pod Security "baseline" allows it.
ROOT_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]


def pod_security(run_as: str = str(USER)) -> dict[str, Any]:
    """For the pod. `run_as`: a uid, or "image"."""
    shared = {
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return shared if run_as == IMAGE else {**_user(int(run_as)), **shared}


def own_security(run_as: str = str(USER)) -> dict[str, Any]:
    """For containers of our own images: nothing but their volumes is written. Never the image's root."""
    user = _user(USER) if run_as == IMAGE else {}
    return {
        **user,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def user_security(run_as: str) -> dict[str, Any]:
    """For the user's image: its root stays writable, programs expect that."""
    added = {"add": ROOT_CAPABILITIES} if run_as == IMAGE else {}
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"], **added}}


def _user(uid: int) -> dict[str, Any]:
    return {"runAsNonRoot": True, "runAsUser": uid, "runAsGroup": USER}
