"""Chance that only the seed and the step decide."""

import pytest
import torch

from trainer.augment import changed, draw, mirror, shift
from trainer.order import Order, generator


def test_an_epoch_shows_every_picture_of_its_full_batches_once() -> None:
    order = Order(seed=3, images=50, batch_size=10)
    seen = torch.cat([order.batch(step) for step in range(5)])
    assert seen.sort().values.tolist() == list(range(50))


def test_the_next_epoch_has_another_order() -> None:
    order = Order(seed=3, images=50, batch_size=50)
    assert order.batch(0).tolist() != order.batch(1).tolist()


def test_a_batch_depends_on_seed_and_step_not_on_what_was_asked_before() -> None:
    walked, jumped, other = Order(3, 50, 8), Order(3, 50, 8), Order(4, 50, 8)
    for step in range(13):
        last = walked.batch(step)
    assert torch.equal(last, jumped.batch(12))
    assert not torch.equal(last, other.batch(12))


def test_a_batch_is_never_larger_than_the_data() -> None:
    order = Order(seed=0, images=5, batch_size=256)
    assert (order.steps_per_epoch, len(order.batch(7))) == (1, 5)


def test_mirror_turns_only_those_that_are_named() -> None:
    images = torch.arange(6, dtype=torch.uint8).reshape(2, 1, 1, 3)
    assert mirror(images, torch.tensor([True, False])).flatten().tolist() == [2, 1, 0, 3, 4, 5]


def test_shift_moves_the_picture_and_fills_with_black() -> None:
    image = torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8).reshape(1, 1, 2, 2)
    moved = [
        shift(image, torch.tensor([[top], [left]]), 1).flatten().tolist() for top, left in ((1, 1), (0, 1), (2, 2))
    ]
    assert moved == [[1, 2, 3, 4], [0, 0, 1, 2], [4, 0, 0, 0]]


def test_shift_treats_every_channel_alike() -> None:
    images = torch.randint(1, 255, (4, 1, 9, 9), dtype=torch.uint8).repeat(1, 3, 1, 1)
    moved = shift(images, torch.tensor([[0, 1, 2, 3], [4, 3, 2, 1]]), 2)
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert torch.equal(moved[2], images[2])


def test_the_same_generator_gives_the_same_pictures() -> None:
    images = torch.randint(0, 255, (16, 3, 12, 12), dtype=torch.uint8)
    first, again, other = (changed(images, draw(16, 12, generator(1, "augment", step), True)) for step in (7, 7, 8))
    assert torch.equal(first, again)
    assert (first.shape, first.dtype) == (images.shape, images.dtype)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("flip", [True, False])
def test_a_share_of_the_pictures_changes_as_it_does_among_all(flip: bool) -> None:
    images = torch.randint(0, 255, (16, 3, 12, 12), dtype=torch.uint8)
    changes = draw(16, 12, generator(1, "augment", 7), flip)
    share = slice(5, 11)
    assert torch.equal(changed(images[share], changes.of(share)), changed(images, changes)[share])
