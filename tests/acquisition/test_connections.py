import pytest
import requests

from brain_tumor_kedro.acquisition.connections import DownloadError, explain, fetch_json
from servers import running_server


def test_a_document_is_read(server, session, quick):
    server.serve("/page", {"version": 5})

    assert fetch_json(session, f"{server.url}/page", quick) == {"version": 5}


def test_something_else_than_json_is_shown(server, session, quick):
    server.serve("/page", b"<html>Please log in")

    with pytest.raises(DownloadError, match=r"Expected JSON .* found '<html>Please log in'"):
        fetch_json(session, f"{server.url}/page", quick)


def test_a_server_that_is_not_there_is_named_in_few_words(server, session, quick):
    with running_server() as gone:
        url = f"{gone.url}/page"

    with pytest.raises(DownloadError) as raised:
        fetch_json(session, url, quick)

    assert str(raised.value).startswith(f"Could not reach {url}: ")
    assert "refused" in str(raised.value)
    assert "Max retries" not in str(raised.value)


def test_an_error_without_words_is_called_by_its_name():
    assert explain(requests.ReadTimeout()) == "ReadTimeout"
