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


def test_same_seed_same_voxels(volumes: PhantomVolumes):
    again = make_volumes(seed=0)

    assert again.planted == volumes.planted
    assert list(again.files) == list(volumes.files)
    for name, content in volumes.files.items():
        if isinstance(content, PhantomVolume):
            np.testing.assert_array_equal(again.files[name].voxels, content.voxels)
        else:
            assert again.files[name] == content


def test_every_path_is_called_phantom(volumes: PhantomVolumes):
    assert all(name.startswith(PHANTOM) for name in volumes.files)


def test_the_record_is_true(volumes: PhantomVolumes):
    planted = volumes.planted

    assert json.loads(json.dumps(planted)) == planted
    assert set(planted["faults"].values()) == set(FAULTS)
    folders = {name.rsplit("/", 1)[0] for name in volumes.files if "mapping" not in name}
    assert {f"brats/{folder}" for folder in folders} == set(planted["grades"])
    assert planted["cases"] == len(folders) == 31
    sound = {i: g for i, g in planted["grades"].items() if i not in planted["faults"]}
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
