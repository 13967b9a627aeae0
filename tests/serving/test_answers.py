import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import nibabel as nib
import numpy as np
import pytest

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.doubts import BURNED_IN, LEFT_OUT, NOT_SQUARE, UNKNOWN_ORIENTATION
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import to_gray
from brain_tumor_kedro.modelling.gradcam import compute_grad_cam
from brain_tumor_kedro.modelling.inference import predict
from brain_tumor_kedro.serving.answers import Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.columns import columns_of
from brain_tumor_kedro.serving.showing import show_file
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from bundles import SIDE, draw_slice, make_bundle
from dicom_files import make_dicom

CLASSES = TUMOR_TYPE.classes


@pytest.fixture(scope="module")
def bundle():
    return make_bundle()


def show(pixels: np.ndarray, file: str = "a.png") -> Shown:
    return Shown(file, None, Picture(pixels, "L"))


def slices(number: int) -> list[Shown]:
    return [show(draw_slice(seed, 60 + 10 * (seed % 3)), f"{seed}.png") for seed in range(number)]


def probabilities(answers) -> np.ndarray:
    return np.array([[one.row[f"p_{label}"] for label in CLASSES] for one in answers])


def test_answers_are_those_of_the_classifier_on_images_packed_as_curation_packs_them(bundle):
    shown = slices(7)
    packed = np.stack([fit_square(to_gray(one.picture.pixels), SIDE) for one in shown])

    answers = list(Answerer(bundle, AnswerSettings(batch_size=3)).answer(shown))

    expected = predict(bundle.classifier, packed, np.arange(7))
    np.testing.assert_allclose(probabilities(answers), expected, atol=1e-6)
    np.testing.assert_array_equal([one.packed for one in answers], packed)
    assert [one.row["file"] for one in answers] == [one.file for one in shown]
    assert [one.row["label"] for one in answers] == [CLASSES[k] for k in expected.argmax(axis=1)]
    assert all(tuple(one.row) == columns_of(CLASSES) for one in answers)
    assert answers[0].features.dtype == np.float32
    assert answers[0].heat_map is None


def test_what_cannot_be_read_is_a_row_with_a_reason_among_the_others(bundle):
    first, last = slices(2)
    broken = Shown("b.png", 4, None, "the bytes are cut short")
    odd = show(np.zeros((4, 4, 7), np.uint8), "c.png")

    answers = list(Answerer(bundle).answer([first, broken, odd, last]))

    assert [one.row["quality"] for one in answers] == ["good", "unreadable", "unreadable", "good"]
    assert answers[1].packed is answers[1].features is answers[1].row["label"] is None
    assert answers[1].row["frame"] == 4
    assert answers[1].row["needs_review"]
    assert answers[1].row["reason"] == "it cannot be read: the bytes are cut short"
    assert "found uint8 of shape (4, 4, 7)" in answers[2].row["reason"]
    assert answers[3].row["label"] in CLASSES


def test_nothing_to_answer_about_is_no_error(bundle):
    assert list(Answerer(bundle).answer([])) == []
    assert len(list(Answerer(bundle).answer([Shown("a", None, None, "broken")]))) == 1


def test_a_poor_picture_is_answered_and_flagged(bundle):
    colored = np.zeros((64, 64, 3), np.uint8)
    colored[..., 0] = draw_slice()

    (color, tiny) = Answerer(bundle).answer([show(colored), show(draw_slice(side=16))])

    assert color.row["quality"] == "not_gray"
    assert color.row["label"] in CLASSES
    assert tiny.row["quality"] == "too_small"
    assert tiny.row["needs_review"]
    assert "16 x 16 pixels" in tiny.row["reason"]


@pytest.fixture(scope="module")
def calm():
    """A bundle that finds nothing of its own to review."""
    return make_bundle(quantiles={}, answer_from=None, val_images=0)


@pytest.mark.parametrize(
    ("elements", "doubt"),
    [
        ({"BurnedInAnnotation": "YES"}, BURNED_IN),
        ({"PixelSpacing": [1, 0.5]}, NOT_SQUARE),
        ({"WindowCenter": 90, "WindowWidth": 20}, LEFT_OUT),
        ({"BurnedInAnnotation": "NO", "WindowCenter": 128, "WindowWidth": 256}, None),
    ],
)
def test_what_a_file_says_against_its_image_is_a_review(calm, elements, doubt):
    (answer,) = Answerer(calm).answer(show_file("a.dcm", make_dicom(draw_slice(), **elements)))

    assert answer.row["label"] in CLASSES
    assert answer.row["quality"] == "good"
    assert (answer.row["needs_review"], answer.row["reason"]) == (doubt is not None, doubt)


