import pytest

from brain_tumor_kedro.acquisition.partial import Partial
from brain_tumor_kedro.acquisition.published import RemoteFile

REMOTE = RemoteFile("a.zip", ("http://127.0.0.1/a.zip",), size=10)


@pytest.fixture
def partial(tmp_path):
    return Partial(tmp_path / "a.zip")


def begin(partial: Partial, tag: str | None, content: bytes = b"12345") -> None:
    partial.begin(tag)
    partial.path.write_bytes(content)


def test_the_rest_is_asked_for_of_the_version_that_the_beginning_is_of(partial):
    begin(partial, '"one"')

    assert partial.resumable_bytes(REMOTE) == 5
    assert partial.conditions(5) == {"Range": "bytes=5-", "If-Range": '"one"'}
    assert partial.conditions(0) == {}


@pytest.mark.parametrize("tag", [None, 'W/"one"'])
def test_without_a_strong_tag_only_a_checksum_can_tell_that_the_parts_fit(partial, tag):
    begin(partial, tag)
    with_checksum = RemoteFile("a.zip", REMOTE.urls, size=10, md5="0" * 32)

    assert partial.resumable_bytes(REMOTE) == 0
    assert partial.resumable_bytes(with_checksum) == 5
    assert partial.conditions(5) == {"Range": "bytes=5-"}


def test_more_than_the_whole_is_not_gone_on_with(partial):
    begin(partial, '"one"', bytes(11))

    assert partial.resumable_bytes(REMOTE) == 0


@pytest.mark.parametrize("broken", ["", "[]", "{}", '{"etag": 7}', "not JSON"])
def test_a_broken_tag_counts_as_none(partial, tmp_path, broken):
    begin(partial, '"one"')
    (tmp_path / "a.zip.partial.json").write_text(broken)

    assert partial.resumable_bytes(REMOTE) == 0


def test_in_its_place_the_file_is_alone(partial, tmp_path):
    begin(partial, '"one"')

    partial.put_in_place()

    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_nothing_is_left_of_what_is_discarded(partial, tmp_path):
    begin(partial, '"one"')

    partial.discard()

    assert list(tmp_path.iterdir()) == []
