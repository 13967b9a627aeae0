import pytest
from pydantic import ValidationError

from brain_tumor_kedro.acquisition.connections import DownloadError
from brain_tumor_kedro.acquisition.figshare import FigshareSettings, list_article
from servers import LICENSE, md5_of

FILES = {"cvind.mat": b"folds", "README.txt": b"read me"}


@pytest.fixture
def settings(server):
    return FigshareSettings(api=f"{server.url}/v2/")


def test_an_article_is_listed_with_sizes_checksums_and_license(server, session, quick, settings):
    server.serve_article(FILES)

    published = list_article(session, settings, quick)

    assert published.url == "https://doi.org/10.6084/m9.figshare.1512427.v5"
    assert (published.title, published.version) == ("brain tumor dataset", 5)
    assert (published.license, published.license_url) == (LICENSE["name"], LICENSE["url"])
    assert [(file.name, file.size, file.md5) for file in published.files] == [
        (name, len(content), md5_of(content)) for name, content in FILES.items()
    ]


def test_the_interface_for_programs_is_asked_before_the_one_for_browsers(
    server, session, quick, settings
):
    server.serve_article(FILES)

    first = list_article(session, settings, quick).files[0]

    assert first.urls == (f"{server.url}/v2/file/download/1", f"{server.url}/ndownloader/files/1")


def test_more_files_than_an_article_shows_are_all_listed(server, session, quick, settings):
    server.serve_article({f"{number}.mat": b"slice" for number in range(12)})

    assert len(list_article(session, settings, quick).files) == 12


def test_a_version_can_be_pinned(server, session, quick):
    server.serve_article(FILES)
    article = server.pages.pop("/v2/articles/1512427")
    server.pages["/v2/articles/1512427/versions/3"] = article
    settings = FigshareSettings(api=f"{server.url}/v2", version=3)

    assert len(list_article(session, settings, quick).files) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "../evil.mat"}, "Expected the name of a file"),
        ({"name": "README.txt"}, "share a name"),
        ({"size": -1}, "size"),
        ({"computed_md5": "none"}, "md5"),
    ],
)
def test_a_listing_that_cannot_be_is_refused(server, session, quick, settings, change, said):
    listed = [
        {"id": 1, "name": "cvind.mat", "size": 5, **change},
        {"id": 2, "name": "README.txt", "size": 7},
    ]
    server.serve("/v2/articles/1512427", {"title": "brain tumor", "files": listed})

    with pytest.raises(DownloadError, match=f"(?s)Figshare article with files from http.*{said}"):
        list_article(session, settings, quick)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"message": "no such article"},
        {"title": "empty", "files": []},
        {"title": "", "files": 1},
    ],
)
def test_something_else_than_files_is_refused(server, session, quick, settings, answer):
    server.serve("/v2/articles/1512427", answer)

    with pytest.raises(DownloadError, match="Expected a Figshare article"):
        list_article(session, settings, quick)


def test_a_file_that_lies_elsewhere_is_left_out(server, session, quick, settings):
    linked = {"id": 1, "name": "elsewhere", "size": 0, "is_link_only": True}
    files = [linked, {"id": 2, "name": "README.txt", "size": 7}]
    server.serve("/v2/articles/1512427", {"title": "brain tumor", "files": files})

    assert [file.name for file in list_article(session, settings, quick).files] == ["README.txt"]


@pytest.mark.parametrize("wrong", [{"api": "file:///etc"}, {"article": 0}, {"artcle": 1}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        FigshareSettings(**wrong)
