"""What training.py compares with: scripts as they are usually written, with Keras alone."""

import io
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

#: Images and their classes.
Split = tuple[np.ndarray, np.ndarray]

SIDE = 224
BATCH = 32
BRIGHTNESS = (0.8, 1.2)
EPOCHS = 10
PATIENCE = 3
#: Study 1 in full, with this backbone. Its text leaves open what is tuned at 1e-4: everything here.
DESCRIPTION = f"""\
  files      JPEG files in folders by class, decoded, scaled and changed anew in every epoch by
             ImageDataGenerator.flow_from_directory, target size {SIDE}
  changes    brightness {BRIGHTNESS[0]} to {BRIGHTNESS[1]}, then MobileNetV2's own rescaling
  network    MobileNetV2 0.35 (the given weights), average pooling, dropout 0.2, softmax; its
             batch normalization in inference mode throughout
  phase 1    the head, the base frozen and in the loop: Adamax 1e-3, batch {BATCH}, {EPOCHS} epochs
  phase 2    everything: Adamax 1e-4, batch {BATCH}, {EPOCHS} epochs
  stopping   each phase on validation loss, patience {PATIENCE}, best weights restored"""


def build_plain(weights: str, classes: int, *, from_uint8: bool) -> keras.Model:
    """MobileNetV2 0.35 with a softmax on it, its base frozen.

    With `from_uint8` it takes gray images of any size and prepares them itself.
    """
    base = keras.applications.MobileNetV2(
        (SIDE, SIDE, 3), alpha=0.35, include_top=False, weights=None
    )
    if weights != "none":
        base.load_weights(weights)
    base.trainable = False
    inputs = keras.Input((None, None, 1) if from_uint8 else (SIDE, SIDE, 3))
    pixels = inputs
    if from_uint8:
        pixels = keras.layers.Resizing(SIDE, SIDE)(pixels)
        pixels = keras.layers.Rescaling(1 / 127.5, -1)(pixels)
        pixels = keras.layers.Concatenate()([pixels, pixels, pixels])
    pooled = keras.layers.GlobalAveragePooling2D()(base(pixels))
    outputs = keras.layers.Dense(classes, "softmax")(keras.layers.Dropout(0.2)(pooled))
    return keras.Model(inputs, outputs)


def fit_frozen(model: keras.Model, train: Split, val: Split) -> str:
    """Fit a head for ten epochs with the frozen base in the loop; the last validation accuracy."""
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(*train, validation_data=val, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return f"{history.history['val_accuracy'][-1]:.4f}"


def write_pictures(
    folder: Path, images: np.ndarray, rows: Iterable[int], names: Iterable[str]
) -> None:
    """Write images as JPEG files (quality 95) into a folder for each class."""
    for row, name in zip(rows, names, strict=True):
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[row]).save(folder / name / f"{row}.jpg", quality=95)


def read_pictures(
    folder: Path, side: int, classes: list[str], *, train: bool
) -> keras.utils.PyDataset:
    """Read them as most published notebooks do; brightness is changed for training alone."""
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        brightness_range=BRIGHTNESS if train else None,
        preprocessing_function=keras.applications.mobilenet_v2.preprocess_input,
    )
    with redirect_stdout(io.StringIO()):  # "Found 3 images belonging to 2 classes."
        return generator.flow_from_directory(
            folder, (side, side), classes=classes, batch_size=BATCH, shuffle=train, seed=0
        )


def run_study(train: Path, val: Path, classes: list[str], weights: str) -> str:
    """Do what `DESCRIPTION` says; validation accuracy at the end, and epochs of each phase."""
    batches = read_pictures(train, SIDE, classes, train=True)
    val_batches = read_pictures(val, SIDE, classes, train=False)
    model = build_plain(weights, len(classes), from_uint8=False)
    epochs = []
    for rate in (1e-3, 1e-4):
        if epochs:
            unfreeze(model)
        model.compile(
            keras.optimizers.Adamax(rate), "categorical_crossentropy", metrics=["accuracy"]
        )
        stopping = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
        history = model.fit(
            batches,
            validation_data=val_batches,
            epochs=EPOCHS,
            verbose=0,
            callbacks=[stopping],
        )
        epochs.append(str(len(history.history["loss"])))
    reached = model.evaluate(val_batches, verbose=0)[1]
    return f"{reached:.4f} after {' + '.join(epochs)} epochs"


def unfreeze(model: keras.Model) -> None:
    """Train everything but batch normalization."""
    (base,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    base.trainable = True
    for layer in base.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
