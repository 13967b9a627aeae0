import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.packing import PackingSettings, require_same_images
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.same_patients import select_cases
from brain_tumor_kedro.imaging.slice_stack import inspect_cases, pack_slices
from brain_tumor_kedro.imaging.volumes import SliceSettings
from volume_builders import FakeCase, make_case, make_volume

CLASSES = ("LGG", "HGG")


def inspect(cases, workers=1):
    return inspect_cases(
        cases,
        frozenset(),
        CLASSES,
        CohortSettings(),
        SliceSettings(),
        PackingSettings(size=32),
        ParallelSettings(workers=workers),
    )


def test_every_slice_has_a_row_that_points_to_its_pixels():
    cases = [make_case("b"), make_case("a", tumor=(2, 4)), make_case("c", changed={"t2": None})]

    manifest, stack, measures = inspect(cases)

    assert len(kept(manifest)) == len(stack) == 6
    assert stack.shape == (6, 32, 32, 3)
    assert kept(manifest)["row"].tolist() == list(range(6))
    assert measures.index.tolist() == ["brats/a", "brats/b"]
    alone = inspect(cases[:1])[1]
    assert np.array_equal(stack[2:], alone)


def test_processes_give_what_one_gives():
    cases = [make_case(f"phantom_{number}") for number in range(5)]

    (one, stack, _), (two, other, _) = inspect(cases), inspect(cases, workers=2)

    assert one.equals(two)
    assert np.array_equal(stack, other)


def test_packed_slices_are_those_of_the_kept_rows_in_order_of_their_names():
    cases = [make_case("a b"), make_case("a", seed=1), make_case("c", seed=1), make_case("d")]
    described, stack, _ = inspect(cases)
    selected, _ = select_cases(described, CohortSettings())

    images, manifest = pack_slices(selected, stack)

    require_same_images(images, manifest)
    rows = kept(manifest).sort_values("row")
    assert rows["image_id"].is_monotonic_increasing
    place = described.set_index("image_id")["row"]
    for image_id, image in zip(rows["image_id"], images, strict=True):
        assert np.array_equal(image, stack[place[image_id]])


def test_images_of_another_run_are_not_taken_for_these():
    first = pack_slices(*inspect([make_case("a"), make_case("b")])[:2])
    other = pack_slices(*inspect([make_case("a"), make_case("b", seed=9)])[:2])

    with pytest.raises(ValueError, match="not those of the manifest"):
        require_same_images(first[0], other[1])


def test_without_a_usable_case_there_are_no_images():
    manifest, stack, measures = inspect([make_case("a", tumor=(0, 0))])
    images, packed = pack_slices(manifest, stack)

    assert images.shape == (0, 32, 32, 3)
    assert packed["reason"].tolist() == ["no_tumor_visible"]
    assert measures.empty


@dataclass(frozen=True)
class LazyCase(FakeCase):
    """A case whose volumes are made when they are read, as from files."""

    number: int = 0

    @property
    def sequences(self):
        return dict.fromkeys(("t1ce", "t2", "flair", "seg"), self.path)

    def read(self, sequence):
        rng = np.random.default_rng([self.number, len(sequence)])
        voxels = rng.normal(size=(64, 64, 32)).astype(np.float32)
        if sequence == "seg":
            voxels = (np.arange(32) // 4 == 3) * np.ones((64, 64, 1), np.int16)
        return make_volume(voxels)


def measure_peak(number: int) -> int:
    cases = [LazyCase(f"phantom_{n:02d}", number=n) for n in range(number)]
    tracemalloc.start()
    manifest, stack, _ = inspect(cases)
    pack_slices(manifest, stack)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_is_flat_in_the_number_of_cases_and_holds_a_volume_at_a_time():
    measure_peak(1)  # what is imported and cached once
    few, many = measure_peak(4), measure_peak(16)

    volume = 64 * 64 * 32 * 8  # random numbers are drawn with 8 bytes
    assert many < 1.1 * few
    assert few < 3 * volume
