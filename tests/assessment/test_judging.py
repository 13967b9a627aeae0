import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.judging import (
    judge_parts,
    name_classifier,
    predict_with_neighbor,
    predict_with_probe,
)

CLASSES = ("a", "b", "c")


def test_a_probe_is_fitted_on_train_and_val_of_its_own_split_alone():
    labels = np.arange(60) % 2
    features = np.eye(3)[labels] * 9 + np.random.default_rng(0).normal(size=(60, 3))
    parts = pd.DataFrame(
        {
            "protocol": "p", "source": [None] * 60, "row": range(60), "repeat": np.arange(60) // 30,
            "label": np.array(CLASSES)[labels], "part": np.resize(["train", "val", "test"], 60),
        }
    )  # fmt: skip
    # In the second repeat the training says the opposite.
    wrong = (parts["repeat"] == 1) & (parts["part"] != "test")
    parts.loc[wrong, "label"] = parts.loc[wrong, "label"].map({"a": "b", "b": "a"})

    judged = judge_parts(
        parts, lambda training, test: predict_with_probe(features, CLASSES, training, test)
    )

    right = judged["label"] == judged["predicted"]
    assert set(judged["part"]) == {"test"}
    assert right.groupby(judged["repeat"]).mean().to_dict() == {0: 1.0, 1: 0.0}


def test_a_neighbor_knows_every_copy_again_whatever_its_label():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 8)).astype(np.float32)
    training = pd.DataFrame({"row": range(30), "label": rng.choice(CLASSES, 30)})

    found = predict_with_neighbor(features, CLASSES, training, training.sample(20, random_state=0))

    assert found.tolist() == training.sample(20, random_state=0)["label"].tolist()


def test_a_classifier_is_called_what_it_is():
    assert "untrained network (sample_cnn)" in name_classifier("probe", "sample_cnn", "none")
    assert name_classifier("probe", "vgg16", "imagenet").endswith("vgg16 (weights: ImageNet)")
    assert "(weights from a file)" in name_classifier("probe", "vgg16", "/some/where/own.h5")
    assert name_classifier("neighbor", "vgg16", "imagenet").startswith("Nearest neighbor")
    assert name_classifier("recipe", "vgg16", "imagenet").startswith("Recipe vgg16, trained anew")
