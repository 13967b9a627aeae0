import json
from collections import Counter

import numpy as np
import pytest

from brain_tumor_kedro.sample.volume_faults import FAULTS, PhantomVolume
from brain_tumor_kedro.sample.volumes import PhantomVolumes, make_volumes
from brain_tumor_kedro.tasks import GLIOMA_GRADE, PHANTOM


@pytest.fixture(scope="session")
def volumes() -> PhantomVolumes:
    return make_volumes(seed=0)


def read(volumes: PhantomVolumes, image_id: str) -> dict[str, object]:
    folder = image_id.removeprefix("brats/") + "/"
    return {n.removeprefix(folder): f for n, f in volumes.files.items() if n.startswith(folder)}


def test_same_seed_same_voxels_however_many_patients(volumes: PhantomVolumes):
    fewer = make_volumes(seed=0, patients=16)

    assert fewer.planted["cases"] == 17
    for name, content in fewer.files.items():
        if isinstance(content, PhantomVolume):
            np.testing.assert_array_equal(volumes.files[name].voxels, content.voxels)
        elif isinstance(content, bytes):
            assert volumes.files[name] == content


def test_every_path_is_called_phantom(volumes: PhantomVolumes):
    assert all(name.startswith(PHANTOM) for name in volumes.files)


def test_the_record_is_true(volumes: PhantomVolumes):
    planted = volumes.planted

    assert json.loads(json.dumps(planted)) == planted
    assert set(planted["rejected"].values()) == set(FAULTS)
    folders = {name.rsplit("/", 1)[0] for name in volumes.files if "mapping" not in name}
    assert {f"brats/{folder}" for folder in folders} == set(planted["grades"])
    assert planted["cases"] == len(folders) == 31
    sound = {i: g for i, g in planted["grades"].items() if i not in planted["rejected"]}
    kept = Counter({planted["patients"][i]: g for i, g in sound.items()}.values())
    assert kept == {"HGG": 15, "LGG": 9}
    assert planted["kept"] == 24
    assert set(kept) == set(GLIOMA_GRADE.classes)


def test_the_same_patient_is_there_twice(volumes: PhantomVolumes):
    (copy,) = volumes.planted["copies"]
    one, other = (read(volumes, copy[key]) for key in ("original", "copy"))

    assert (
        volumes.planted["patients"][copy["original"]] == volumes.planted["patients"][copy["copy"]]
    )
    for mine, theirs in zip(one.values(), other.values(), strict=True):
        np.testing.assert_array_equal(mine.voxels, theirs.voxels)


def test_volumes_lie_as_brats_stores_them(volumes: PhantomVolumes):
    held = [content for content in volumes.files.values() if isinstance(content, PhantomVolume)]
    shapes = Counter(volume.voxels.shape for volume in held)

    assert shapes.pop((48, 48, 24)) > 140
    assert shapes == {(48, 48, 22): 1}
    for volume in held:
        np.testing.assert_array_equal(volume.affine[:3, :3], np.diag([-5, -5, 6]))
        assert volume.affine[:2, 3].tolist() == [0, 239]
        assert volume.voxels.dtype == (np.uint8 if volume.voxels.max() <= 4 else np.int16)


def test_every_way_of_naming_is_there_in_both_grades(volumes: PhantomVolumes):
    years = Counter(
        (image_id.split("/")[1], grade) for image_id, grade in volumes.planted["grades"].items()
    )
    assert len(years) == 6
    assert min(years.values()) == 2
    endings = Counter(name.split(".", 1)[1] for name in volumes.files)
    assert {"nii", "nii.gz", "csv"} < set(endings)
    assert sum("Segm" in name for name in volumes.files) == 1


def test_tables_know_every_case_of_their_year_but_one(volumes: PhantomVolumes):
    rows = [
        row for content in volumes.files.values() if isinstance(content, list) for row in content
    ]
    grades = {name: row["Grade"] for row in rows for key, name in row.items() if "BraTS" in key}

    planted = volumes.planted
    unknown = [i for i, reason in planted["rejected"].items() if reason == "unknown_label"]
    assert len(unknown) == 1
    for image_id, grade in planted["grades"].items():
        case = image_id.split("/")[-1]
        told = grades.get(case) or next((g for g in ("HGG", "LGG") if f"/{g}/" in image_id), None)
        assert told == (None if image_id in unknown else grade)


def test_another_seed_other_volumes(volumes: PhantomVolumes):
    other = make_volumes(seed=1, patients=16)

    for name, content in other.files.items():
        if isinstance(content, PhantomVolume) and content.voxels.max() > 4:
            assert (content.voxels != volumes.files[name].voxels).any()


def test_too_few_patients_are_refused():
    with pytest.raises(ValueError, match="enough for every fault, received 9"):
        make_volumes(patients=9)
