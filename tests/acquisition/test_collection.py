import pytest
from pydantic import ValidationError

from brain_tumor_kedro.acquisition.collection import AcquisitionSettings, list_collections
from brain_tumor_kedro.acquisition.kaggle import KaggleSettings

KAGGLE = KaggleSettings(datasets=("a/mri", "b/ct/versions/3"))


def test_every_collection_has_a_place_where_curation_looks():
    collections = list(list_collections(AcquisitionSettings(kaggle=KAGGLE)))

    assert [(one.place, one.handle, one.version) for one in collections] == [
        ("figshare", "1512427", None),
        ("kaggle/mri", "a/mri", None),
        ("kaggle/ct", "b/ct", 3),
    ]
    assert all("https://" in one.by_hand for one in collections)


@pytest.mark.parametrize(("source", "count"), [("figshare", 1), ("kaggle", 2)])
def test_a_source_can_be_left_out(source, count):
    settings = AcquisitionSettings(sources=(source,), kaggle=KAGGLE)

    assert len(list(list_collections(settings))) == count


def test_an_unknown_source_is_refused():
    with pytest.raises(ValidationError, match="'figshare' or 'kaggle'"):
        AcquisitionSettings(sources=("zenodo",))
