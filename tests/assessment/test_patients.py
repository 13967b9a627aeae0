import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.patients import gather_patients, require_two_classes
from patient_tables import CLASSES, POSITIVE, slices_of


def gather(predictions, patient_of):
    return gather_patients(predictions, patient_of, CLASSES, POSITIVE)


def test_slices_are_sorted_by_patient_and_probability():
    predictions, patient_of = slices_of({"b": [0.2, 0.9, 0.4], "a": [0.7]})
    patients = gather(predictions, patient_of)
    np.testing.assert_allclose(patients.probabilities, [0.7, 0.9, 0.4, 0.2])
    assert list(patients.codes) == [0, 1, 1, 1]
    assert list(patients.ranks) == [0, 0, 1, 2]
    assert list(patients.counts) == [1, 3]
    assert list(patients.image_ids[1:]) == [f"phantom/b#00{z}" for z in (1, 2, 0)]
    assert patients.about.to_dict("list") == {
        "patient_id": ["a", "b"], "split": ["test"] * 2, "label": ["HGG"] * 2, "slices": [1, 3],
    }  # fmt: skip


def test_rows_of_half_precision_are_divided_by_their_sum():
    predictions, patient_of = slices_of({"a": [0.4]})
    patients = gather(predictions.assign(p_LGG=0.598, p_HGG=0.399), patient_of)
    assert patients.probabilities[0] == pytest.approx(0.399 / 0.997)


def test_a_patient_in_two_splits_is_refused():
    predictions, patient_of = slices_of({"a": [0.4, 0.6], "b": [0.1]})
    predictions.loc[0, "split"] = "train"
    with pytest.raises(ValueError, match=r"one split for each patient.*'a' with \['train', 'test"):
        gather(predictions, patient_of)


def test_a_patient_with_two_labels_is_refused():
    predictions, patient_of = slices_of({"a": [0.4, 0.6], "b": [0.1]})
    predictions.loc[1, "label"] = "LGG"
    with pytest.raises(ValueError, match=r"one label for each patient.*'a'"):
        gather(predictions, patient_of)


@pytest.mark.parametrize("bad", [np.nan, -0.1, 1.2, np.inf])
def test_what_is_no_probability_is_refused(bad):
    predictions, patient_of = slices_of({"a": [0.4, 0.6]})
    predictions.loc[1, "p_HGG"] = bad
    with pytest.raises(ValueError, match=r"probabilities in \[0, 1\].*phantom/a#001"):
        gather(predictions, patient_of)


def test_an_image_without_a_patient_is_refused():
    predictions, patient_of = slices_of({"a": [0.4, 0.6]})
    with pytest.raises(ValueError, match="1 have none, such as 'phantom/a#001'"):
        gather(predictions, patient_of.iloc[:1])
    with pytest.raises(ValueError, match="1 have none"):
        gather(predictions, patient_of.mask(patient_of.index == "phantom/a#001"))


def test_an_image_that_comes_twice_is_refused():
    predictions, patient_of = slices_of({"a": [0.4, 0.6]})
    with pytest.raises(ValueError, match=r"one prediction for each image.*1 more"):
        gather(pd.concat([predictions, predictions.head(1)]), patient_of)
    with pytest.raises(ValueError, match="one patient for each image"):
        gather(predictions, pd.concat([patient_of, patient_of.head(1)]))


def test_tables_that_lack_something_are_refused():
    predictions, patient_of = slices_of({"a": [0.4, 0.6]})
    with pytest.raises(ValueError, match=r"\['p_HGG'\] are missing"):
        gather(predictions.drop(columns="p_HGG"), patient_of)
    with pytest.raises(ValueError, match="at least one slice"):
        gather(predictions.head(0), patient_of)
    with pytest.raises(ValueError, match="received also \\['somewhere'\\]"):
        gather(predictions.assign(split="somewhere"), patient_of)


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        (("LGG", "HGG"), ("LGG", "HGG")),
        (("LGG", "HGG"), ()),
        (("LGG", "HGG"), ("glioma",)),
        (("HGG",), ("HGG",)),
        (("HGG", "HGG"), ("HGG",)),
        (("glioma", "meningioma", "no_tumor"), ("glioma",)),
    ],
)
def test_other_than_two_classes_with_one_positive_is_refused(classes, positive):
    with pytest.raises(ValueError, match="Expected two classes, one of them positive"):
        require_two_classes(classes, positive)


def test_the_positive_class_may_be_named_alone():
    assert require_two_classes(CLASSES, "HGG") == "HGG"