def test_a_volume_of_unknown_orientation_is_reviewed_slice_by_slice(calm):
    voxels = np.stack([draw_slice(seed) for seed in range(2)], axis=-1)
    content = nib.Nifti1Image(voxels, None).to_bytes()

    answers = list(Answerer(calm).answer(show_file("a.nii", content)))

    assert [one.row["reason"] for one in answers] == [UNKNOWN_ORIENTATION] * 2


def test_what_is_only_noted_is_no_review(calm):
    noted = Picture(draw_slice(), "L", note="the first of several frames or pages of a TIFF")

    (answer,) = Answerer(calm).answer([Shown("a.tif", None, noted)])

    assert (answer.row["needs_review"], answer.row["reason"]) == (False, None)


def test_several_reasons_stand_one_after_the_other(bundle):
    elements = {"BurnedInAnnotation": "YES", "PixelSpacing": [1, 2]}
    content = make_dicom(draw_slice(side=16), **elements)

    (answer,) = Answerer(bundle).answer(show_file("a.dcm", content))

    said = answer.row["reason"].split("; ")
    assert said[0].startswith("its quality is poor, too small")
    assert said[1:3] == [BURNED_IN, NOT_SQUARE]
    assert answer.row["quality"] == "too_small"


def test_heat_maps_are_the_grad_cam_of_the_class_that_is_named(bundle):
    answers = list(Answerer(bundle, AnswerSettings(heat_maps=True)).answer(slices(3)))

    packed = np.stack([one.packed for one in answers])
    targets = np.array([CLASSES.index(one.row["label"]) for one in answers])
    expected = compute_grad_cam(bundle.classifier, packed, np.arange(3), targets)
    np.testing.assert_allclose([one.heat_map for one in answers], expected, atol=1e-6)


def test_images_are_read_as_they_are_answered(bundle):
    read = []

    def shown() -> Iterator[Shown]:
        for one in slices(10):
            read.append(one.file)
            yield one

    answers = Answerer(bundle, AnswerSettings(batch_size=2)).answer(shown())
    next(answers)

    assert len(read) == 2


def test_memory_does_not_grow_with_the_number_of_images(bundle):
    picture = Picture(draw_slice(side=200), "L")
    answerer = Answerer(bundle, AnswerSettings(batch_size=4))
    peaks = []
    for number in (8, 8, 64):
        tracemalloc.start()
        for _ in answerer.answer(Shown(f"{at}", None, picture) for at in range(number)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < 1.5 * peaks[1]


def test_threads_answer_at_once_as_one_alone(bundle):
    answerer = Answerer(bundle, AnswerSettings(heat_maps=True))
    shown = slices(8)
    alone = probabilities([next(answerer.answer([one])) for one in shown])

    with ThreadPoolExecutor(8) as threads:
        work = [threads.submit(lambda one: list(answerer.answer([one])), one) for one in shown * 3]
        answers = [one.result()[0] for one in work]

    np.testing.assert_allclose(probabilities(answers), np.tile(alone, (3, 1)), atol=1e-6)
    assert [one.row["file"] for one in answers] == [one.file for one in shown * 3]


def test_the_grade_takes_three_sequences_and_nothing_else():
    answerer = Answerer(make_bundle(GLIOMA_GRADE))
    sequences = np.stack([draw_slice(seed) for seed in range(3)], axis=-1)

    right, gray = answerer.answer([show(sequences), show(sequences[..., 0])])

    assert right.row["quality"] == "good"
    assert right.packed.shape == (SIDE, SIDE, 3)
    assert right.row["label"] in GLIOMA_GRADE.classes
    assert gray.row["label"] is None
    assert "T1CE, T2, FLAIR" in gray.row["reason"]


def test_the_guard_has_its_say():
    class Guard:
        def score(self, styles):
            return np.arange(len(styles), dtype=float)

        def judge(self, scores):
            return scores > 0

    near, far = Answerer(make_bundle(guard=Guard())).answer(slices(2))

    assert (near.row["out_of_distribution_score"], far.row["out_of_distribution_score"]) == (0, 1)
    assert near.row["out_of_distribution"] is False
    assert far.row["out_of_distribution"] is True
    assert "unlike the images" in far.row["reason"]


def test_a_score_that_is_no_number_is_null_and_foreign():
    class Guard:
        def score(self, styles):
            return np.full(len(styles), np.nan)

        def judge(self, scores):
            return ~(scores <= 1)

    (answer,) = Answerer(make_bundle(guard=Guard())).answer(slices(1))

    assert answer.row["out_of_distribution_score"] is None
    assert answer.row["out_of_distribution"] is True


def test_a_level_that_the_bundle_does_not_have_is_refused(bundle):
    with pytest.raises(ValueError, match=r"Expected one of the levels 0.9, 0.95, received 0.8"):
        Answerer(bundle, AnswerSettings(level=0.8))
