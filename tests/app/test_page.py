import numpy as np
import pytest
import streamlit as st

from app_pages import (
    FakeGuard,
    make_training_images,
    open_page,
    pictures_of,
    png,
    tiff,
    words_of,
)
from brain_tumor_kedro.app import known_model
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.serving.answers import Answer
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from bundles import draw_slice, make_bundle
from dicom_files import NAME, make_dicom

NOTICE = "For research only. Not a medical device"
PHANTOM = "An example phantom"


@pytest.fixture(autouse=True)
def fresh():
    """Forget the model of the test before."""
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def compiled():
    """What looks at images, by task: it takes a second to compile."""
    return {
        task: make_bundle(task, guard=FakeGuard()).forward for task in (TUMOR_TYPE, GLIOMA_GRADE)
    }


@pytest.fixture
def show(tmp_path, monkeypatch, compiled):
    """Open the page on a bundle that was loaded before."""

    def run(bundle=None):
        bundle = bundle or make_bundle()
        bundle.__dict__["forward"] = compiled[bundle.task]
        monkeypatch.setattr(known_model, "is_bundle", lambda uri: True)
        monkeypatch.setattr(known_model.Bundle, "load", lambda uri: bundle)
        return open_page(monkeypatch, tmp_path, "bundle")

    return run


def upload(page, content, name="image.png"):
    return page.file_uploader[0].set_value((name, content, "application/octet-stream")).run()


def test_the_page_says_what_it_is_before_anything_is_chosen(show):
    page = show()

    assert not page.exception
    assert [one.value for one in page.title] == ["Brain tumor type"]
    assert [one.value for one in page.header] == ["Image", "Model"]
    words = words_of(page)
    assert NOTICE in words
    assert "trained on phantoms" in words
    assert "glioma, meningioma, pituitary or no tumor" in words
    assert not page.image


def test_a_good_image_is_answered(show):
    page = upload(show(), png(draw_slice()))

    assert not page.exception
    assert not page.error
    words = words_of(page)
    assert [one.value for one in page.header] == ["Image", "Answer", "Model"]
    assert [one.value for one in page.subheader] == [
        "What the model saw", "Probabilities", "Prediction set", "Like the training images?",
    ]  # fmt: skip
    assert 'role="status"' in words
    assert "The model has no guard" in words
    (alt,) = pictures_of(page)
    assert alt.startswith("Your image as the model saw it, 40 by 40 pixels with a heat map over it")


def test_the_opacity_is_said_and_seen(show):
    page = upload(show(), png(draw_slice()))
    before = page.image[0].proto.imgs[0].url

    page.slider(key="opacity").set_value(0).run()

    assert "at 0% opacity" in pictures_of(page)[0]
    assert page.image[0].proto.imgs[0].url != before


def test_an_image_is_looked_at_once_while_the_page_is_drawn_anew(show, monkeypatch):
    page = upload(show(), png(draw_slice()))
    monkeypatch.setattr(known_model.KnownModel, "answer", lambda self, shown: pytest.fail("again"))

    page.run()

    assert not page.exception
    assert "Answer" in [one.value for one in page.header]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"only text", "This is no image"),
        (png(draw_slice())[:90], "The image cannot be read"),
    ],
    ids=["empty", "text", "broken"],
)
def test_a_bad_file_gets_a_message_and_the_page_goes_on(show, content, said):
    page = upload(show(), content)

    assert not page.exception
    assert page.error[0].value.startswith(said)
    assert "Answer" not in [one.value for one in page.header]

    page = upload(page, png(draw_slice()))
    assert not page.error
    assert "Answer" in [one.value for one in page.header]


def test_the_name_of_a_file_is_repeated_nowhere(show):
    page = upload(show(), png(draw_slice()), "Jane_Example_1970.png")

    assert "Jane" not in words_of(page)
    assert "Jane" not in str(pictures_of(page))


def test_nothing_of_a_dicom_file_but_its_pixels_is_told(show, caplog, capfd):
    content = make_dicom(np.stack([draw_slice(seed) for seed in range(3)]), frames=True)

    page = upload(show(), content, f"{NAME}.dcm")

    assert pictures_of(page)[0].startswith("Frame 1 of your file")
    told = [words_of(page), *pictures_of(page), caplog.text, *capfd.readouterr()]
    assert not any(NAME in text or "DOE" in text for text in told)


