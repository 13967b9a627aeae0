from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.batches import Batches, balanced_weights, select_rows

CLASSES = ("left", "right")

Change = Callable[[pd.DataFrame], object]


def numbers(batches: Batches) -> list[int]:
    return [int(value) for index in range(len(batches)) for value in batches[index][0][:, 0, 0]]


@pytest.fixture
def memory_map(tmp_path: Path) -> np.ndarray:
    array = np.broadcast_to(np.arange(50, dtype=np.uint8)[:, None, None], (50, 3, 3))
    np.save(tmp_path / "images.npy", array)
    return np.load(tmp_path / "images.npy", mmap_mode="r")


def test_without_a_seed_the_order_is_kept(memory_map: np.ndarray) -> None:
    rows = np.array([7, 3, 40, 3, 0])
    batches = Batches(memory_map, rows, batch_size=2)
    assert [len(batches[index][0]) for index in range(len(batches))] == [2, 2, 1]
    assert numbers(batches) == rows.tolist()


def test_a_batch_is_read_from_the_map_as_it_is(memory_map: np.ndarray) -> None:
    batch = Batches(memory_map, np.arange(50), batch_size=4)[0][0]
    assert type(batch) is np.ndarray
    assert batch.dtype == np.uint8
    assert batch.shape == (4, 3, 3)


def test_each_epoch_has_an_order_of_its_own_that_comes_again(memory_map: np.ndarray) -> None:
    batches = Batches(memory_map, np.arange(50), batch_size=8, seed=1)
    again = Batches(memory_map, np.arange(50), batch_size=8, seed=1)
    orders = []
    for epoch in range(3):
        batches.start_epoch(epoch)
        orders.append(numbers(batches))
        assert sorted(orders[-1]) == list(range(50))
    again.start_epoch(2)
    assert orders[0] != orders[1] != orders[2]
    assert numbers(again) == orders[2]


def test_targets_and_weights_stay_with_their_images(memory_map: np.ndarray) -> None:
    rows = np.arange(10, 30)
    batches = Batches(
        memory_map,
        rows,
        targets=rows[:, None].astype(np.float32),
        sample_weights=rows * 2,
        batch_size=7,
        seed=3,
    )
    for index in range(len(batches)):
        read, targets, weights = batches[index]
        np.testing.assert_array_equal(read[:, 0, 0], targets[:, 0])
        np.testing.assert_array_equal(targets[:, 0] * 2, weights)


def test_rows_and_labels_of_a_split(images: np.ndarray, manifest: pd.DataFrame) -> None:
    chosen = select_rows(images, manifest, CLASSES, "train")
    expected = manifest[manifest["split"] == "train"]
    assert chosen.rows.tolist() == expected["row"].tolist()
    assert [CLASSES[label] for label in chosen.labels] == expected["label"].tolist()


def set_value(column: str, value: object) -> Change:
    def change(table: pd.DataFrame) -> None:
        table.loc[table.index[table["split"] == "train"][0], column] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_value("row", 32), "of different runs"),
        (set_value("row", -1), "of different runs"),
        (set_value("row", None), "without a row"),
        (set_value("label", "above"), "received above"),
        (set_value("label", None), "rows without a label"),
    ],
)
def test_a_manifest_that_does_not_fit_is_an_error(
    images: np.ndarray, manifest: pd.DataFrame, change: Change, message: str
) -> None:
    change(manifest)
    with pytest.raises(ValueError, match=message):
        select_rows(images, manifest, CLASSES, "train")


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 8, 8), np.float32),
        np.zeros((4, 8), np.uint8),
        np.zeros((4, 8, 8, 2), np.uint8),
    ],
)
def test_other_arrays_are_no_packed_images(wrong: np.ndarray, manifest: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="Expected packed images"):
        select_rows(wrong, manifest, CLASSES, "train")


def test_balanced_weights_give_each_class_the_same_weight() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    weights = balanced_weights(labels, 3)
    assert [weights[labels == label].sum() for label in range(3)] == pytest.approx([2, 2, 2])
    assert weights.mean() == pytest.approx(1)
