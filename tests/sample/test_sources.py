import json
from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.sample.sources import FIGSHARE_LABELS, PhantomSources, make_sources
from brain_tumor_kedro.tasks import PHANTOM, TUMOR_TYPE


def test_same_seed_same_bytes(small_sources: PhantomSources):
    again = make_sources(seed=5, patients=3)
    assert again.kaggle == small_sources.kaggle
    assert again.planted == small_sources.planted
    for name, content in small_sources.figshare.items():
        np.testing.assert_array_equal(again.figshare[name].image, content.image)
        np.testing.assert_array_equal(again.figshare[name].border, content.border)


def test_another_seed_other_bytes(small_sources: PhantomSources):
    other = make_sources(seed=6, patients=3)
    pictures = set(small_sources.kaggle.values()) & set(other.kaggle.values())
    # Blank, text and empty files hold no chance, and are short.
    assert all(len(content) < 4000 for content in pictures)


def test_figshare_slices_have_the_published_form(sources: PhantomSources):
    for name, content in sources.figshare.items():
        assert PHANTOM in name
        assert PHANTOM in content.patient_id
        assert content.label in FIGSHARE_LABELS.values()
        assert content.image.shape == content.mask.shape == (512, 512)
        assert (content.image.dtype, content.mask.dtype) == (np.int16, np.uint8)
        assert 0 <= content.image.min() < 400 < content.image.max() <= 4000
        assert content.border.dtype == np.float64
        assert content.border.ndim == 1
        assert content.border.size % 2 == 0
        assert 0 <= content.border.min() < content.border.max() < 512
        assert content.mask.sum() > 500


def test_kaggle_paths_and_pictures_have_the_published_form(sources: PhantomSources):
    rejected = sources.planted["rejected"]
    shapes, modes, formats = Counter(), Counter(), Counter()
    for path, content in sources.kaggle.items():
        home, split, _, _ = path.split("/")
        assert PHANTOM in home
        assert split in {"Training", "Testing"}
        if f"kaggle/{path}" in rejected:
            continue
        with Image.open(BytesIO(content)) as picture:
            picture.load()
            shapes[picture.size] += 1
            modes[picture.mode] += 1
            formats[picture.format, path.rsplit(".")[-1]] += 1
    assert set(modes) == {"L", "RGB"}
    assert set(formats) == {("JPEG", "jpg"), ("PNG", "png")}
    assert any(width != height for width, height in shapes)
    assert {min(shape) for shape in shapes} >= {180, 256, 512}


def test_enough_of_every_class_for_a_grouped_split(sources: PhantomSources):
    patients, slices = {}, {}
    conflicted = {i for c in sources.planted["label_conflicts"] for i in c["images"]}
    numbers = {number: label for label, number in FIGSHARE_LABELS.items()}
    for image_id, slice_id in sources.planted["slices"].items():
        source, path = image_id.split("/", 1)
        if image_id in conflicted:
            continue
        label = numbers[sources.figshare[path].label] if source == "figshare" else path[:0]
        label = label or next(c for c in TUMOR_TYPE.classes if c[:2] in path.split("/")[-1])
        patients.setdefault(label, set()).add(sources.planted["patients"][image_id])
        slices.setdefault(label, set()).add(slice_id)
    assert set(patients) == set(TUMOR_TYPE.classes)
    assert min(map(len, patients.values())) >= 20
    assert min(map(len, slices.values())) >= 60
    per_patient = Counter(slice_id.split("@")[0] for s in slices.values() for slice_id in s)
    assert set(per_patient.values()) <= {1, 2, 3, 4, 5}


def test_record_counts_what_is_there(sources: PhantomSources):
    planted = sources.planted
    assert json.loads(json.dumps(planted)) == planted
    assert planted["files"] == len(sources.figshare) + len(sources.kaggle)
    assert planted["distinct"] == len(set(planted["slices"].values()))
    assert planted["kept"] == planted["distinct"] - 2
    assert planted["files"] == len(planted["slices"]) + len(planted["rejected"])
    assert planted["files"] == planted["distinct"] + len(planted["copies"]) + 6


def test_figshare_and_kaggle_share_no_patient_but_by_copies(sources: PhantomSources):
    patients, slices = sources.planted["patients"], sources.planted["slices"]
    expert = {s for i, s in slices.items() if i.startswith("figshare/")}
    people = {p for i, p in patients.items() if i.startswith("figshare/")}
    shared = {i for i, p in patients.items() if i.startswith("kaggle/") and p in people}
    assert shared
    assert {slices[i] for i in shared} <= expert


def test_too_few_patients_are_refused():
    with pytest.raises(ValueError, match="at least 3 patients"):
        make_sources(patients=2)


def test_published_folds_are_by_patient_and_hold_every_class(sources: PhantomSources):
    by_patient, by_label = {}, {}
    for number, fold in enumerate(sources.folds, start=1):
        content = sources.figshare[f"{PHANTOM}_{number}.mat"]
        assert sources.planted["folds"][f"figshare/{PHANTOM}_{number}.mat"] == fold
        by_patient.setdefault(content.patient_id, set()).add(fold)
        by_label.setdefault(content.label, set()).add(fold)
    assert len(sources.folds) == len(sources.figshare)
    assert all(len(folds) == 1 for folds in by_patient.values())
    assert all(folds == {1, 2, 3, 4, 5} for folds in by_label.values())
