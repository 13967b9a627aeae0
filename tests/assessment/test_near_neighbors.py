import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.near_neighbors import (
    SAME_HEAD,
    describe_pictures,
    find_near_neighbors,
)


def draw_head(seed: int, shift: float = 0) -> np.ndarray:
    """A bright ellipse, as all heads are, with folds of its own."""
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    inside = (x / 0.7) ** 2 + (y / 0.85) ** 2 < 1
    folds = np.random.default_rng(seed).normal(size=(24, 24))
    large = Image.fromarray(folds.astype(np.float32)).resize((96, 96), Image.Resampling.BICUBIC)
    moved = np.roll(np.asarray(large), round(shift), axis=1)
    return np.where(inside, 120 + 40 * np.clip(moved, -2, 2), 0).astype(np.uint8)


def make_manifest(splits: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"kaggle/a/{number}.jpg" for number in range(len(splits))],
            "source": "kaggle/a",
            "label": "glioma",
            "split": splits,
            "row": pd.array(range(len(splits)), dtype="Int64"),
        }
    )


def test_the_same_head_is_found_whatever_its_contrast_and_other_heads_are_not() -> None:
    again = np.clip(draw_head(0) * 0.6 + 20, 0, 255).astype(np.uint8)
    heads = [draw_head(seed) for seed in range(6)]
    images = np.stack([*heads, again, draw_head(7)])
    manifest = make_manifest([*["train"] * 6, "test", "test"])
    table = find_near_neighbors(images, manifest)
    assert table["image_id"].tolist() == ["kaggle/a/6.jpg", "kaggle/a/7.jpg"]
    assert table["neighbor"].iloc[0] == "kaggle/a/0.jpg"
    assert table["suspicious"].tolist() == [True, False]
    assert table["correlation"].iloc[0] > SAME_HEAD + 0.1
    assert table["correlation"].iloc[1] < 0.6


def test_whole_heads_alone_are_alike_to_plain_correlation() -> None:
    pictures = np.stack([draw_head(seed) for seed in (0, 1)])
    plain = np.corrcoef(pictures.reshape(2, -1))[0, 1]
    described = describe_pictures(pictures, np.arange(2))
    assert described[0] @ described[1] < plain - 0.2


def test_a_blank_picture_is_like_nothing_and_colors_are_made_gray() -> None:
    images = np.repeat(np.stack([np.zeros((96, 96), np.uint8), draw_head(0)])[..., None], 3, axis=3)
    described = describe_pictures(images, np.array([0, 1]))
    assert not described[0].any()
    assert described[1] @ described[1] == pytest.approx(1, abs=1e-5)
    assert described[1].mean() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("splits", [["train", "train"], ["test", "val"], []])
def test_without_two_sides_there_is_nothing_to_compare(splits) -> None:
    images = np.stack([draw_head(seed) for seed in range(2)])
    table = find_near_neighbors(images, make_manifest(splits))
    assert table.empty
    assert {"image_id", "neighbor", "correlation", "suspicious"} <= set(table.columns)
