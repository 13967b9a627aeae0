from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.batches import balanced_weights
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.head_settings import Head
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, LOGIT_LAYER, build_head
from brain_tumor_kedro.modelling.optimization import (
    averaging_callback,
    compile_for_phase,
    make_optimizer,
    stopping_callback,
)
from brain_tumor_kedro.modelling.phase_settings import EarlyStopping, Phase
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.trainable import set_trainable

MakeRecipe = Callable[..., Recipe]

CLASSES = 3
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(8, 4)).astype(np.float32)
LABELS = np.array([0, 0, 0, 0, 0, 1, 1, 2])
Y = np.eye(CLASSES, dtype=np.float32)[LABELS]
KERNEL = GENERATOR.normal(size=(4, CLASSES)).astype(np.float32)
BIAS = GENERATOR.normal(size=CLASSES).astype(np.float32)
RATE = 0.1


def phase(**changes: Any) -> Phase:
    values = {"name": "p", "trainable": "all", "optimizer": "sgd", "learning_rate": RATE}
    return Phase.model_validate(values | {"epochs": 2} | changes)


@pytest.fixture
def softmax(make_recipe: MakeRecipe) -> Callable[..., keras.Model]:
    """Make a softmax regression, compiled for a phase."""

    def make(
        batches: int = 1, label_smoothing: float = 0.0, dtype: str = "float32", **changes: Any
    ) -> keras.Model:
        layer = keras.layers.Dense(CLASSES, activation="softmax", dtype=dtype)
        model = keras.Sequential([keras.Input((4,)), layer])
        model.set_weights([KERNEL, BIAS])
        recipe = make_recipe(label_smoothing=label_smoothing)
        compile_for_phase(model, recipe, phase(**changes), batches)
        return model

    return make