def test_text_in_an_image_is_said_to_be_there(show):
    page = upload(show(), make_dicom(draw_slice(), BurnedInAnnotation="YES"), "image.dcm")

    assert "- The file says that text is part of the image" in page.warning[0].value
    assert "No reason was found" not in words_of(page)


def test_what_gets_no_answer_says_why(show, monkeypatch):
    row = {"label": None, "reason": "it cannot be used: expected numbers"}
    monkeypatch.setattr(
        known_model.KnownModel, "answer", lambda self, shown: Answer(row, None, None, None)
    )

    page = upload(show(), png(draw_slice()))

    assert page.error[0].value.endswith("It cannot be used: expected numbers.")
    assert not page.image


def test_a_foreign_image_is_not_to_be_relied_on(show):
    page = upload(show(make_bundle(guard=FakeGuard(score=9.5))), png(draw_slice()))

    words = words_of(page)
    assert "A person has to review this" in page.warning[0].value
    assert "Not to be relied on" in words
    assert "Unlike the images of training (score 9.5, threshold 3)" in words


def test_a_frame_can_be_chosen_beginning_in_the_middle(show):
    frames = [draw_slice(seed) for seed in range(5)]

    page = upload(show(), tiff(frames))
    assert pictures_of(page)[0].startswith("Frame 2 of your file")
    assert page.slider[0].label == "Frame, of 5, counted from 0 to 4"

    page.slider[0].set_value(4).run()
    assert pictures_of(page)[0].startswith("Frame 4 of your file")


def test_a_phantom_of_each_class_can_be_chosen(show):
    page = show()
    page.radio(key="kind").set_value(PHANTOM).run()

    for label in ("glioma", "no_tumor"):
        page.radio(key="example").set_value(label).run()
        assert not page.exception
        assert pictures_of(page)[0].startswith(
            f"The generated phantom ({label.replace('_', ' ')}) as the model saw it"
        )


@pytest.mark.parametrize("phantom", [False, True])
def test_what_was_never_trained_on_means_nothing(show, phantom):
    page = show(make_bundle(phantom=phantom))
    assert ("What it says of a real image means nothing" in words_of(page)) == phantom

    page.radio(key="kind").set_value(PHANTOM).run()
    assert ("what it says of a phantom means nothing" in words_of(page)) != phantom


def test_the_nearest_training_images_are_shown(show, tmp_path):
    manifest, _ = make_training_images(tmp_path)
    guard = FakeGuard(image_ids=manifest["image_id"])
    bundle = make_bundle(guard=guard, manifest_digest=digest_manifest(manifest))

    page = upload(show(bundle), png(draw_slice()))

    assert page.header[2].value.startswith("Nearest training images of ")
    assert words_of(page).count("0 is the same, 2 the opposite") == 1
    html = "".join(one.value for one in page.html)
    assert html.count("<figure>") == 2
    assert "Generated phantom of " in html


def test_where_training_images_are_not_at_hand_it_is_said(show):
    guard = FakeGuard(image_ids=["kaggle/a/glioma/1.png"])

    page = upload(show(make_bundle(guard=guard)), png(draw_slice()))

    assert "They are not at hand" in words_of(page)


def test_a_model_of_several_sequences_looks_at_phantoms_alone(show):
    page = show(make_bundle(GLIOMA_GRADE))

    assert not page.file_uploader
    assert "T1CE, T2 and FLAIR" in words_of(page)
    assert "about one slice, not about a patient" in words_of(page)

    page.radio(key="kind").set_value(PHANTOM).run()
    assert not page.exception
    assert "Colors: red T1CE, green T2, blue FLAIR." in pictures_of(page)[0]


def test_without_a_model_the_page_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    page = open_page(monkeypatch, tmp_path)

    assert not page.exception
    assert "make run" in page.error[0].value
    assert NOTICE in words_of(page)


def test_what_nobody_thought_of_is_not_quoted(show, monkeypatch):
    def fail(self, shown):
        raise RuntimeError("Jane Example")

    monkeypatch.setattr(known_model.KnownModel, "answer", fail)

    page = upload(show(), png(draw_slice()))

    assert "Jane" not in words_of(page)
    assert "RuntimeError" in page.error[0].value
