import base64
import hashlib

import pytest
import requests

from brain_tumor_kedro.acquisition.connections import DownloadError, DownloadSettings
from brain_tumor_kedro.acquisition.downloads import download
from brain_tumor_kedro.acquisition.published import RemoteFile
from servers import md5_of

CONTENT = bytes(range(256)) * 2000
OTHER = CONTENT[::-1]
NAME = "slices.zip"


@pytest.fixture
def fetch(server, session, quick, tmp_path):
    """Download `/file` of the server; the folder is `tmp_path / "downloads"`."""

    def run(settings: DownloadSettings = quick, **known):
        remote = RemoteFile(NAME, (f"{server.url}/file",), **known)
        return download(remote, tmp_path / "downloads", session, settings)

    return run


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads"


ONCE = DownloadSettings(retries=0, backoff=0, timeout=5)


def names_in(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_whole_and_is_checked(fetch, server, folder):
    server.serve("/file", CONTENT)

    fetched = fetch(size=len(CONTENT), md5=md5_of(CONTENT))

    assert (folder / NAME).read_bytes() == CONTENT
    assert names_in(folder) == {NAME}
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (fetched.bytes, fetched.checked) == (len(CONTENT), True)


def test_a_file_without_a_published_checksum_is_said_to_be_unchecked(fetch, server):
    server.serve("/file", CONTENT)

    assert not fetch().checked


def test_a_file_that_is_there_is_not_asked_for(fetch, server):
    server.serve("/file", CONTENT)
    first = fetch(md5=md5_of(CONTENT))

    assert fetch(md5=md5_of(CONTENT)) == first
    assert len(server.asked) == 1


def test_a_file_that_is_there_but_wrong_is_fetched_again(fetch, server, folder):
    server.serve("/file", CONTENT)
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT[:-1])

    fetch(size=len(CONTENT), md5=md5_of(CONTENT))

    assert (folder / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("known", [{}, {"md5": md5_of(CONTENT), "size": len(CONTENT)}])
def test_an_interrupted_download_is_gone_on_with(fetch, server, folder, known):
    server.serve("/file", CONTENT, cuts=[300_000])
    with pytest.raises(DownloadError, match="IncompleteRead"):
        fetch(ONCE, **known)
    kept = (folder / f"{NAME}.partial").stat().st_size
    assert not (folder / NAME).exists()

    fetch(**known)

    first, second = server.asked
    assert 0 < kept <= first.sent == 300_000
    assert second.headers["Range"] == f"bytes={kept}-"
    assert second.sent == len(CONTENT) - kept
    assert (folder / NAME).read_bytes() == CONTENT
    assert names_in(folder) == {NAME}


def test_a_broken_connection_is_retried_at_once(fetch, server, folder):
    server.serve("/file", CONTENT, cuts=[200_000, 200_000])

    fetch()

    assert len(server.asked) == 3
    assert sum(asked.sent for asked in server.asked) < 1.3 * len(CONTENT)
    assert (folder / NAME).read_bytes() == CONTENT


def test_an_interruption_by_the_user_loses_nothing(fetch, server, folder, monkeypatch):
    server.serve("/file", CONTENT)
    whole = requests.Response.iter_content

    def stop_early(response, size):
        yield next(whole(response, size))
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Response, "iter_content", stop_early)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    monkeypatch.undo()
    assert not (folder / NAME).exists()

    fetch()

    assert server.asked[1].headers["Range"] == "bytes=65536-"
    assert (folder / NAME).read_bytes() == CONTENT


def test_what_came_whole_but_was_not_yet_named_is_not_asked_for_again(fetch, server, folder):
    folder.mkdir()
    (folder / f"{NAME}.partial").write_bytes(CONTENT)

    fetch(size=len(CONTENT), md5=md5_of(CONTENT))

    assert server.asked == []
    assert names_in(folder) == {NAME}


def test_a_server_that_sends_no_parts_sends_the_whole_again(fetch, server, folder):
    server.serve("/file", CONTENT, ranges=False, cuts=[300_000])

    fetch(md5=md5_of(CONTENT))

    assert "Range" in server.asked[1].headers
    assert server.asked[1].sent == len(CONTENT)
    assert (folder / NAME).read_bytes() == CONTENT


def test_without_tag_and_checksum_nothing_is_gone_on_with(fetch, server, folder):
    server.serve("/file", CONTENT, etag=None, cuts=[300_000])

    fetch()

    assert "Range" not in server.asked[1].headers
    assert (folder / NAME).read_bytes() == CONTENT


def test_a_weak_tag_promises_nothing(fetch, server):
    server.serve("/file", CONTENT, etag='W/"one"', cuts=[300_000])

    fetch()

    assert "Range" not in server.asked[1].headers


def test_a_file_that_changed_meanwhile_is_fetched_anew(fetch, server, folder):
    server.serve("/file", CONTENT, cuts=[300_000])
    with pytest.raises(DownloadError):
        fetch(ONCE)
    server.serve("/file", OTHER, etag='"two"')

    fetch()

    assert server.asked[1].headers["If-Range"] == '"one"'
    assert (folder / NAME).read_bytes() == OTHER


def test_a_change_that_no_tag_tells_is_found_by_the_checksum(fetch, server, folder):
    server.serve("/file", CONTENT, etag=None, cuts=[300_000])
    with pytest.raises(DownloadError):
        fetch(ONCE, md5=md5_of(OTHER))
    server.serve("/file", OTHER, etag=None)

    fetch(md5=md5_of(OTHER))

    assert [("Range" in asked.headers) for asked in server.asked] == [False, True, False]
    assert (folder / NAME).read_bytes() == OTHER


