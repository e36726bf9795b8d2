"""Names of cards: ours, Google's node label, and the product that NVIDIA's GPU Feature Discovery writes.

Sources: GKE "About GPUs" (cloud.google.com/gke-accelerator) and gpu-feature-discovery, which takes the device's product
name with blanks turned into `-`. A node selector takes one value, so forms that differ in GFD have a name each.
"""

import difflib

from trainferry.errors import BadInput

_LABELS = {"gke": "cloud.google.com/gke-accelerator", "gfd": "nvidia.com/gpu.product"}
schemes = tuple(_LABELS)

# short name: (gke, gfd); "" where that side has no such card
_CARDS = {
    "t4": ("nvidia-tesla-t4", "Tesla-T4"),
    "p4": ("nvidia-tesla-p4", "Tesla-P4"),
    "p100": ("nvidia-tesla-p100", "Tesla-P100-PCIE-16GB"),
    "v100": ("nvidia-tesla-v100", "Tesla-V100-SXM2-16GB"),
    "v100-32gb": ("", "Tesla-V100-SXM2-32GB"),
    "l4": ("nvidia-l4", "NVIDIA-L4"),
    "l40": ("", "NVIDIA-L40"),
    "l40s": ("", "NVIDIA-L40S"),
    "a10": ("", "NVIDIA-A10"),
    "a10g": ("", "NVIDIA-A10G"),
    "a40": ("", "NVIDIA-A40"),
    "a100": ("nvidia-tesla-a100", "NVIDIA-A100-SXM4-40GB"),
    "a100-pcie": ("", "NVIDIA-A100-PCIE-40GB"),
    "a100-80gb": ("nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB"),
    "a100-80gb-pcie": ("", "NVIDIA-A100-80GB-PCIe"),
    "h100": ("nvidia-h100-80gb", "NVIDIA-H100-80GB-HBM3"),
    "h100-mega": ("nvidia-h100-mega-80gb", ""),
    "h100-pcie": ("", "NVIDIA-H100-PCIe"),
    "h200": ("nvidia-h200-141gb", "NVIDIA-H200"),
    "b200": ("nvidia-b200", "NVIDIA-B200"),
    "rtx-3090": ("", "NVIDIA-GeForce-RTX-3090"),
    "rtx-4090": ("", "NVIDIA-GeForce-RTX-4090"),
    "rtx-5090": ("", "NVIDIA-GeForce-RTX-5090"),
    "rtx-a6000": ("", "NVIDIA-RTX-A6000"),
    "rtx-6000-ada": ("", "NVIDIA-RTX-6000-Ada-Generation"),
}
_LONG = {label.lower(): short for short, labels in _CARDS.items() for label in labels if label}
_LONG |= {"a100-40gb": "a100", "h100-80gb": "h100", "h200-141gb": "h200"}


def check(gpu_type: str, where: str = "--gpu-type") -> str:
    """The short name of a card, however it was written (`L4`, `nvidia-l4`, `NVIDIA-L4`); BadInput with near ones."""
    asked = gpu_type.strip().lower().replace(" ", "-").replace("_", "-")
    found = _LONG.get(asked, asked)
    if found in _CARDS:
        return found
    matches = difflib.get_close_matches(asked, [*_CARDS, *_LONG], n=4, cutoff=0.5)
    near = list(dict.fromkeys(_LONG.get(match, match) for match in matches))
    advice = f"Did you mean {' or '.join(near)}?" if near else f"Known are {', '.join(_CARDS)}"
    raise BadInput(f"{where} {gpu_type}: no such card. {advice}")


def known(text: str) -> bool:
    """Whether a text is a card's name (typed where a number was expected)."""
    return _LONG.get(text.lower(), text.lower()) in _CARDS


def selector(gpu_type: str, scheme: str) -> dict[str, str]:
    """The label that a node with this card carries, under one of `schemes`."""
    if scheme not in _LABELS:
        raise BadInput(f'gpu_scheme {scheme}: expected {" or ".join(schemes)}, for example gpu_scheme = "gke"')
    value = _CARDS[check(gpu_type)][schemes.index(scheme)]
    if not value:
        there = ", ".join(short for short, values in _CARDS.items() if values[schemes.index(scheme)])
        raise BadInput(f"--gpu-type {gpu_type}: no node of scheme {scheme} is labelled so. There are {there}")
    return {_LABELS[scheme]: value}
