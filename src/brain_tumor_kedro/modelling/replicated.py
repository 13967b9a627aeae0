"""A model that several devices can fit together."""

from typing import Any

import keras
import numpy as np


class ReplicatedModel(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A functional model that `fit` takes under a strategy of `tf.distribute`.

    It does what Keras's own models do, but for three things: every image of a batch counts alike,
    where Keras has every replica's share count alike, however many images it has; what is not built
    yet is built from an example, where Keras takes the average of all replicas' images, which fails
    where their numbers differ; and a step logs vectors, where Keras fails to average scalars of
    several machines (https://github.com/keras-team/keras/issues/20585). What an epoch logs does not
    come from there: Keras reads it from the metrics.

    Attributes:
        example: A batch, as it comes from the host; set it before `fit`.
    """

    example: tuple[np.ndarray, ...] = ()

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on a replica's share of a batch."""
        import tensorflow as tf

        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        replicas = self.distribute_strategy.num_replicas_in_sync
        images = tf.cast(tf.shape(y)[0], tf.float32)
        everywhere = tf.distribute.get_replica_context().all_reduce("sum", images)
        with tf.GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.compute_loss(x, y, predicted, sample_weight, training=True)
            # Keras has divided it by the number of replicas, whose gradients it will add up.
            scaled = self.optimizer.scale_loss(loss * replicas * images / everywhere)
        gradients = tape.gradient(scaled, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss * replicas, sample_weight=images)
        return _as_vectors(self.compute_metrics(x, y, predicted, sample_weight))

    def test_step(self, data: Any) -> dict[str, Any]:
        """Validate on a replica's share of a batch."""
        return _as_vectors(super().test_step(data))

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Build what is not built yet, inside the strategy's scope."""
        with self.distribute_strategy.scope():
            self._symbolic_build(data_batch=self.example)


def _as_vectors(logs: dict[str, Any]) -> dict[str, Any]:
    return {name: keras.ops.reshape(value, (1,)) for name, value in logs.items()}
