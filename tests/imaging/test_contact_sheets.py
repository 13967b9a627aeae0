import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.contact_sheets import plot_samples

AB = ("a", "b")


def packed(n=20, classes=AB):
    images = np.random.default_rng(0).integers(0, 256, (n, 8, 8), dtype=np.uint8)
    manifest = pd.DataFrame(
        {
            "image_id": [f"figshare/{number:02d}" for number in range(n)],
            "status": "kept",
            "label": [classes[number % len(classes)] for number in range(n)],
            "group_id": [number // 4 for number in range(n)],
            "row": pd.array(range(n), dtype="Int64"),
        }
    )
    return images, manifest


def captions(figure: Figure) -> list[str]:
    return [axes.get_xlabel() for axes in figure.axes if axes.images]


def draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=50)
    return buffer.getvalue()


def test_samples_shows_images_of_every_class_under_their_own_names():
    images, manifest = packed()
    figure = plot_samples(images, manifest, AB, per_class=5)
    names = captions(figure)

    assert len(set(names)) == 10
    labels = manifest.set_index("image_id")["label"]
    assert labels[names].tolist() == ["a"] * 5 + ["b"] * 5
    for axes in figure.axes:
        row = int(axes.get_xlabel().split("/")[1])
        np.testing.assert_array_equal(axes.images[0].get_array(), images[row])
    assert draw(figure).startswith(b"\x89PNG")


def test_samples_depend_on_the_seed_and_not_on_the_order_of_the_manifest():
    images, manifest = packed()
    first = captions(plot_samples(images, manifest, AB, per_class=3))

    assert captions(plot_samples(images, manifest.iloc[::-1], AB, per_class=3)) == first
    assert captions(plot_samples(images, manifest, AB, per_class=3, seed=1)) != first


def test_samples_come_from_different_groups_while_there_are_any():
    images, manifest = packed()
    groups = manifest.set_index("image_id")["group_id"]
    names = captions(plot_samples(images, manifest, AB, per_class=5))
    assert sorted(groups[names[:5]]) == [0, 1, 2, 3, 4]


def test_samples_leaves_out_rejected_images_and_names_a_class_without_any():
    images, manifest = packed()
    manifest.loc[manifest["label"] == "b", ["status", "row"]] = ["rejected", pd.NA]
    manifest["group_id"] = None
    figure = plot_samples(images, manifest, AB, per_class=12)

    assert len(captions(figure)) == 10
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["no images"]
    draw(figure)


@pytest.mark.parametrize(
    ("image_id", "caption"),
    [
        ("kaggle/set/Training/glioma_tumor/image (12).jpg", "...ioma_tumor/image (12).jpg"),
        ("a$b$.jpg", r"a\$b\$.jpg"),
        ("脑\n.jpg", "??.jpg"),
    ],
)
def test_captions_are_short_and_plain(image_id, caption):
    images, manifest = packed(n=1, classes=("a",))
    figure = plot_samples(images, manifest.assign(image_id=image_id), ("a",))
    assert captions(figure) == [caption]
    draw(figure)


def test_sheets_carry_the_note_on_their_data():
    figure = plot_samples(*packed(), AB, data_note="phantom data")
    assert figure.get_supxlabel() == "phantom data"
