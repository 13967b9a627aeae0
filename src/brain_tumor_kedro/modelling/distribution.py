"""Training on several GPUs and machines: the TensorFlow backend's `tf.distribute`.

Every step's images are shared out among the replicas (a GPU each, of all machines), each of which
has the whole model; their gradients are averaged before the step is taken. So a recipe's batch size
stays that of the step, and the result is that of one device up to rounding, with three exceptions:
batch normalization that is trained sees a replica's share of a batch alone; what is random is drawn
by each replica for its share; and a last batch of fewer images than replicas joins the one before.
"""

import copy
import itertools
import json
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.devices import prepare_device
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.replicated import ReplicatedModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Distribution:
    """Which devices share the steps of a training.

    Attributes:
        strategy: A `tf.distribute.Strategy`; None where one device does everything.
        several_hosts: Whether other machines take part.
    """

    strategy: Any = None
    several_hosts: bool = False

    @property
    def replicas(self) -> int:
        """Devices, on all machines."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    def scope(self) -> AbstractContextManager[Any]:
        """Open the scope in which models are built, compiled and fitted."""
        return self.strategy.scope() if self.strategy else nullcontext()

    def check(self, phase: Phase) -> None:
        """Refuse what Keras does not do over replicas as on one device.

        It clips each replica's gradient before it adds them up, and takes accumulated steps where
        no replica may wait for the others.

        Args:
            phase: Of the training.

        Raises:
            ValueError: Where it asks for that of several replicas.
        """
        asked = {"gradient_clipping": phase.gradient_clipping, "accumulate": phase.accumulate > 1}
        wrong = [name for name, value in asked.items() if value]
        if self.replicas > 1 and wrong:
            raise ValueError(
                f"Phase {phase.name!r} asks for {' and '.join(wrong)}, which Keras does not do "
                f"over {self.replicas} replicas. Leave it out, or train with distribution: none."
            )

    def adapt(self, model: keras.Model, batches: Batches) -> keras.Model:
        """Make the model one that can be fitted.

        Args:
            model: Not compiled.
            batches: What it will be trained on.

        Returns:
            The model, or one that shares its weights.
        """
        if self.strategy is None:
            return model
        adapted = ReplicatedModel(model.input, model(model.input))
        adapted.example = batches[0]
        return adapted

    def feed(self, train: Batches, val: Batches, first_epoch: int) -> dict[str, Any]:
        """Say what `fit` is given as data.

        Args:
            train: What is trained on.
            val: What is validated on.
            first_epoch: That training begins with, across phases.

        Returns:
            Arguments of `fit`.

        Raises:
            ValueError: Where there are more replicas than images.
        """
        if self.strategy is None:
            return {"x": train, "validation_data": val}
        shared, shared_val = _Shares(train, self.replicas), _Shares(val, self.replicas)
        return {
            "x": self._distribute(shared, first_epoch),
            "steps_per_epoch": len(shared),
            "validation_data": self._distribute(shared_val, 0),
            "validation_steps": len(shared_val),
        }

    def _distribute(self, shares: "_Shares", first_epoch: int) -> Any:
        import tensorflow as tf

        signature = tuple(
            tf.TensorSpec((None, *values.shape[1:]), values.dtype) for values in shares.example
        )

        def make_dataset(context: Any) -> Any:
            local = context.num_replicas_in_sync // context.num_input_pipelines
            first = context.input_pipeline_id * local
            return tf.data.Dataset.from_generator(
                lambda: shares.endless(range(first, first + local), first_epoch),
                output_signature=signature,
            ).prefetch(2 * local)

        # TensorFlow's own way to share a batch out leaves replicas without images where the
        # last batch is small, which ends in NaN or in an error.
        return self.strategy.distribute_datasets_from_function(make_dataset)


class _Shares:
    """The shares of every replica in every batch."""

    def __init__(self, batches: Batches, replicas: int) -> None:
        """Look at the last batch: one with fewer images than replicas joins the one before."""
        self._batches = copy.copy(batches)  # whose epoch is ahead of the one that is fitted
        self._replicas = replicas
        last = len(batches[len(batches) - 1][0])
        self._joined = last < replicas and len(batches) > 1
        if len(batches) == 1 and last < replicas:
            raise ValueError(
                f"Expected at least one image for each of {replicas} devices, received {last} "
                "images. Use fewer devices."
            )
        self.example = self._share(self._read(0), 0)

    def __len__(self) -> int:
        """Count the steps of an epoch."""
        return len(self._batches) - self._joined

    def endless(self, replicas: range, first_epoch: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield the shares of some replicas, step by step and epoch after epoch."""
        for epoch in itertools.count(first_epoch):
            self._batches.start_epoch(epoch)
            for step in range(len(self)):
                batch = self._read(step)
                yield from (self._share(batch, replica) for replica in replicas)

    def _read(self, step: int) -> tuple[np.ndarray, ...]:
        batch = self._batches[step]
        if not (self._joined and step == len(self) - 1):
            return batch
        return tuple(map(np.concatenate, zip(batch, self._batches[step + 1], strict=True)))

    def _share(self, batch: tuple[np.ndarray, ...], replica: int) -> tuple[np.ndarray, ...]:
        return tuple(np.array_split(values, self._replicas)[replica] for values in batch)


