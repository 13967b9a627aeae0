import pytest

from brain_tumor_kedro.acquisition.collection import AcquisitionSettings
from brain_tumor_kedro.pipelines.acquisition import nodes


def test_what_is_there_is_recorded_without_a_network(tmp_path):
    (tmp_path / "figshare").mkdir()
    (tmp_path / "figshare" / "1.mat").touch()

    acquired = nodes.acquire_sources(tmp_path, AcquisitionSettings(sources=("figshare",)))

    assert acquired["collections"]["figshare"]["placed_by_hand"]
    nodes.check_acquired(acquired)


def test_a_missing_source_stops_the_run():
    with pytest.raises(ValueError, match="no network there"):
        nodes.check_acquired({"collections": {}, "missing": {"figshare": "no network there"}})