def test_a_file_that_became_shorter_is_fetched_anew(fetch, server, folder):
    server.serve("/file", CONTENT, cuts=[300_000])
    with pytest.raises(DownloadError):
        fetch(ONCE)
    server.serve("/file", CONTENT[:1000])

    fetch()

    assert (folder / NAME).read_bytes() == CONTENT[:1000]


def test_another_part_than_asked_for_is_not_put_together(fetch, server, folder):
    page = server.serve("/file", CONTENT, cuts=[300_000])
    with pytest.raises(DownloadError):
        fetch(ONCE)
    page.failures.append((206, {"Content-Range": "bytes 7-9/10"}))

    fetch()

    assert (folder / NAME).read_bytes() == CONTENT


def test_a_truncated_file_is_never_named(fetch, server, folder):
    server.serve("/file", CONTENT, ranges=False, cuts=[10_000] * 3)

    with pytest.raises(DownloadError, match=r"Could not fetch slices\.zip from http"):
        fetch(size=len(CONTENT))

    assert len(server.asked) == 3
    assert not (folder / NAME).exists()


def test_a_file_of_another_size_is_refused_before_it_is_fetched(fetch, server):
    server.serve("/file", CONTENT[:-1])

    with pytest.raises(DownloadError, match=r"Expected 512,000 bytes .* offers 511,999"):
        fetch(size=len(CONTENT))

    assert len(server.asked) == 1


def test_a_silently_truncated_file_is_refused(fetch, server, folder):
    server.serve("/file", CONTENT[:-1], declares_length=False)

    with pytest.raises(DownloadError, match="expected 512,000 bytes, found 511,999"):
        fetch(size=len(CONTENT))

    assert names_in(folder) == set()


@pytest.mark.parametrize(("size", "limit"), [(100, 10**9), (None, 100)])
def test_more_bytes_than_expected_are_refused(fetch, server, folder, size, limit):
    server.serve("/file", CONTENT, declares_length=False)

    with pytest.raises(DownloadError, match="more bytes than are expected"):
        fetch(DownloadSettings(retries=0, timeout=5, max_bytes=limit), size=size)

    assert names_in(folder) == set()


def test_a_file_beyond_the_limit_is_refused(fetch, server):
    server.serve("/file", CONTENT)

    with pytest.raises(DownloadError, match=r"acquisition\.download\.max_bytes"):
        fetch(DownloadSettings(retries=0, timeout=5, max_bytes=1000))


def test_a_wrong_checksum_discards_the_file(fetch, server, folder):
    server.serve("/file", CONTENT)

    with pytest.raises(DownloadError) as raised:
        fetch(md5=md5_of(OTHER))

    assert md5_of(OTHER) in str(raised.value)
    assert md5_of(CONTENT) in str(raised.value)
    assert server.url in str(raised.value)
    assert names_in(folder) == set()


@pytest.mark.parametrize("right", [True, False])
def test_the_checksum_that_comes_with_the_answer_counts(fetch, server, right):
    sent = hashlib.md5(CONTENT if right else OTHER, usedforsecurity=False).digest()
    encoded = base64.b64encode(sent).decode()
    server.serve("/file", CONTENT, headers={"x-goog-hash": f"crc32c=AAAAAA==,md5={encoded}"})

    if right:
        assert fetch().checked
    else:
        with pytest.raises(DownloadError, match="MD5"):
            fetch()


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "no such thing"), (403, "refuses"), (401, "login"), (202, "browser"), (410, "Gone")],
)
def test_a_final_answer_is_not_asked_for_again(fetch, server, status, said):
    server.serve("/file", CONTENT, failures=[(status, {})])

    with pytest.raises(DownloadError, match=f"status {status}: .*{said}"):
        fetch()

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "failures", [[(500, {}), (503, {})], [(429, {"Retry-After": "3600"}), (502, {})]]
)
def test_what_passes_is_waited_for_within_limits(fetch, server, folder, failures):
    server.serve("/file", CONTENT, failures=failures)

    fetch()

    assert len(server.asked) == 3
    assert (folder / NAME).read_bytes() == CONTENT


def test_a_server_that_stays_down_is_given_up(fetch, server):
    server.serve("/file", CONTENT, failures=[(500, {})] * 9)

    with pytest.raises(DownloadError, match="status 500"):
        fetch()

    assert len(server.asked) == 3


def test_a_download_that_is_led_elsewhere_is_gone_on_with_there(fetch, server, folder):
    moved = (302, {"Location": f"{server.url}/storage"})
    server.serve("/file", b"", failures=[moved, moved])
    server.serve("/storage", CONTENT, cuts=[300_000])

    fetch()

    assert server.paths == ["/file", "/storage"] * 2
    assert server.asked[3].sent < len(CONTENT)
    assert (folder / NAME).read_bytes() == CONTENT


def test_the_next_place_is_tried(server, session, quick, tmp_path):
    server.serve("/second", CONTENT)
    remote = RemoteFile(NAME, (f"{server.url}/first", f"{server.url}/second"))

    fetched = download(remote, tmp_path, session, quick)

    assert fetched.url.endswith("/second")


def test_every_place_is_named_where_all_fail(server, session, quick, tmp_path):
    remote = RemoteFile(NAME, (f"{server.url}/first", f"{server.url}/second"))

    with pytest.raises(DownloadError, match=r"/first, found status 404.*/second, found status 404"):
        download(remote, tmp_path, session, quick)