def gradient(
    kernel: np.ndarray, bias: np.ndarray, y: np.ndarray = Y, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Of the mean, over images, of the (weighted) cross-entropy."""
    scores = np.exp(X @ kernel + bias)
    errors = scores / scores.sum(axis=1, keepdims=True) - y
    errors = errors if weights is None else errors * weights[:, None]
    return X.T @ errors / len(X), errors.mean(axis=0)


def check(model: keras.Model, kernel: np.ndarray, bias: np.ndarray) -> None:
    for got, expected in zip(model.get_weights(), (kernel, bias), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamax", "adamw", "lion"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_a_phase_gets_its_optimizer(
    softmax: Callable[..., keras.Model], name: str, weight_decay: float
) -> None:
    model = softmax(optimizer=name, weight_decay=weight_decay, label_smoothing=0.1)
    assert type(model.optimizer).__name__.lower() == name
    assert float(model.optimizer.learning_rate) == pytest.approx(RATE)
    assert (model.optimizer.weight_decay or 0.0) == weight_decay
    assert model.loss.label_smoothing == 0.1


def test_two_steps_of_sgd_are_those_by_hand(softmax: Callable[..., keras.Model]) -> None:
    """Clipping to a global norm, momentum of 0.9, weight decay of kernels alone, smoothing."""
    norm, decay, smoothing = 0.05, 0.3, 0.2
    model = softmax(gradient_clipping=norm, weight_decay=decay, label_smoothing=smoothing)
    y = Y * (1 - smoothing) + smoothing / CLASSES
    kernel, bias = KERNEL, BIAS
    velocities = [np.zeros_like(kernel), np.zeros_like(bias)]
    for _ in range(2):
        model.train_on_batch(X, Y)
        gradients = gradient(kernel, bias, y)
        length = np.sqrt(sum((it**2).sum() for it in gradients))
        assert length > norm
        velocities = [
            0.9 * velocity - RATE * it * norm / length
            for velocity, it in zip(velocities, gradients, strict=True)
        ]
        kernel = kernel * (1 - RATE * decay) + velocities[0]
        bias = bias + velocities[1]
        check(model, kernel, bias)


def test_a_short_gradient_is_not_clipped(softmax: Callable[..., keras.Model]) -> None:
    model = softmax(gradient_clipping=100.0)
    model.train_on_batch(X, Y)
    moves = gradient(KERNEL, BIAS)
    check(model, KERNEL - RATE * moves[0], BIAS - RATE * moves[1])


def test_class_weights_scale_each_image_s_gradient(softmax: Callable[..., keras.Model]) -> None:
    weights = balanced_weights(LABELS, CLASSES)
    np.testing.assert_allclose(weights, (8 / 3 / np.array([5, 2, 1]))[LABELS], rtol=1e-6)
    model = softmax()
    model.train_on_batch(X, Y, sample_weight=weights)
    moves = gradient(KERNEL, BIAS, weights=weights)
    check(model, KERNEL - RATE * moves[0], BIAS - RATE * moves[1])


@pytest.mark.parametrize("layer_decay", [None, 0.5])
@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_four_small_batches_are_one_big_one(
    softmax: Callable[..., keras.Model], name: str, layer_decay: float | None
) -> None:
    options = {"optimizer": name, "gradient_clipping": 0.05, "weight_decay": 0.3}
    big = softmax(**options)
    small = softmax(**options, accumulate=4, layer_decay=layer_decay)
    for _ in range(2):
        big.train_on_batch(X, Y)
        for start in range(0, 8, 2):
            before = small.get_weights()
            small.train_on_batch(X[start : start + 2], Y[start : start + 2])
            if start < 6:
                check(small, *before)
        check(small, *big.get_weights())


def test_the_average_takes_steps_in_not_batches(softmax: Callable[..., keras.Model]) -> None:
    """It weighs a step alike, however many batches it is made of; the last counts in part yet."""
    momentum, count = 0.8, 2
    model = softmax(ema=momentum, accumulate=count)
    seen = []
    for _ in range(3 * count):
        model.train_on_batch(X, Y)
        seen.append(model.get_weights()[0])
    first, second, third = (seen[count * step - 1] for step in (1, 2, 3))
    # The batch that completes a step and the one after it bring what a step brings.
    share = 1 - momentum ** (1 / count)
    after_second = momentum * first + (1 - momentum) * second
    expected = (1 - share) * after_second + share * third
    model.optimizer.finalize_variable_values(model.trainable_variables)
    np.testing.assert_allclose(model.get_weights()[0], expected, atol=1e-6)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_schedule_counts_batches(softmax: Callable[..., keras.Model], accumulate: int) -> None:
    """Two epochs of four batches, of which each step takes one or two."""
    model = softmax(batches=4, schedule="cosine", accumulate=accumulate)
    got = []
    for _ in range(8):
        model.train_on_batch(X, Y)
        got.append(float(model.optimizer.learning_rate))
    expected = [RATE * (1 + np.cos(np.pi * step / 8)) / 2 for step in range(1, 9)]
    np.testing.assert_allclose(got, expected, atol=1e-7)


def test_the_step_is_as_long_as_the_schedule_says_where_batches_are_accumulated(
    softmax: Callable[..., keras.Model],
) -> None:
    model = softmax(batches=4, schedule="cosine", accumulate=2)
    for _ in range(2):
        model.train_on_batch(X, Y)
    rate = RATE * (1 + np.cos(np.pi * 1 / 8)) / 2  # of the batch, from 0, that completes it
    moves = gradient(KERNEL, BIAS)
    check(model, KERNEL - rate * moves[0], BIAS - rate * moves[1])


@pytest.mark.parametrize("augmented", [False, True])
def test_blocks_move_less_the_deeper_they_lie(
    make_recipe: MakeRecipe, images: np.ndarray, augmented: bool
) -> None:
    """One step of SGD is the gradient times the factor of the block."""
    recipe = make_recipe(augmentation={"brightness": [1.0, 1.0]})
    y = np.eye(2, dtype=np.float32)[np.arange(8) % 2]
    moves = []
    for layer_decay in (None, 0.5):
        keras.utils.set_random_seed(3)
        classifier = build_classifier(recipe, ("left", "right"))
        chosen = phase(layer_decay=layer_decay)
        set_trainable(classifier, recipe, chosen)
        model = classifier
        if augmented:
            model = with_augmentation(classifier, recipe.augmentation, images.shape[1:], 0)
        before = classifier.get_weights()
        optimizer = make_optimizer(model, recipe, chosen, 1)
        model.compile(optimizer, "categorical_crossentropy", run_eagerly=True)
        model.train_on_batch(images[:8], y)
        moves.append(
            [now - then for now, then in zip(classifier.get_weights(), before, strict=True)]
        )
    paths = [weight.path for weight in classifier.weights]
    for path, plain, scaled in zip(paths, *moves, strict=True):
        depth = 0 if HEAD_LAYER in path else 5 - int(path.split("block")[1][0])
        assert np.abs(plain).max() > 0
        np.testing.assert_allclose(scaled, plain * 0.5**depth, rtol=1e-3, atol=1e-7)


MAKE_ALL: dict[str, Any] = {
    "optimizer": "adamw", "layer_decay": 0.5, "ema": 0.9, "accumulate": 2, "weight_decay": 0.1
}  # fmt: skip


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_losses_are_scaled_in_float16_alone(
    make_recipe: MakeRecipe, images: np.ndarray, augmented: bool, precision: str
) -> None:
    recipe = make_recipe(augmentation={"horizontal_flip": augmented})
    classifier = build_classifier(recipe, ("left", "right"), precision=precision)
    model = with_augmentation(classifier, recipe.augmentation, images.shape[1:], 0)
    compile_for_phase(model, recipe, phase(**MAKE_ALL), 2)
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")


def test_all_of_it_trains_in_float16(softmax: Callable[..., keras.Model]) -> None:
    """The weights stay in float32 and move as they do in float32, but for rounding.

    The first loss scale may be too large: Keras leaves such a batch out and halves the scale.
    """
    weights = []
    for dtype in ("float32", "mixed_float16"):
        model = softmax(dtype=dtype, **MAKE_ALL, gradient_clipping=0.05)
        for _ in range(20):
            model.train_on_batch(X, Y)
            if int(model.optimizer.iterations) == 3:
                break
        model.optimizer.finalize_variable_values(model.trainable_variables)
        weights.append(model.get_weights())
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    for full, half, start in zip(*weights, (KERNEL, BIAS), strict=True):
        assert half.dtype == np.float32
        assert np.abs(full - start).max() > 0.1
        np.testing.assert_allclose(half, full, atol=2e-3)


def test_f1_is_the_mean_over_classes(softmax: Callable[..., keras.Model]) -> None:
    model = softmax()
    logs = model.evaluate(X, Y, batch_size=3, verbose=0, return_dict=True)
    predicted = model.predict(X, verbose=0).argmax(axis=1)
    assert set(logs) == {"loss", "accuracy", "precision", "recall", "f1"}
    assert logs["f1"] == pytest.approx(f1_score(LABELS, predicted, average="macro"), abs=1e-6)
    assert logs["accuracy"] == pytest.approx(np.mean(predicted == LABELS))


@pytest.mark.parametrize(
    ("monitor", "way"),
    [("val_loss", "min"), ("loss", "min"), ("val_f1", "max"), ("accuracy", "max")],
)
def test_stopping_knows_which_way_is_better(monitor: Any, way: str) -> None:
    callback = stopping_callback(EarlyStopping(monitor=monitor, patience=2))
    assert (callback.monitor, callback.mode) == (monitor, way)
    assert callback.patience == 2
    assert callback.restore_best_weights


def test_only_a_phase_that_averages_has_a_callback_for_it() -> None:
    assert averaging_callback(phase()) is None
    assert averaging_callback(phase(ema=0.9)) is not None


#: Of one unit: the first is sure and wrong, the second sure and right, the third neither.
LOGITS = np.array([40.0, -40.0, 0.5], np.float32)
BINARY = np.array([0.0, 0.0, 1.0], np.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_one_unit_is_binary_cross_entropy(
    make_recipe: MakeRecipe, smoothing: float
) -> None:
    head = build_head(Head(output="sigmoid"), 1, 2)
    head.set_weights([np.ones((1, 1)), np.zeros(1)])
    compile_for_phase(head, make_recipe(label_smoothing=smoothing), phase(), 1)
    weights = np.array([0.5, 2.0, 1.0], np.float32)
    found = head.evaluate(
        LOGITS[:, None], np.eye(2)[BINARY.astype(int)], sample_weight=weights, verbose=0
    )
    binary = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    expected = binary(BINARY[:, None], LOGITS[:, None], sample_weight=weights)
    assert found[0] == pytest.approx(float(expected), abs=1e-6)


def test_one_unit_learns_from_what_is_sure_and_wrong(make_recipe: MakeRecipe) -> None:
    """The whole classifier, behind its augmentation, as it is fitted."""
    recipe = make_recipe(head={"output": "sigmoid"}, augmentation={"horizontal_flip": True})
    classifier = build_classifier(recipe, ("left", "right"))
    head = classifier.get_layer(HEAD_LAYER)
    images = np.zeros((3, 40, 40), np.uint8)
    for logit in (40.0, -40.0, 0.5):
        head.set_weights([np.zeros((96, 1)), np.array([logit])])
        classifier.get_layer("backbone").trainable = False
        model = with_augmentation(classifier, recipe.augmentation, images.shape[1:], 0)
        compile_for_phase(model, recipe, phase(), 1)
        model.train_on_batch(images, np.eye(2)[[0, 0, 1]])
        gradient = 1 / (1 + np.exp(-logit)) - 1 / 3
        bias = head.get_layer(LOGIT_LAYER).get_weights()[1][0]
        assert bias == pytest.approx(logit - RATE * gradient, abs=1e-5)


@pytest.mark.parametrize("positive", [0, 1])
def test_scores_of_the_positive_class_are_logged(make_recipe: MakeRecipe, positive: int) -> None:
    head = build_head(Head(output="sigmoid"), 1, 2)
    compile_for_phase(head, make_recipe(), phase(), 1, positive=positive)
    head.set_weights([np.ones((1, 1)), np.zeros(1)])
    labels = GENERATOR.integers(0, 2, 300)
    logits = GENERATOR.normal(labels * 0.5, 1, 300)
    found = head.evaluate(logits[:, None], np.eye(2)[labels], verbose=0, return_dict=True)
    for name, score in [
        ("f1_positive", f1_score), ("precision", precision_score), ("recall", recall_score)
    ]:  # fmt: skip
        expected = score(labels, logits > 0, pos_label=positive)
        assert found[name] == pytest.approx(expected, abs=1e-6), name
