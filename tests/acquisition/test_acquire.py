import json
import logging

import pytest
from filelock import FileLock

from brain_tumor_kedro.acquisition import archives
from brain_tumor_kedro.acquisition.acquire import DOWNLOADS, acquire, require_complete
from brain_tumor_kedro.acquisition.collection import AcquisitionSettings
from brain_tumor_kedro.acquisition.figshare import FigshareSettings
from brain_tumor_kedro.acquisition.kaggle import KaggleSettings
from brain_tumor_kedro.acquisition.placing import MARKER
from servers import md5_of, zip_of

FIRST, SECOND = zip_of({"1.mat": b"one"}), zip_of({"2.mat": b"two", "3.mat": b"three"})
ARTICLE = {"first.zip": FIRST, "second.zip": SECOND, "cvind.mat": b"folds", "README.txt": b"read"}
PICTURES = {"yes/y1.jpg": b"tumor", "no/no1.jpg": b"none", "Br35H-Mask-RCNN/TEST/y1.jpg": b"again"}
HANDLE = "ahmedhamada0/brain-tumor-detection"
FIGSHARE, KAGGLE = "figshare", "kaggle/brain-tumor-detection"


@pytest.fixture
def settings(server, quick):
    server.serve_article(ARTICLE)
    server.serve_data_set(HANDLE, zip_of(PICTURES))
    return AcquisitionSettings(
        figshare=FigshareSettings(api=f"{server.url}/v2"),
        kaggle=KaggleSettings(api=f"{server.url}/api/v1", datasets=(HANDLE,)),
        download=quick,
    )


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw"


