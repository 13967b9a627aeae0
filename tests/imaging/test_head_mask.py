import numpy as np
import pytest

from brain_tumor_kedro.imaging.head_mask import find_head, remove_background, remove_head
from builders import draw, draw_phantom


def disk(side: int = 120, radius: float = 0.6) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return np.hypot(x, y) < radius


@pytest.mark.parametrize("background", [0, 25])
def test_the_head_is_found_whole_with_its_dark_parts(background):
    image = np.where(disk(), 150, background).astype(np.uint8)
    image[disk(radius=0.2)] = background  # a dark ventricle
    noise = np.random.default_rng(0).integers(0, 8, image.shape, dtype=np.uint8)

    head = find_head(image + noise)

    assert head[disk()].all()
    assert not head[~disk(radius=0.75)].any()


def test_a_mark_in_the_corner_is_not_the_head():
    image = np.where(disk(), 150, 0).astype(np.uint8)
    image[2:10, 2:10] = 255

    assert not find_head(image)[:12, :12].any()


@pytest.mark.parametrize("seed", range(3))
def test_the_head_of_a_phantom_fills_a_good_part_and_not_all(seed):
    head = find_head(draw_phantom(seed))

    assert 0.2 < head.mean() < 0.9
    assert head[128, 128]
    assert not head[0, 0]


def test_an_image_cropped_to_the_brain_is_all_head():
    image = draw(1, 200)[60:140, 60:140]

    assert find_head(image).all()
    assert (remove_head(image, find_head(image)) == 0).all()
    assert (remove_background(image, find_head(image)) == image).all()


def test_a_flat_image_has_no_head():
    assert not find_head(np.full((50, 50), 80, np.uint8)).any()


def test_what_is_removed_is_replaced_and_the_rest_stays():
    image = np.where(disk(), 150, 20).astype(np.uint8)
    image[:3] = 90
    head = find_head(image)

    without_head, without_rest = remove_head(image, head), remove_background(image, head)

    assert (without_head[head] == 20).all()
    assert (without_head[~head] == image[~head]).all()
    assert (without_rest[head] == image[head]).all()
    assert (without_rest[~head] == 0).all()


def test_channels_are_masked_alike():
    image = np.where(disk(), 150, 20).astype(np.uint8)
    three = np.stack([image, image, image // 2], axis=-1)
    head = find_head(three)

    assert (head == find_head(image)).all()
    assert (remove_head(three, head)[head] == [20, 20, 10]).all()
    assert (remove_background(three, head)[~head] == 0).all()
