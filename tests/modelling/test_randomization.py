from collections.abc import Callable

import keras
import numpy as np

from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
from brain_tumor_kedro.modelling.explaining import map_and_forget
from brain_tumor_kedro.modelling.gradcam import compute_grad_cam
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.randomization import map_while_forgetting
from brain_tumor_kedro.modelling.recipes import Recipe

ROWS, TARGETS = np.arange(6), np.array([0, 1] * 3)


def make(make_recipe: Callable[..., Recipe]) -> keras.Model:
    keras.utils.set_random_seed(0)
    return average_mirrored(build_classifier(make_recipe(), ("left", "right")))


def test_weights_become_random_from_the_head_down(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    model = make(make_recipe)
    before = fingerprint(model)
    trained = model.layers[-2]
    head = trained.get_layer("head").get_weights()[0]
    same = []
    for step in map_while_forgetting(model, images, ROWS, TARGETS, (0.0, 0.5, 1.0)):
        inner = step.classifier.layers[-2]
        random = inner.get_layer("head").get_weights()[0]
        # Not those that a training with the same seed began with.
        assert abs(np.corrcoef(head.ravel(), random.ravel())[0, 1]) < 0.4
        kernels = [(layer.get_layer("backbone")).get_weights() for layer in (trained, inner)]
        same.append([np.array_equal(*pair) for pair in zip(*kernels, strict=True)][::2])
        assert step.maps.shape == (6, 4, 4)
    assert same == [[True] * 4, [True, True, False, False], [False] * 4]
    assert fingerprint(model) == before


def test_with_nothing_random_but_the_head_features_stay(
    make_recipe: Callable[..., Recipe], images: np.ndarray
) -> None:
    model = make(make_recipe)
    (step,) = map_while_forgetting(model, images, ROWS, TARGETS, (0.0,))
    again = compute_grad_cam(step.classifier, images, ROWS, TARGETS)
    np.testing.assert_allclose(step.maps, again, rtol=1e-4, atol=1e-8)
    assert not np.allclose(step.maps, compute_grad_cam(model, images, ROWS, TARGETS))


def test_all_maps_at_once_or_none(make_recipe: Callable[..., Recipe], images: np.ndarray) -> None:
    model = make(make_recipe)
    options = {"patch": 0.5, "stride": 0.5, "checked": (4, 2), "seed": 0}
    maps, forgotten = map_and_forget(model, images, ROWS, TARGETS, **options)
    assert {name: len(values) for name, values in maps.items()} == {"gradcam": 6, "occlusion": 6}
    assert {name: len(steps) for name, steps in forgotten.items()} == {"gradcam": 4, "occlusion": 1}
    assert forgotten["occlusion"][1.0].shape == (2, 40, 40)
    maps, forgotten = map_and_forget(model, images, ROWS[:0], TARGETS[:0], **options)
    assert all(len(values) == 0 for values in maps.values())
    assert forgotten == {}
