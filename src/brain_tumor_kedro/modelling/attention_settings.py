"""Settings of learned pooling, without Keras."""

from pydantic import Field

from brain_tumor_kedro.modelling.strict import Fraction, Strict


class AttentionPooling(Strict):
    """How pooling is learned.

    Attributes:
        hidden: Units of the gate, rows of V and of U.
        dropout: Share of a patient's features that are dropped in training.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW.
        batch_size: Patients per step.
        epochs: At most.
        patience: Epochs without a lower validation loss before it stops.
        seed: Of the weights, the order of the patients, and dropout.
    """

    hidden: int = Field(64, ge=1)
    dropout: Fraction = 0.1
    learning_rate: float = Field(1e-2, gt=0)
    weight_decay: float = Field(1e-2, ge=0)
    batch_size: int = Field(16, ge=1)
    epochs: int = Field(100, ge=1)
    patience: int = Field(20, ge=1)
    seed: int = Field(0, ge=0, lt=2**32)
