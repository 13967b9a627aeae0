import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.baselines import tabulate_probabilities
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.label_issues import COLUMNS, find_label_issues
from brain_tumor_kedro.assessment.out_of_fold import predict_out_of_fold
from brain_tumor_kedro.assessment.probe import fit_probe, probe_probabilities

CLASSES = ("glioma", "meningioma", "no_tumor")
FLIPPED = (3, 50, 170, 230)


def make(flipped: tuple[int, ...] = ()) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What the probe and a classifier say of separable images, some with a wrong label."""
    truth = np.arange(300) % 3
    values = 1.5 * np.tile(np.eye(3), 10)[truth]
    values = values + np.random.default_rng(0).normal(size=values.shape)
    given = truth.copy()
    given[list(flipped)] = (given[list(flipped)] + 1) % 3
    manifest = pd.DataFrame(
        {
            "image_id": [f"figshare/{number}.mat" for number in range(300)],
            "source": "figshare",
            "label": np.array(CLASSES)[given],
            "split": ["train"] * 150 + ["val"] * 50 + ["test"] * 100,
            "group_id": [f"g{number}" for number in range(300)],
            "copy_of": None,
        }
    )
    probe = fit_probe(values[:150], given[:150])
    said = probe_probabilities(probe, values, 3)
    predictions = tabulate_probabilities(manifest, said, CLASSES)
    features = tabulate_features(manifest["image_id"], values)
    return predict_out_of_fold(features, manifest, CLASSES), predictions, manifest


def test_planted_flips_are_found_first() -> None:
    table = find_label_issues(*make(FLIPPED), CLASSES)
    assert tuple(table.columns) == COLUMNS
    found = {f"figshare/{number}.mat" for number in FLIPPED}
    assert set(table["image_id"].head(4)) == found
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["quality"].is_monotonic_increasing
    assert set(table.loc[table["disputed"], "image_id"]) >= found - {"figshare/3.mat"}
    flipped = table.head(4).set_index("image_id").loc["figshare/230.mat"]
    assert (flipped["label"], flipped["suggested"]) == ("glioma", "no_tumor")
    assert flipped["p_suggested"] > 0.7 > 0.2 > flipped["quality"]
    saw = table.set_index("image_id")["classifier_saw_it"]
    assert saw["figshare/50.mat"]
    assert not saw["figshare/230.mat"]


def test_clean_labels_raise_few_issues() -> None:
    table = find_label_issues(*make(), CLASSES)
    assert len(table) <= 3
    assert not table["disputed"].any()


def test_the_labels_of_copies_are_said() -> None:
    out_of_fold, predictions, manifest = make(FLIPPED)
    labels = ["glioma", "no_tumor", "glioma", None]
    rejected = pd.DataFrame(
        {
            "image_id": [f"kaggle/{number}.jpg" for number in range(4)],
            "label": labels,
            "copy_of": "figshare/230.mat",
        }
    )
    table = find_label_issues(out_of_fold, predictions, pd.concat([manifest, rejected]), CLASSES)
    table = table.set_index("image_id")
    assert table.loc["figshare/230.mat", "copies"] == 4
    assert table.loc["figshare/230.mat", "copy_labels"] == "glioma 2, no_tumor 1, unknown 1"
    assert table.loc["figshare/50.mat", ["copies", "copy_labels"]].tolist() == [0, ""]


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_hardly_any_images_raise_no_error(rows) -> None:
    out_of_fold, predictions, manifest = make()
    table = find_label_issues(out_of_fold, predictions.head(rows), manifest, CLASSES)
    assert tuple(table.columns) == COLUMNS
    assert len(table) <= rows


def test_a_class_of_one_image_and_one_without_any_are_judged() -> None:
    out_of_fold, predictions, manifest = make()
    few = predictions[predictions["label"] == "glioma"]
    one = predictions[predictions["label"] == "no_tumor"].head(1)
    table = find_label_issues(out_of_fold, pd.concat([few, one]), manifest, CLASSES)
    assert len(table) <= 3


def test_predictions_of_another_data_set_are_refused() -> None:
    out_of_fold, predictions, manifest = make()
    with pytest.raises(ValueError, match=r"found none of figshare/0\.mat"):
        find_label_issues(out_of_fold.iloc[1:], predictions, manifest, CLASSES)
