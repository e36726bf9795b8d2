"""Nets by name: they take raw images of any size, and a state says which net it belongs to."""

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from tests.unit.trainer.pictures import data_set, images
from tests.unit.trainer.test_training import CONFIG, same, steps
from trainer.airbench import whitening
from trainer.errors import BadData, BadFlags
from trainer.model import Net, build
from trainer.order import seed_of
from trainer.training import Training

NAMES = ("small", "medium", "large", "torchvision:resnet18")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums in one order only."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def weights(net: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(weight.numel() for weight in net.parameters() if weight.requires_grad)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 33, 47)])
def test_every_net_takes_any_size_and_gives_float32(name: str, shape: tuple[int, int, int]) -> None:
    pictures = torch.randint(0, 255, (4, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    logits = build(name, pictures, 5)(pictures)
    assert (logits.shape, logits.dtype) == ((4, 5), torch.float32)


def test_their_sizes() -> None:
    pictures = images(40).pixels
    assert [weights(build(name, pictures, 10)) for name in NAMES] == [34_632, 136_656, 1_963_272, 11_181_642]


def test_small_and_medium_are_one_net_of_two_widths() -> None:
    small, medium = (build(name, images(40).pixels, 10).state_dict() for name in ("small", "medium"))
    assert list(small) == list(medium) == list(Net(1, 10).state_dict())


def test_a_net_carries_the_normalisation_of_the_images_it_was_made_for() -> None:
    pictures = images(400).pixels
    net = build("medium", pictures, 4)
    normal = net.normalised(pictures)
    assert normal.mean().item() == pytest.approx(0, abs=1e-5)
    assert normal.std().item() == pytest.approx(1, abs=1e-5)


def test_the_first_layer_of_the_large_net_makes_patches_white() -> None:
    pictures = torch.rand(64, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    pictures = pictures + pictures.roll(1, -1)  # neighbours that are related
    pictures -= pictures.mean()
    filters = whitening(pictures)
    answers = nn.functional.conv2d(pictures, filters)[:, :4].permute(1, 0, 2, 3).reshape(4, -1)
    torch.testing.assert_close(torch.cov(answers), torch.eye(4), atol=0.02, rtol=0)
    assert torch.equal(filters[4:], -filters[:4])


def test_the_first_layer_of_the_large_net_is_never_trained_and_goes_with_its_state() -> None:
    config = dataclasses.replace(CONFIG, model="large")
    training = Training(config, data_set())
    before = training.model.state_dict()["whiten.weight"].clone()
    steps(training, 2)
    assert torch.equal(training.model.state_dict()["whiten.weight"], before)


def test_the_large_net_goes_on_to_the_same_bits(one_thread: None) -> None:
    config = dataclasses.replace(CONFIG, model="large")
    resumed = Training(config, data_set())
    resumed.load_state_dict(steps(Training(config, data_set()), 1).state_dict())
    torch.rand(7)  # chance that somebody else used
    assert same(steps(Training(config, data_set()), 3), steps(resumed, 2))


def test_what_a_net_drops_out_depends_on_seed_and_step_alone() -> None:
    training = steps(Training(CONFIG, data_set()), 2)
    torch.manual_seed(7)  # chance that somebody else used
    steps(training, 1)
    assert torch.initial_seed() == seed_of(CONFIG.seed, "drop out/0", 2)


def test_a_state_of_another_net_is_refused() -> None:
    state = Training(dataclasses.replace(CONFIG, model="small"), data_set()).state_dict()
    with pytest.raises(BadData, match=r"^out holds a training with net small, this one has medium"):
        Training(CONFIG, data_set()).load_state_dict(state)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torchvision:resnet81", "torchvision has no such classifier; near: resnet18, resnet152, resnet101"),
        ("torchvision:fcn_resnet50", "torchvision has no such classifier; near: resnet50, wide_resnet50_2, resnet152"),
        ("torchvision:", "there are small, medium, large and torchvision:NAME"),
    ],
)
def test_a_net_that_is_not_there_is_named_with_what_is(name: str, said: str) -> None:
    with pytest.raises(BadFlags) as error:
        build(name, images(4).pixels, 4)
    assert str(error.value) == f"--model {name}: {said}"


def test_a_net_that_needs_larger_images_says_so() -> None:
    with pytest.raises(
        BadFlags, match=r"^--model torchvision:squeezenet1_0 does not take images of 12 x 12 pixels; try"
    ):
        build("torchvision:squeezenet1_0", images(4).pixels, 4)