def seen_in(folder) -> dict[str, bytes]:
    """What a person or curation sees: nothing hidden."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    visible = (path for path in paths if not any(part.startswith(".") for part in path.parts))
    return {path.as_posix(): (folder / path).read_bytes() for path in visible}


EVERYTHING = {
    **{f"figshare/{number}.mat": content for number, content in
       [("1", b"one"), ("2", b"two"), ("3", b"three")]},
    "figshare/cvind.mat": b"folds",
    "figshare/README.txt": b"read",
    **{f"{KAGGLE}/{name}": content for name, content in PICTURES.items()},
}  # fmt: skip


def test_every_source_comes_to_where_curation_reads_it(settings, raw):
    acquired = acquire(settings, raw)

    assert seen_in(raw) == EVERYTHING
    assert acquired["missing"] == {}
    require_complete(acquired)


def test_the_record_says_where_everything_comes_from(settings, raw, server):
    acquired = json.loads(json.dumps(acquire(settings, raw)))

    figshare, kaggle = (acquired["collections"][place] for place in (FIGSHARE, KAGGLE))
    assert figshare["license"] == "CC BY 4.0"
    assert figshare["version"] == 5
    assert figshare["unpacked"] == {"files": 5, "bytes": 20}
    assert [(file["name"], file["md5"], file["checked"]) for file in figshare["files"]] == [
        (name, md5_of(content), True) for name, content in ARTICLE.items()
    ]
    assert kaggle["url"] == f"https://www.kaggle.com/datasets/{HANDLE}"
    assert kaggle["license"] == "CC0-1.0"
    assert len(kaggle["files"][0]["sha256"]) == 64
    assert kaggle["files"][0]["url"].startswith(server.url)
    assert kaggle["acquired"].startswith("20")


def test_a_second_run_asks_nobody_and_says_the_same(settings, raw, server):
    first = acquire(settings, raw)
    server.asked.clear()

    assert acquire(settings, raw) == first
    assert server.asked == []


def test_archives_go_unless_they_are_to_be_kept(settings, raw):
    acquire(settings, raw)
    assert list((raw / DOWNLOADS).rglob("*.zip")) == []

    other = raw.with_name("other")
    acquire(settings.model_copy(update={"keep_archives": True}), other)
    assert len(list((other / DOWNLOADS).rglob("*.zip"))) == 3


def test_a_missing_file_is_fetched_again_and_the_rest_stays(settings, raw, server):
    acquire(settings, raw)
    (raw / "figshare" / "2.mat").unlink()
    server.asked.clear()

    acquire(settings, raw)

    assert seen_in(raw) == EVERYTHING
    assert server.paths
    assert not any("kaggle" in path or "datasets" in path for path in server.paths)


def test_a_changed_file_is_never_overwritten(settings, raw):
    acquire(settings, raw)
    (raw / "figshare" / "2.mat").write_bytes(b"somebody's work")

    acquired = acquire(settings, raw)

    assert (raw / "figshare" / "2.mat").read_bytes() == b"somebody's work"
    assert "move it away" in acquired["missing"][FIGSHARE]
    assert KAGGLE in acquired["collections"]


def test_files_placed_by_hand_are_left_as_they_are_and_said_to_be_unchecked(
    settings, raw, server, caplog
):
    (raw / "figshare" / "deep").mkdir(parents=True)
    (raw / "figshare" / "deep" / "1.mat").write_bytes(b"by hand")

    acquired = acquire(settings, raw)

    assert acquired["collections"][FIGSHARE] == {
        "placed_by_hand": True,
        "unpacked": {"files": 1, "bytes": 7},
    }
    assert "placed by hand" in caplog.text
    assert not any("articles" in path for path in server.paths)


def test_a_folder_without_files_counts_as_missing(settings, raw):
    (raw / "figshare").mkdir(parents=True)
    (raw / "figshare" / ".gitkeep").touch()

    acquire(settings, raw)

    assert seen_in(raw) == EVERYTHING


def test_an_interruption_while_unpacking_is_never_trusted(settings, raw, server, monkeypatch):
    whole, copied = archives.shutil.copyfileobj, []

    def stop_at_the_second(packed, file):
        copied.append(file)
        if len(copied) == 2:
            file.write(b"ha")
            raise KeyboardInterrupt
        whole(packed, file)

    monkeypatch.setattr(archives.shutil, "copyfileobj", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        acquire(settings, raw)
    monkeypatch.undo()
    assert seen_in(raw) == {}
    fetched = [path for path in server.paths if "download" in path]

    acquire(settings, raw)

    assert seen_in(raw) == EVERYTHING
    again = [path for path in server.paths if "download" in path][len(fetched) :]
    assert set(fetched).isdisjoint(again)


def test_one_source_that_fails_does_not_stop_the_others(settings, raw, server, caplog):
    caplog.set_level(logging.INFO)
    del server.pages["/v2/articles/1512427"]

    acquired = acquire(settings, raw)

    assert list(acquired["collections"]) == [KAGGLE]
    assert "status 404" in acquired["missing"][FIGSHARE]
    with pytest.raises(
        ValueError, match=r"(?s)1 of 2 collections.*status 404.*a network.*kedro run"
    ):
        require_complete(acquired)


def test_the_error_says_how_to_place_the_files_by_hand(settings, raw, server):
    server.pages.clear()

    with pytest.raises(ValueError, match="2 of 2 collections") as raised:
        require_complete(acquire(settings, raw))

    said = str(raised.value)
    assert "https://doi.org/10.6084/m9.figshare.1512427" in said
    assert f"https://www.kaggle.com/datasets/{HANDLE}" in said
    assert f"unpack it in {raw / 'figshare'}" in said
    assert f"{server.url}/v2/articles/1512427" in said


def test_a_malicious_archive_leaves_no_trace(settings, raw, server, tmp_path):
    server.serve_data_set(HANDLE, zip_of({"good.jpg": b"good", "../../../evil.jpg": b"evil"}))

    acquired = acquire(settings, raw)

    assert "Refused brain-tumor-detection.v2.zip" in acquired["missing"][KAGGLE]
    assert not (raw / KAGGLE).exists()
    assert list(tmp_path.rglob("*.jpg")) == []


def test_a_broken_archive_is_fetched_again_by_the_next_run(settings, raw, server):
    server.serve_data_set(HANDLE, zip_of(PICTURES)[:-20])
    assert "Fetch it again" in acquire(settings, raw)["missing"][KAGGLE]
    server.serve_data_set(HANDLE, zip_of(PICTURES))

    assert acquire(settings, raw)["missing"] == {}
    assert seen_in(raw) == EVERYTHING


def test_two_archives_with_one_file_are_refused_rather_than_merged(settings, raw, server):
    server.serve_article({"first.zip": FIRST, "1.mat": b"another"})

    assert FIGSHARE in acquire(settings, raw)["missing"]
    assert not (raw / "figshare").exists()


def test_an_archive_of_archives_is_unpacked_whole(settings, raw, server):
    server.serve_article({"all.zip": zip_of({"in/first.zip": FIRST, "second.zip": SECOND})})

    acquire(settings, raw)

    assert set(seen_in(raw / "figshare")) == {"in/1.mat", "2.mat", "3.mat"}


def test_another_version_is_never_put_over_the_present_one(settings, raw):
    acquire(settings, raw)
    kaggle = settings.kaggle.model_copy(update={"datasets": (f"{HANDLE}/versions/1",)})

    acquired = acquire(settings.model_copy(update={"kaggle": kaggle}), raw)

    assert "Expected ahmedhamada0/brain-tumor-detection, version 1" in acquired["missing"][KAGGLE]
    assert seen_in(raw) == EVERYTHING


def test_a_damaged_collection_is_not_mended_with_another_versions_files(settings, raw, server):
    acquire(settings, raw)
    (raw / KAGGLE / "no" / "no1.jpg").unlink()
    newer = {"title": "newer", "currentVersionNumber": 3}
    server.serve(f"/api/v1/datasets/view/{HANDLE}", newer)

    acquired = acquire(settings, raw)

    assert "lacks files of version 2, and version 3 is the newest" in acquired["missing"][KAGGLE]
    assert not (raw / KAGGLE / "no" / "no1.jpg").exists()


def test_what_is_there_but_not_asked_for_stays_in_the_record(settings, raw):
    first = acquire(settings, raw)
    (raw / "kaggle" / "mine").mkdir()
    (raw / "kaggle" / "mine" / "a.jpg").touch()

    again = acquire(settings.model_copy(update={"sources": ("figshare",)}), raw)

    mine = {"placed_by_hand": True, "unpacked": {"files": 1, "bytes": 0}}
    assert again["collections"] == {**first["collections"], "kaggle/mine": mine}


def test_a_record_that_claims_too_much_is_not_trusted(settings, raw, server):
    acquire(settings, raw)
    marker = raw / KAGGLE / MARKER
    record = json.loads(marker.read_text())
    record["contents"]["yes/y2.jpg"] = 5
    marker.write_text(json.dumps(record))
    server.asked.clear()

    acquire(settings, raw)

    assert any("download" in path for path in server.paths)
    assert "yes/y2.jpg" not in json.loads(marker.read_text())["contents"]


@pytest.mark.parametrize("name", ["planted.json", "figshare/phantom_1.mat", "kaggle/phantom_alpha"])
def test_real_data_never_comes_beside_phantoms(settings, raw, server, name):
    (raw / name).parent.mkdir(parents=True)
    (raw / name).touch()

    with pytest.raises(ValueError, match="found generated images"):
        acquire(settings, raw)

    assert server.asked == []


def test_two_runs_at_once_do_not_work_on_one_folder(settings, raw):
    (raw / DOWNLOADS).mkdir(parents=True)

    with (
        FileLock(raw / DOWNLOADS / "lock"),
        pytest.raises(ValueError, match="Another acquisition is at work"),
    ):
        acquire(settings, raw)
