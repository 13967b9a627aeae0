import numpy as np

from brain_tumor_kedro.sample.scanner import draw_scanner, scan


def test_scan_without_noise_repeats_and_with_noise_does_not():
    scanner = draw_scanner(np.random.default_rng(0))
    image = np.full((32, 32), 0.5, np.float32)
    np.testing.assert_array_equal(scan(scanner, image), scan(scanner, image))
    noisy = scan(scanner, image, np.random.default_rng(1))
    assert 0 < np.abs(noisy - scan(scanner, image)).mean() < 0.1


def test_scan_stays_in_range_and_leaves_its_input():
    scanner = draw_scanner(np.random.default_rng(3))
    image = np.linspace(0, 1, 1024, dtype=np.float32).reshape(32, 32)
    before = image.copy()
    shown = scan(scanner, image, np.random.default_rng(1))
    assert shown.dtype == np.float32
    assert shown.min() >= 0
    assert shown.max() <= 1
    np.testing.assert_array_equal(image, before)
