import pytest

from brain_tumor_kedro.sample.volume_layouts import BRATS_2018, BRATS_2020, BRATS_2023


@pytest.mark.parametrize(
    ("layout", "folder", "file"),
    [
        (BRATS_2018, "phantom_BraTS2018/LGG/Brats18_PHANTOM_007_1", "Brats18_PHANTOM_007_1_t1ce"),
        (BRATS_2020, "phantom_BraTS2020/BraTS20_Training_007", "BraTS20_Training_007_t1ce"),
        (BRATS_2023, "phantom_BraTS2023/BraTS-GLI-00007-000", "BraTS-GLI-00007-000-t1c"),
    ],
)
def test_names_follow_each_year(layout, folder, file):
    assert layout.name_folder(7, "LGG") == folder
    assert layout.name_case(7) == folder.split("/")[-1]
    assert layout.name_file(7, "t1ce") == file
