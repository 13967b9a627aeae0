import pytest
from pydantic import ValidationError

from brain_tumor_kedro.acquisition.connections import DownloadError
from brain_tumor_kedro.acquisition.downloads import download
from brain_tumor_kedro.acquisition.kaggle import (
    KaggleSettings,
    list_data_set,
    read_login,
    split_handle,
)
from servers import zip_of

HANDLE = "owner/brain-mri"
ARCHIVE = zip_of({"yes/y1.jpg": b"picture"})


@pytest.fixture
def settings(server):
    return KaggleSettings(api=f"{server.url}/api/v1/", datasets=(HANDLE,))


def test_a_data_set_is_one_archive_of_its_newest_version(server, session, quick, settings):
    server.serve_data_set(HANDLE, ARCHIVE)

    published = list_data_set(session, HANDLE, settings, quick)

    assert published.url == "https://www.kaggle.com/datasets/owner/brain-mri"
    assert (published.version, published.license) == (2, "CC0-1.0")
    (file,) = published.files
    assert file.name == "brain-mri.v2.zip"
    assert file.urls[0].endswith("/datasets/download/owner/brain-mri?dataset_version_number=2")


def test_another_version_can_be_named(server, session, quick, settings):
    server.serve_data_set(HANDLE, ARCHIVE)

    published = list_data_set(session, f"{HANDLE}/versions/1", settings, quick)

    assert published.version == 1
    assert published.files[0].urls[0].endswith("dataset_version_number=1")


def test_kaggles_other_names_for_the_same_are_read(server, session, quick, settings):
    described = {"titleNullable": "MRI", "currentVersionNumberNullable": 7}
    server.serve(
        "/api/v1/datasets/view/owner/brain-mri", {**described, "licenseNameNullable": "MIT"}
    )

    published = list_data_set(session, HANDLE, settings, quick)

    assert (published.title, published.version, published.license) == ("MRI", 7, "MIT")


def test_something_else_than_a_data_set_is_refused(server, session, quick, settings):
    server.serve("/api/v1/datasets/view/owner/brain-mri", {"message": "not found"})

    with pytest.raises(
        DownloadError, match=r"(?s)Expected a Kaggle data set.*currentVersionNumber"
    ):
        list_data_set(session, HANDLE, settings, quick)


def test_a_login_goes_to_kaggle_and_not_to_where_kaggle_sends_us(
    server, session, quick, settings, tmp_path
):
    page = server.serve_data_set(HANDLE, b"")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    page.failures.append((302, {"Location": f"{elsewhere}/storage"}))
    server.serve("/storage", ARCHIVE)
    session.auth = read_login({"KAGGLE_API_TOKEN": "secret"})

    published = list_data_set(session, HANDLE, settings, quick)
    download(published.files[0], tmp_path, session, quick)

    *to_kaggle, to_storage = server.asked
    assert [asked.headers.get("Authorization") for asked in to_kaggle] == ["Bearer secret"] * 2
    assert to_storage.path == "/storage"
    assert "Authorization" not in to_storage.headers


def test_the_login_is_what_kaggles_own_tools_take(server, session, quick, settings):
    server.serve_data_set(HANDLE, ARCHIVE)
    session.auth = read_login({"KAGGLE_USERNAME": "me", "KAGGLE_KEY": "key"})

    list_data_set(session, HANDLE, settings, quick)

    assert server.asked[0].headers["Authorization"] == "Basic bWU6a2V5"
    assert read_login({}) is None
    assert read_login({"KAGGLE_USERNAME": "me"}) is None


@pytest.mark.parametrize(
    "handle", ["name", "owner/..", "../name", "owner/name/versions/0", "a/b/c", "owner/na me", ""]
)
def test_a_wrong_handle_is_refused(handle):
    with pytest.raises(ValidationError, match="expected owner/name"):
        KaggleSettings(datasets=(handle,))


def test_a_handle_has_an_owner_a_name_and_perhaps_a_version():
    assert split_handle("owner/name") == ("owner", "name", None)
    assert split_handle("owner/name/versions/12") == ("owner", "name", 12)


def test_two_data_sets_never_share_a_folder():
    with pytest.raises(ValidationError, match="would share the folder mri"):
        KaggleSettings(datasets=("one/mri", "two/mri"))
