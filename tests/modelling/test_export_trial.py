import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.export_trial import (
    RESIZED_IMAGES,
    choose_calibration,
    choose_judged,
    try_out,
)


def test_test_images_are_judged_or_what_comes_nearest_to_them(manifest):
    assert set(choose_judged(manifest, 100, 0)["split"]) == {"test"}
    for without, found in ((["test"], "val"), (["test", "val"], "train")):
        rows = manifest[~manifest["split"].isin(without)]
        assert set(choose_judged(rows, 100, 0)["split"]) == {found}
    external = manifest.assign(split=manifest["split"].replace({"test": "external"}))
    assert set(choose_judged(external, 100, 0)["split"]) == {"external"}


def test_a_sample_is_seeded_and_in_the_order_of_the_manifest(manifest):
    one, same, other = (choose_calibration(manifest, 6, seed) for seed in (0, 0, 1))

    pd.testing.assert_frame_equal(one, same)
    assert set(one["image_id"]) != set(other["image_id"])
    assert set(one["split"]) == {"train"}
    assert list(one.index) == sorted(one.index)
    assert len(choose_calibration(manifest, 100, 0)) == 20


def test_without_images_nothing_is_tried(manifest):
    with pytest.raises(ValueError, match="Expected kept images in splits, found none"):
        choose_judged(manifest.iloc[:0], 5, 0)
    with pytest.raises(ValueError, match="Expected training images to calibrate int8 on"):
        choose_calibration(manifest[manifest["split"] == "test"], 5, 0)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_images_are_shown_in_order_and_at_other_sizes(channels):
    images = np.arange(70, dtype=np.uint8).reshape(-1, 1, 1, *[1] * len(channels))
    images = np.broadcast_to(images, (70, 10, 10, *channels))
    seen = []

    def predict(batch):
        seen.append(batch.shape)
        return batch.reshape(len(batch), -1).max(axis=1, keepdims=True).astype(np.float32)

    trial = try_out(predict, images, np.arange(70)[::-1])

    assert trial.probabilities[:, 0].tolist() == list(range(70))[::-1]
    assert trial.resized[:, 0].tolist() == list(range(70))[::-1][:RESIZED_IMAGES] * 3
    assert [shape[0] for shape in seen[:3]] == [32, 32, 6]
    assert {shape[1:3] for shape in seen[3:]} == {(5, 5), (10, 15), (13, 11)}
