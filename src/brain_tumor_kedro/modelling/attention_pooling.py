"""Learned pooling of slices: which of them a patient's class can be seen on.

Gated attention of Ilse, Tomczak and Welling, "Attention-based deep multiple instance learning",
ICML 2018. Of the features h_k of a patient's slices,

    a_k = softmax_k(w^T (tanh(V h_k) * sigmoid(U h_k)))

are the weights of a mean, and one sigmoid sits on that mean. It learns from patients alone: nobody
says which slice shows what.
"""

import logging
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.modelling.bags import Bags, pack_bags, standardize
from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.progress import ProgressBar

logger = logging.getLogger(__name__)

#: What takes the place of the score of a slice that is none.
NOWHERE = -1e9


class Pooled(NamedTuple):
    """What learned pooling says.

    Attributes:
        probabilities: Of being positive, float64, shape (patients,), in [0, 1].
        attention: Of every slice, float64, shape (n,); sums to one in each patient.
        epochs: That were trained.
        best_epoch: Whose weights are kept, from 0.
        losses: `loss` and `val_loss` of that epoch.
        parameters: That were learned.
    """

    probabilities: npt.NDArray[np.float64]
    attention: npt.NDArray[np.float64]
    epochs: int
    best_epoch: int
    losses: dict[str, float]
    parameters: int

    def facts(self) -> dict[str, Any]:
        """What is told of the training, as JSON can hold it."""
        return {
            "epochs": self.epochs,
            "best_epoch": self.best_epoch,
            **self.losses,
            "parameters": self.parameters,
        }


def build_pooling(features: int, settings: AttentionPooling) -> keras.Model:
    """Build the model that is trained.

    Args:
        features: Of a slice.
        settings: How pooling is learned.

    Returns:
        From features `(patients, slices, features)` and a mask `(patients, slices)` to
        `probability` `(patients, 1)` and `attention` `(patients, slices)`.
    """
    bags = keras.Input((None, features), name="features")
    mask = keras.Input((None,), name="mask")
    attention = _attend(bags, mask, settings.hidden)
    embedding = keras.layers.Dot(axes=1, name="embedding")([attention, bags])
    # Of the patient's features, not of the slices': fewer by as many as there are slices.
    kept = keras.layers.Dropout(settings.dropout, seed=settings.seed)(embedding)
    # From zero it says one half of everybody first, whatever the number of features.
    last = keras.layers.Dense(
        1, activation="sigmoid", kernel_initializer="zeros", name="probability"
    )
    probability = last(kept)
    return keras.Model([bags, mask], {"probability": probability, "attention": attention})


def _attend(features: keras.KerasTensor, mask: keras.KerasTensor, hidden: int) -> keras.KerasTensor:
    """Weigh slices: 0 where there is none, and summing to one over a patient's."""
    content = keras.layers.Dense(hidden, activation="tanh", name="content")(features)
    gate = keras.layers.Dense(hidden, activation="sigmoid", name="gate")(features)
    scores = keras.layers.Dense(1, use_bias=False, name="score")(content * gate)[..., 0]
    return ops.softmax(ops.where(mask > 0, scores, NOWHERE), axis=-1) * mask


def pool_slices(
    features: npt.NDArray[np.float32],
    patients: npt.NDArray[np.intp],
    positive: npt.NDArray[np.bool_],
    train: npt.NDArray[np.bool_],
    val: npt.NDArray[np.bool_],
    settings: AttentionPooling,
) -> Pooled:
    """Learn to pool on training patients, stop on validation patients, and pool all.

    The features are standardized by the slices of the training patients. Classes weigh as they
    are.

    Args:
        features: Of slices, shape (n, features).
        patients: Patient of every slice, counted from zero, int, shape (n,).
        positive: Which patients are positive, shape (patients,).
        train: Which are trained on, shape (patients,).
        val: Which stop the training, shape (patients,).
        settings: How pooling is learned.

    Returns:
        Probabilities and attention of all patients.

    Raises:
        ValueError: There are no training patients of both classes, or no validation patients.
    """
    _require_patients(positive, train, val)
    keras.utils.set_random_seed(settings.seed)
    bags = pack_bags(standardize(features, train[patients]), patients)
    model = build_pooling(features.shape[1], settings)
    learner = keras.Model(model.input, model.output["probability"])
    learner.compile(
        keras.optimizers.AdamW(settings.learning_rate, settings.weight_decay),
        loss=keras.losses.BinaryCrossentropy(),
        jit_compile=False,  # compiling takes longer than training
    )
    history, stopping = _fit(learner, bags, positive.astype(np.float32), train, val, settings)
    probabilities, attention = _predict(model, bags, settings.batch_size)
    best = int(stopping.best_epoch)
    losses = {name: float(values[best]) for name, values in history.items()}
    logger.info("Learned to pool in %d epochs, best %d: %s", len(history["loss"]), best, losses)
    return Pooled(
        probabilities, attention, len(history["loss"]), best, losses, model.count_params()
    )


def _require_patients(
    positive: npt.NDArray[np.bool_], train: npt.NDArray[np.bool_], val: npt.NDArray[np.bool_]
) -> None:
    if len(np.unique(positive[train])) < 2:
        raise ValueError(
            "Expected training patients of both classes to learn pooling from, received "
            f"{int(train.sum())} patients, {int(positive[train].sum())} of them positive."
        )
    if not val.any():
        raise ValueError("Expected validation patients to stop the training by, received none.")


def _fit(
    learner: keras.Model,
    bags: Bags,
    truth: npt.NDArray[np.float32],
    train: npt.NDArray[np.bool_],
    val: npt.NDArray[np.bool_],
    settings: AttentionPooling,
) -> tuple[dict[str, list[float]], keras.callbacks.EarlyStopping]:
    stopping = keras.callbacks.EarlyStopping(
        "val_loss", patience=settings.patience, mode="min", restore_best_weights=True
    )
    steps = -(-int(train.sum()) // settings.batch_size)
    callbacks = [stopping, ProgressBar("Learning to pool", steps)]
    fitted = learner.fit(
        [bags.features[train], bags.mask[train]],
        truth[train, None],
        validation_data=([bags.features[val], bags.mask[val]], truth[val, None]),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        callbacks=EpochCallbacks(callbacks, add_history=True, model=learner),
        verbose=0,
    )
    history = fitted.history if fitted is not None else learner.history.history
    if not np.isfinite(history["val_loss"]).all():
        raise ValueError(
            "Expected a finite validation loss while learning to pool, received "
            f"{history['val_loss']}. Lower attention_pooling.learning_rate."
        )
    return {name: list(map(float, values)) for name, values in history.items()}, stopping


def _predict(
    model: keras.Model, bags: Bags, batch_size: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    said = model.predict([bags.features, bags.mask], batch_size=batch_size, verbose=0)
    attention = said["attention"].astype(np.float64)[bags.rows, bags.columns]
    total = np.bincount(bags.rows, attention, minlength=len(bags.mask))
    return said["probability"][:, 0].astype(np.float64), attention / total[bags.rows]
