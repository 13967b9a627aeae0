import pytest

from brain_tumor_kedro.studies.publications import find_published, list_published, load_published


def test_four_studies_have_published():
    assert list_published() == (
        "glioma_grade", "imagenet_vs_radimagenet", "vgg16_lora", "xception_vs_vgg16",
    )  # fmt: skip


def test_a_table_is_read_where_there_is_one():
    assert load_published("glioma_grade").table.shape == (48, 8)
    assert load_published("vgg16_lora").table.empty


def test_an_unknown_study_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"Expected one of the published studies .*glioma_grade"):
        load_published("another")


def test_a_study_of_ones_own_has_published_nothing():
    assert find_published("vgg16_lora").facts["title"] == "VGG16 with LoRA on Kaggle Sartaj"
    assert find_published("mine") is None
