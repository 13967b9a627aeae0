import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling import phase_data, phases
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.phase_data import PhaseData, choose_data
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.training_run import TrainingRun, start_run
from brain_tumor_kedro.modelling.views import ViewBatches

CLASSES = ("left", "right")
HEAD = {"name": "head", "trainable": "head", "learning_rate": 1e-2, "epochs": 3}

Choose = Callable[..., PhaseData]


class ChosenError(Exception):
    """Ends a training where its data is chosen."""


@pytest.fixture
def choose(
    make_recipe: Callable[..., Recipe],
    images: np.ndarray,
    manifest: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> Choose:
    """Choose the data of a head phase, with a random flip in the recipe."""
    chosen = []

    def stop(run: TrainingRun, phase: Phase) -> None:
        chosen.append(choose_data(run, phase))
        raise ChosenError

    def choose(*, cache: bool = True, **changes: Any) -> PhaseData:
        recipe = make_recipe(augmentation={"horizontal_flip": True}, phases=[HEAD | changes])
        with pytest.raises(ChosenError):
            phases.train(recipe, images, manifest, CLASSES, cache_features=cache)
        return chosen[-1]

    monkeypatch.setattr(phases, "choose_data", stop)
    return choose


def test_a_head_without_random_changes_is_fitted_on_features(
    choose: Choose, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        data = choose(augment=False)
    assert data.model.name == HEAD_LAYER
    assert data.train[0][0].shape == (8, 96)
    assert data.val[0][0].shape == (6, 96)
    assert data.steps_per_execution == len(data.train) == 3
    assert "training and validation images: 26 x 96 features, 0 MiB in memory" in caplog.text


@pytest.mark.parametrize(("views", "expected"), [(2, 2), (9, 3)])
def test_no_more_views_are_cached_than_there_are_epochs(
    choose: Choose, caplog: pytest.LogCaptureFixture, views: int, expected: int
) -> None:
    with caplog.at_level(logging.INFO):
        data = choose(views=views)
    assert data.model.name == HEAD_LAYER
    assert isinstance(data.train, ViewBatches)
    assert data.val[0][0].shape == (6, 96)
    assert f"views of training images: {expected} times 20 x 96 features" in caplog.text
    assert "validation images: 6 x 96" in caplog.text


@pytest.mark.parametrize(
    "changes",
    [{}, {"cache": False, "augment": False}, {"cache": False, "views": 2}, {"trainable": "all"}],
)
def test_otherwise_the_classifier_is_fitted_on_images(
    choose: Choose, changes: dict[str, Any]
) -> None:
    data = choose(**changes)
    assert data.model.input_shape[1:] in {(40, 40), (None, None)}
    assert data.train[0][0].shape == (8, 40, 40)
    assert data.steps_per_execution == 1


def test_features_are_computed_again_only_after_the_backbone_was_trained(
    make_recipe: Callable[..., Recipe],
    images: np.ndarray,
    manifest: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed = []

    def note(*args: Any) -> np.ndarray:
        computed.append(compute_features(*args))
        return computed[-1]

    monkeypatch.setattr(phase_data, "compute_features", note)
    names = ("one", "two", "whole", "last")
    chosen = [
        HEAD | {"name": name, "trainable": "all" if name == "whole" else "head", "epochs": 1}
        for name in names
    ]
    result = phases.train(make_recipe(phases=chosen), images, manifest, CLASSES)
    assert result.history["phase"].tolist() == list(names)
    assert [features.shape for features in computed] == [(26, 96), (26, 96)]
    assert np.abs(computed[0] - computed[1]).max() > 1e-3


@pytest.mark.parametrize(
    ("changes", "there"),
    [({"augment": False}, False), ({"views": 2}, False), ({}, True), ({"trainable": "all"}, True)],
)
def test_images_are_kept_on_the_device_where_they_are_looked_up(
    make_recipe: Callable[..., Recipe],
    images: np.ndarray,
    manifest: pd.DataFrame,
    changes: dict[str, Any],
    there: bool,
) -> None:
    recipe = make_recipe(augmentation={"horizontal_flip": True}, phases=[HEAD | changes])
    compute = Compute(resident=True)
    run = start_run(recipe, images, manifest, CLASSES, 0, None, compute, True, Pretrained())
    assert (run.resident is not None) == there
