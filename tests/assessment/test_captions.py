from brain_tumor_kedro.assessment import captions


def test_every_figure_has_a_caption_of_its_own():
    parts = (captions.OF_THE_DATA, captions.OF_THE_CLASSIFIER, captions.OF_THE_PATIENTS)
    assert len(captions.CAPTIONS) == sum(map(len, parts))
    assert len(set(captions.CAPTIONS.values())) == len(captions.CAPTIONS)
    assert all(caption.endswith(".") for caption in captions.CAPTIONS.values())


def test_every_figure_of_a_study_has_a_caption_of_its_own():
    assert len(set(captions.OF_A_STUDY.values())) == len(captions.OF_A_STUDY)
    assert all(caption.endswith(".") for caption in captions.OF_A_STUDY.values())


def test_curves_of_a_positive_class_are_captioned_as_its_own():
    assert "of the positive class" in captions.caption_curves(["loss", "f1", "f1_positive"])
    of_all = captions.caption_curves(["loss", "f1"])
    assert of_all == captions.CAPTIONS["training_curves"]
    assert "over all classes together" in of_all
