import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.sample.faults import CHANGES
from brain_tumor_kedro.sample.pictures import decode, to_gray
from brain_tumor_kedro.sample.sources import PhantomSources


def gray(sources: PhantomSources, image_id: str) -> np.ndarray:
    source, path = image_id.split("/", 1)
    if source == "figshare":
        return to_gray(sources.figshare[path].image)
    return decode(sources.kaggle[path])


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    small = [
        np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BOX)).ravel()
        for image in (one, other)
    ]
    return float(np.corrcoef(small)[0, 1])


def test_copies_show_the_same_slice(sources: PhantomSources):
    for record in sources.planted["copies"]:
        original, copy = (gray(sources, record[key]) for key in ("original", "copy"))
        assert likeness(original, copy) > 0.995, record
        assert (
            sources.planted["slices"][record["original"]]
            == (sources.planted["slices"][record["copy"]])
        )


def test_copies_differ_as_recorded(sources: PhantomSources):
    for record in sources.planted["copies"]:
        original, copy = (gray(sources, record[key]) for key in ("original", "copy"))
        if record["how"] == "exact":
            contents = [sources.kaggle[record[k].split("/", 1)[1]] for k in ("original", "copy")]
            assert contents[0] == contents[1]
        elif record["how"] == "resize":
            assert original.shape != copy.shape
        else:
            assert original.shape == copy.shape


def test_every_change_and_every_route_is_planted(sources: PhantomSources):
    copies = sources.planted["copies"]
    assert {record["how"] for record in copies} == set(CHANGES)
    homes = {image_id: image_id.split("/")[1] for image_id in sources.planted["slices"]}
    routes = {(homes[record["original"]], homes[record["copy"]]) for record in copies}
    assert {("phantom_alpha", "phantom_beta"), ("phantom_alpha", "phantom_alpha")} <= routes
    assert any(record["original"].startswith("figshare/") for record in copies)


def test_two_conflicts_within_kaggle_and_one_with_the_expert(sources: PhantomSources):
    conflicts = sources.planted["label_conflicts"]
    assert [conflict["expert"] for conflict in conflicts] == [False, False, True]
    slices = sources.planted["slices"]
    for conflict in conflicts:
        images = conflict["images"]
        assert len(set(images.values())) == 2
        assert any(image.startswith("figshare/") for image in images) == conflict["expert"]
        # Nothing else shows the slice, so the record is the whole conflict.
        (shown,) = {slices[image] for image in images}
        assert {image for image, slice_id in slices.items() if slice_id == shown} == set(images)


def test_other_copies_keep_their_class(sources: PhantomSources):
    conflicted = {i for c in sources.planted["label_conflicts"] for i in c["images"]}
    for record in sources.planted["copies"]:
        if record["original"].startswith("kaggle/") and record["copy"] not in conflicted:
            stems = [record[k].split("/")[-2].removesuffix("_tumor") for k in ("original", "copy")]
            assert len({stem.replace("_", "")[:3].replace("not", "no") for stem in stems}) == 1


def test_rejected_files_are_broken_as_recorded(sources: PhantomSources):
    rejected = sources.planted["rejected"]
    reasons = sorted(rejected.values())
    assert reasons == ["blank", "empty", "not_an_image", "too_small", "unknown_label", "unreadable"]
    for image_id, reason in rejected.items():
        content = sources.kaggle[image_id.split("/", 1)[1]]
        assert "/Training/" in image_id
        assert (content == b"") == (reason == "empty")
        if reason in {"unreadable", "not_an_image", "empty"}:
            # Pillow says that it cannot identify a file by an OSError too.
            with pytest.raises(OSError, match=r"identify|truncated"):
                decode(content)
            continue
        pixels = decode(content)
        assert (pixels.min() == pixels.max()) == (reason == "blank")
        assert (max(pixels.shape) < 32) == (reason == "too_small")
        assert ("/other/" in image_id) == (reason == "unknown_label")


def test_cross_split_copies_are_counted_from_the_files(sources: PhantomSources):
    slices = sources.planted["slices"]
    for name, counts in sources.planted["cross_split"].items():
        test = [path for path in sources.kaggle if path.startswith(f"{name}/Testing/")]
        train = {s for i, s in slices.items() if i.startswith(f"kaggle/{name}/Training/")}
        assert counts["test"] == len(test)
        assert counts["copied_from_train"] == sum(
            slices[f"kaggle/{path}"] in train for path in test
        )
        assert 5 <= counts["copied_from_train"] < counts["patient_in_train"] <= counts["test"]
