import numpy as np

from brain_tumor_kedro.imaging.head_mask import find_head
from brain_tumor_kedro.imaging.surroundings import (
    BACKGROUND_NUMBERS,
    PARTS,
    describe_background,
    describe_border,
    describe_surroundings,
)
from builders import draw


def test_the_background_is_described_without_the_head():
    head = find_head(draw(1))
    other = np.where(head, np.random.default_rng(0).integers(0, 256, head.shape), draw(1))

    one = describe_background(draw(1), head)
    assert one.shape == (BACKGROUND_NUMBERS,)
    assert (one == describe_background(other.astype(np.uint8), head)).all()


def test_noise_in_the_background_shows():
    image, head = draw(1), find_head(draw(1))
    noise = np.random.default_rng(0).integers(0, 4, image.shape, dtype=np.uint8)

    still, noisy = (describe_background(one, head) for one in (image, np.maximum(image, noise)))
    assert noisy[5] > still[5]
    assert np.abs(noisy - still).max() > 0.2


def test_no_background_is_described_as_none():
    numbers = describe_background(draw(1), np.ones((128, 128), bool))
    assert (numbers == 0).all()


def test_the_border_knows_where_a_mark_is():
    plain = draw(1)
    marked = plain.copy()
    marked[:3, -8:] = 255

    assert (describe_border(plain) != describe_border(marked)).any()
    assert describe_border(plain).shape == (4 * PARTS * 3 + 4,)


def test_the_border_knows_how_much_padding_there_is():
    image = np.full((100, 100), 50, np.uint8)
    image[20:90, 30:] = np.random.default_rng(0).integers(60, 255, (70, 70))

    # Turned by quarters: top, right, bottom, left.
    np.testing.assert_allclose(describe_border(image)[-4:], [0.2, 0, 0.1, 0.3], atol=1e-6)
    assert (describe_border(np.zeros((100, 100), np.uint8))[-4:] == 1).all()


def test_many_are_described_in_order():
    images = np.stack([draw(seed) for seed in range(5)])
    found = describe_surroundings(images, [3, 0, 3])

    assert (found["border"][0] == describe_border(images[3])).all()
    assert (found["background"][1] == describe_background(images[0], find_head(images[0]))).all()
    assert (found["border"][0] == found["border"][2]).all()


def test_images_of_three_channels_are_described():
    found = describe_surroundings(np.stack([np.stack([draw(1)] * 3, axis=-1)]), [0])
    assert (found["border"][0] == describe_border(draw(1))).all()