def open_distribution(compute: Compute) -> Distribution:
    """Find the devices that share a training.

    Args:
        compute: Its `distribution` is used.

    Returns:
        How to train on them.

    Raises:
        ValueError: Where another backend than TensorFlow computes, or `TF_CONFIG` does not name
            the machines.
        RuntimeError: Where TensorFlow has been used already.
    """
    if compute.distribution == "none":
        return Distribution()
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"distribution: {compute.distribution} needs the TensorFlow backend of Keras, but "
            f"{keras.backend.backend()} computes. Set KERAS_BACKEND=tensorflow, or use "
            "distribution: none."
        )
    prepare_device()  # before the strategy takes the memory of the GPUs
    if compute.distribution == "mirrored":
        return _mirror()
    return _join_workers()


@cache  # a second strategy in a process would count its messages anew
def _mirror() -> Distribution:
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) == 1:
        logger.warning(
            "distribution: mirrored found one device, %s: the same as none, a little slower",
            devices[0].name,
        )
    return Distribution(tf.distribute.MirroredStrategy([device.name for device in devices]))


@cache
def _join_workers() -> Distribution:
    import tensorflow as tf

    config = read_tf_config()
    task, workers = config["task"], config["cluster"]["worker"]
    logger.info("Waiting for all of %s", ", ".join(workers))
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise RuntimeError(
            "distribution: multi_worker has to begin before anything else uses TensorFlow in this "
            f"process ({error}). Run the training pipeline alone."
        ) from error
    if task["index"] > 0:
        logger.warning(
            "This is worker %d: it writes what the first worker writes. It needs a data_dir of its "
            "own, and what it writes can be thrown away.",
            task["index"],
        )
    return Distribution(strategy, several_hosts=len(workers) > 1)


def read_tf_config() -> dict[str, Any]:
    """Read which machines train, and which one this is.

    Returns:
        What the environment variable `TF_CONFIG` says, with `cluster.worker` and `task.index`.

    Raises:
        ValueError: Where it is missing or says something else.
    """
    text = os.environ.get("TF_CONFIG", "")
    try:
        config: dict[str, Any] = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        known = task["type"] == "worker" and workers[task["index"]] and task["index"] >= 0
    except (ValueError, KeyError, IndexError, TypeError):
        known = False
    if not known:
        raise ValueError(
            'distribution: multi_worker needs TF_CONFIG such as {"cluster": {"worker": '
            '["host1:12345", "host2:12345"]}, "task": {"type": "worker", "index": 0}}, with the '
            f"same workers and another index on every machine; received {text or 'nothing'}."
        )
    return config
