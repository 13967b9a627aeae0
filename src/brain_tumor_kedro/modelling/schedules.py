"""How the learning rate changes within a phase."""

import keras

from brain_tumor_kedro.modelling.phase_settings import Cosine, Phase, Plateau, mode


def make_learning_rate(
    phase: Phase, batches: int
) -> float | keras.optimizers.schedules.CosineDecay:
    """Make what an optimizer takes as its learning rate.

    A schedule counts batches, not steps: Keras does so where gradients are accumulated too, and
    takes the value at the batch that completes a step. Without early stopping, it ends with the
    phase's last batch.

    Args:
        phase: Its learning rate, schedule and epochs are used.
        batches: Batches per epoch.

    Returns:
        A number, where nothing changes within epochs; else rises from 0 for `warmup` epochs, then
        falls as half a cosine to the fraction `final` (Loshchilov and Hutter, SGDR, ICLR 2017).

    Raises:
        ValueError: Where the warm-up leaves nothing of the phase.
    """
    if not isinstance(phase.schedule, Cosine):
        return phase.learning_rate
    rising = round(phase.schedule.warmup * batches)
    falling = phase.epochs * batches - rising
    if falling < 1:
        raise ValueError(
            f"Phase {phase.name!r} has {phase.epochs} epochs and warms up for "
            f"{phase.schedule.warmup:g} of them: no batch is left. Shorten `warmup`."
        )
    return keras.optimizers.schedules.CosineDecay(
        0.0 if rising else phase.learning_rate,
        falling,
        alpha=phase.schedule.final,
        warmup_target=phase.learning_rate if rising else None,
        warmup_steps=rising,
    )


def schedule_callbacks(phase: Phase) -> list[keras.callbacks.Callback]:
    """Make what lowers the learning rate between epochs.

    Args:
        phase: Its schedule is used.

    Returns:
        A callback for `plateau`, to come after the one that records epochs; none otherwise.
    """
    if not isinstance(phase.schedule, Plateau):
        return []
    return [
        keras.callbacks.ReduceLROnPlateau(
            monitor=phase.schedule.monitor,
            mode=mode(phase.schedule.monitor),
            factor=phase.schedule.factor,
            patience=phase.schedule.patience,
        )
    ]
