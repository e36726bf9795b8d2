import pytest

from trainferry.errors import BadInput
from trainferry.spec import gpus


@pytest.mark.parametrize("written", ["l4", "L4", "nvidia-l4", "NVIDIA-L4"])
def test_a_card_is_known_by_all_its_names(written: str):
    assert gpus.check(written) == "l4"


def test_each_kind_of_cluster_has_its_own_label():
    assert gpus.selector("a100-80gb", "gke") == {"cloud.google.com/gke-accelerator": "nvidia-a100-80gb"}
    assert gpus.selector("a100-80gb", "gfd") == {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("l5", "--gpu-type l5: no such card. Did you mean l4?"),
        ("a100-80", "--gpu-type a100-80: no such card. Did you mean a100-80gb or h100 or a100?"),
    ],
)
def test_a_card_that_does_not_exist_names_near_ones(typed: str, said: str):
    with pytest.raises(BadInput) as error:
        gpus.check(typed)
    assert str(error.value) == said


def test_a_card_that_nothing_is_near_to_names_all():
    with pytest.raises(BadInput, match=r"^--gpu-type zzz: no such card\. Known are t4, p4, p100, v100, .*-ada$"):
        gpus.check("zzz")


def test_a_card_that_this_kind_of_cluster_never_has_is_refused():
    with pytest.raises(BadInput, match=r"^--gpu-type l40s: no node of scheme gke is labelled so\. There are t4, p4, "):
        gpus.selector("l40s", "gke")


def test_every_short_name_has_a_label_somewhere_and_no_label_means_two_cards():
    labels = [gpus.selector(short, scheme) for scheme in gpus.schemes for short in sorted(gpus._CARDS)
              if gpus._CARDS[short][gpus.schemes.index(scheme)]]  # fmt: skip
    assert len({str(label) for label in labels}) == len(labels)
    assert all(any(labels) for labels in gpus._CARDS.values())
