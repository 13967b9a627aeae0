import subprocess
import sys

import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES


def families() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in BACKBONES.values():
        found.setdefault(row.family, set()).add(row.name)
    return found


def test_the_sixteen_of_study_2_are_in_its_families() -> None:
    found = families()
    assert found["light"] == {"resnet50", "mobilenet_v2", "efficientnet_b0", "nasnet_mobile"}
    assert found["mid"] == {"densenet121", "densenet201", "inception_v3"}
    assert found["high"] == {
        "resnet101",
        "resnet152",
        "efficientnet_b3",
        "efficientnet_b4",
        "convnext_base",
    }
    assert found["RadImageNet"] == {
        f"radimagenet_{name}"
        for name in ("densenet121", "inception_v3", "inception_resnet_v2", "resnet50")
    }
    studied = ("light", "mid", "high", "RadImageNet")
    assert sum(len(found[family]) for family in studied) == 16


@pytest.mark.parametrize("name", BACKBONES)
def test_a_row_is_complete(name: str) -> None:
    row = BACKBONES[name]
    assert row.name == name
    assert "arXiv" in row.citation or "doi" in row.citation or "no paper" in row.citation
    assert row.smallest <= row.size
    assert len(set(row.blocks)) == len(row.blocks) >= 4
    assert (row.family == "RadImageNet") == (row.pretraining == "radimagenet") == bool(row.files)
    assert (row.pretraining is None) == (name == "sample_cnn")


def test_a_radimagenet_row_is_the_same_network_with_another_contract() -> None:
    for name in families()["RadImageNet"]:
        row, twin = BACKBONES[name], BACKBONES[name.removeprefix("radimagenet_")]
        assert (row.application, row.parameters, row.features) == (
            twin.application,
            twin.parameters,
            twin.features,
        )
        assert row.blocks == twin.blocks
        assert row.contract == "radimagenet" != twin.contract


def test_reading_the_table_does_not_import_keras() -> None:
    code = (
        "import sys; from brain_tumor_kedro.modelling import backbone_table, recipes; "
        "sys.exit('keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
