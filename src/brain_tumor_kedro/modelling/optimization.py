"""What a phase minimizes, with which optimizer, and when it stops."""

import keras

from brain_tumor_kedro.modelling.phase_settings import EarlyStopping, Phase, mode

_OPTIMIZERS = {
    "adamax": keras.optimizers.Adamax,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
}


def compile_for_phase(model: keras.Model, phase: Phase, label_smoothing: float) -> None:
    """Give a model its phase's optimizer, the loss, and the metrics that are logged.

    Precision and recall are those of Keras: over all classes together, of predictions whose
    probability is above one half.

    Args:
        model: Ends in class probabilities; what is trainable is set already.
        phase: Its optimizer, learning rate and weight decay are used.
        label_smoothing: In [0, 1); 0 is plain cross-entropy.
    """
    model.compile(
        optimizer=_OPTIMIZERS[phase.optimizer](
            phase.learning_rate, weight_decay=phase.weight_decay or None
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
        ],
    )


def stopping_callback(stopping: EarlyStopping) -> keras.callbacks.EarlyStopping:
    """Make the callback that stops a phase and goes back to its best weights.

    Args:
        stopping: What is monitored, and for how long.

    Returns:
        The callback; its `best_epoch` counts from 0 within the phase.
    """
    return keras.callbacks.EarlyStopping(
        monitor=stopping.monitor,
        mode=mode(stopping.monitor),
        patience=stopping.patience,
        restore_best_weights=True,
    )
