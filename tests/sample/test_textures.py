import numpy as np

from brain_tumor_kedro.sample.textures import Texture, resized


def test_texture_changes_slowly_and_forgets():
    texture = Texture.drawn(np.random.default_rng(0), 20)
    here, near, far = (texture.at(depth, 64).ravel() for depth in (0.0, 0.1, 1.0))
    assert np.corrcoef(here, near)[0, 1] > 0.95
    assert abs(np.corrcoef(here, far)[0, 1]) < 0.2


def test_resized_takes_width_before_height():
    assert resized(np.zeros((4, 6), np.float32), 12, 5).shape == (5, 12)
