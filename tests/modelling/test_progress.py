import io

import pytest
from tqdm import tqdm

from brain_tumor_kedro.modelling import progress
from brain_tumor_kedro.modelling.progress import ProgressBar


def test_batches_are_counted_and_the_bar_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = []

    def open_bar(**kwargs: object) -> tqdm:
        bars.append(tqdm(**kwargs | {"disable": False, "file": io.StringIO()}))
        return bars[-1]

    monkeypatch.setattr(progress, "tqdm", open_bar)
    bar = ProgressBar("Training head", batches=3)
    bar.on_epoch_begin(0)
    for batch in range(3):
        bar.on_train_batch_begin(batch)
    assert bars[0].n == 3
    assert bars[0].desc.startswith("Training head, epoch 1")
    bar.on_epoch_end(0)
    bar.on_predict_batch_begin(0)
    assert bars[0].n == 3


def test_batches_that_come_together_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = []

    def open_bar(**kwargs: object) -> tqdm:
        bars.append(tqdm(**kwargs | {"disable": False, "file": io.StringIO()}))
        return bars[-1]

    monkeypatch.setattr(progress, "tqdm", open_bar)
    bar = ProgressBar("Training head", batches=5)
    bar.on_epoch_begin(0)
    bar.on_train_batch_begin(0)
    bar.on_train_batch_begin(4)
    assert bars[0].n == 5
