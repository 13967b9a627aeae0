import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.imaging import similarity
from brain_tumor_kedro.imaging.similarity import thumbnail
from brain_tumor_kedro.imaging.views import VIEWS
from builders import draw, draw_phantom

RELATIVE, COPY = 0.70, 0.90
IMAGES = {"texture": draw(0, 256), "head": draw_phantom(1)}


def through_jpeg(gray: np.ndarray, quality: int = 40) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(gray).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def resized(gray: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(gray).resize((width, height), Image.Resampling.BICUBIC))


def as_gray(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


#: A change, and the view in which the original must be laid to match what it makes.
CHANGES = {
    "jpeg": (through_jpeg, "upright"),
    "smaller": (lambda gray: resized(gray, 150, 150), "upright"),
    "stretched": (lambda gray: resized(gray, 400, 320), "upright"),
    "gamma": (lambda gray: as_gray(255 * (gray / 255.0) ** 0.7), "upright"),
    "contrast": (lambda gray: as_gray(1.3 * gray - 20.0), "upright"),
    "cropped": (lambda gray: gray[12:-20, 16:-8], "upright"),
    "padded": (lambda gray: np.pad(gray, ((5, 30), (20, 25))), "upright"),
    "mirrored": (lambda gray: gray[:, ::-1], "mirrored"),
    "turned": (lambda gray: np.rot90(gray), "turned_90"),
    "upside down and smaller": (lambda gray: resized(gray[::-1], 120, 120), "mirrored_turned_180"),
    "turned and in a corner": (
        lambda gray: np.pad(np.rot90(gray), ((0, 60), (100, 0))),
        "turned_90",
    ),
    "turned and cropped": (lambda gray: np.rot90(gray, 3)[15:-15, 15:-15], "turned_270"),
}


def make_thumbnails(*images: np.ndarray) -> np.ndarray:
    return np.stack([thumbnail(np.ascontiguousarray(image)) for image in images])


def make_table(*pairs: tuple[int, int, str]) -> pd.DataFrame:
    """Rows of `a`, `b` and the view's position."""
    rows = [(a, b, VIEWS.index(view)) for a, b, view in pairs]
    return pd.DataFrame(rows, columns=["a", "b", "view"]).astype("int64")


def compare(thumbnails: np.ndarray, pairs: pd.DataFrame, least: float = RELATIVE) -> np.ndarray:
    return similarity.compare(thumbnails, pairs, least)


def make_many() -> tuple[np.ndarray, pd.DataFrame]:
    """Nine images, some of them copies of each other, and all their pairs."""
    texture, head = IMAGES.values()
    images = [texture, head, draw(1, 256), draw(2, 256), draw_phantom(2), texture[8:, 8:]]
    images += [texture[:, 10:], head[9:-9], np.zeros((64, 64), np.uint8)]
    pairs = [(a, b, "upright") for a in range(9) for b in range(a + 1, 9)]
    return make_thumbnails(*images), make_table(*pairs)


@pytest.mark.parametrize(("change", "view"), CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES.keys())
def test_a_changed_copy_is_alike_whichever_is_laid_on_the_other(image, change, view):
    thumbnails = make_thumbnails(image, change(image))
    back = {"turned_90": "turned_270", "turned_270": "turned_90"}.get(view, view)

    there, again = compare(thumbnails, make_table((0, 1, view), (1, 0, back)))

    assert there >= COPY
    assert again == pytest.approx(there, abs=0.01)


def test_a_copy_in_the_wrong_view_is_a_stranger():
    thumbnails = make_thumbnails(IMAGES["texture"], IMAGES["texture"][:, ::-1])
    wrong = [(0, 1, view) for view in VIEWS if view != "mirrored"]

    assert np.isnan(compare(thumbnails, make_table(*wrong))).all()


@pytest.mark.parametrize("least", [0.0, 0.5, COPY])
def test_what_is_of_interest_does_not_change_the_verdict_on_copies(least):
    thumbnails, pairs = make_many()
    whole = compare(thumbnails, pairs)

    found = compare(thumbnails, pairs, least)

    copies = whole >= COPY
    assert (found >= COPY).tolist() == copies.tolist()
    assert found[copies] == pytest.approx(whole[copies], abs=1e-4)
    assert np.isfinite(found).sum() >= copies.sum()


def test_textures_of_other_seeds_are_strangers():
    thumbnails = make_thumbnails(*(draw(seed) for seed in range(6)))
    pairs = [(a, b, view) for a in range(6) for b in range(a) for view in VIEWS]

    assert np.isnan(compare(thumbnails, make_table(*pairs))).all()


def test_heads_of_other_patients_are_no_copies():
    thumbnails = make_thumbnails(*(draw_phantom(seed) for seed in range(6)))
    pairs = [(a, b, view) for a in range(6) for b in range(a) for view in VIEWS]

    assert not (compare(thumbnails, make_table(*pairs)) >= COPY).any()


def test_the_neighboring_slice_is_no_copy():
    thumbnails = make_thumbnails(draw_phantom(1), draw_phantom(1, position=2.0))

    assert not (compare(thumbnails, make_table((0, 1, "upright"))) >= COPY).any()


def test_an_image_is_wholly_like_itself_and_a_flat_one_like_none():
    thumbnails, _ = make_many()

    found = compare(thumbnails, make_table((0, 0, "upright"), (8, 8, "upright"), (8, 0, "upright")))

    assert found[0] == pytest.approx(1, abs=1e-4)
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("size", [1, 7, 36])
def test_the_size_of_chunks_changes_nothing(size, monkeypatch):
    thumbnails, pairs = make_many()
    whole = compare(thumbnails, pairs)

    monkeypatch.setattr(similarity, "PAIRS_AT_ONCE", size)

    assert compare(thumbnails, pairs) == pytest.approx(whole, abs=1e-4, nan_ok=True)
    assert (whole >= COPY).sum() == 4


def test_every_pair_gets_its_own_result_in_whatever_order_they_come():
    thumbnails, pairs = make_many()
    shuffled = pairs.sample(frac=1, random_state=0)

    found = pd.Series(compare(thumbnails, shuffled), index=shuffled.index).sort_index()

    assert found.to_numpy() == pytest.approx(compare(thumbnails, pairs), abs=1e-4, nan_ok=True)


def test_the_thumbnails_stay_as_they_are():
    thumbnails = make_thumbnails(IMAGES["texture"], IMAGES["texture"][:, ::-1])
    before = thumbnails.copy()

    compare(thumbnails, make_table((0, 1, "mirrored")))

    assert (thumbnails == before).all()


def test_no_pairs_have_no_results():
    found = compare(np.zeros((1, 64, 64), np.uint8), make_table())

    assert found.shape == (0,)
    assert found.dtype == np.float32


def test_a_thumbnail_averages_and_gives_up_the_proportions():
    gray = np.zeros((128, 64), np.uint8)
    gray[::2] = 100

    assert thumbnail(gray).shape == (64, 64)
    assert (thumbnail(gray) == 50).all()


def test_no_images_have_no_results():
    none = pd.DataFrame({"a": [], "b": [], "view": []}, dtype="int64")

    assert compare(np.zeros((0, 64, 64), np.uint8), none, 0.7).shape == (0,)
