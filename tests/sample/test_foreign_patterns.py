import numpy as np

from brain_tumor_kedro.sample.foreign_patterns import pink_noise, salt_noise, stretched, white_noise


def falls(picture: np.ndarray) -> float:
    """How much more amplitude low frequencies have than high ones."""
    waves = np.abs(np.fft.fft2(picture - picture.mean()))
    reach = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256))
    return waves[(reach < 0.1) & (reach > 0)].mean() / waves[reach > 0.3].mean()


def test_pink_noise_falls_and_white_does_not():
    rng = np.random.default_rng(1)
    assert falls(pink_noise(rng)) > 3
    assert min(falls(white_noise(rng)) for _ in range(8)) < 1.1


def test_salt_is_black_and_white_on_one_shade():
    assert len(np.unique(salt_noise(np.random.default_rng(0)))) == 3


def test_what_is_even_stays_even():
    assert np.ptp(stretched(np.full((4, 4), 7.0))) == 0
