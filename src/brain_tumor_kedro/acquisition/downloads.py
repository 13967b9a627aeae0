"""One file: fetched in as many pieces as it takes, and only ever in place whole and checked."""

import base64
import hashlib
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from brain_tumor_kedro.acquisition.connections import (
    DownloadError,
    DownloadSettings,
    ask,
    explain,
    require_success,
)
from brain_tumor_kedro.acquisition.partial import Partial
from brain_tumor_kedro.acquisition.published import RemoteFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """A file that came whole.

    Attributes:
        name: The file's name.
        url: Where it is served.
        bytes: Its size.
        md5: Hexadecimal.
        sha256: Hexadecimal.
        checked: Whether the publisher gives an MD5 checksum and it is this one.
    """

    name: str
    url: str
    bytes: int
    md5: str
    sha256: str
    checked: bool


@dataclass(frozen=True)
class _Expected:
    """What is known of a file: from its listing, or else from the answer that brings it."""

    size: int | None
    md5: str | None


class _TryAgainError(Exception):
    """The attempt failed; what is left of it can be gone on with, or is already discarded."""


def download(
    remote: RemoteFile, folder: Path, session: requests.Session, settings: DownloadSettings
) -> Fetched:
    """Fetch a file, unless it is there.

    What an interrupted download left is gone on with where the server can say that the file is
    still the same, or a checksum will. A file gets its name when it is whole and checked.

    Args:
        remote: The file.
        folder: Where it goes, a folder that holds nothing but downloads; made where missing.
        session: From `open_session`.
        settings: How patient to be.

    Returns:
        What came, with checksums.

    Raises:
        DownloadError: Names every place that was tried and what was wrong there. What came so far
            stays, unless it is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / remote.name
    if path.is_file():
        try:
            return _accept(path, remote, remote.urls[0], _Expected(remote.size, remote.md5))
        except ValueError as error:
            logger.warning("%s is fetched again: %s.", path, error)
            path.unlink()
    failures = []
    for url in remote.urls:
        try:
            return _download_from(url, remote, path, session, settings)
        except DownloadError as error:
            failures.append(str(error))
    raise DownloadError(" ".join(failures))


def _download_from(
    url: str,
    remote: RemoteFile,
    path: Path,
    session: requests.Session,
    settings: DownloadSettings,
) -> Fetched:
    partial = Partial(path)
    failure = ""
    for attempt in range(settings.retries + 1):
        if attempt:
            logger.info("%s: %s. Trying again.", path.name, failure)
            time.sleep(min(settings.max_wait, settings.backoff * 2 ** (attempt - 1)))
        try:
            return _attempt(url, remote, partial, session, settings)
        except _TryAgainError as error:
            failure = str(error)
        except requests.RequestException as error:  # the connection broke
            failure = explain(error)
    raise DownloadError(f"Could not fetch {remote.name} from {url}: {failure}.")


def _attempt(
    url: str,
    remote: RemoteFile,
    partial: Partial,
    session: requests.Session,
    settings: DownloadSettings,
) -> Fetched:
    offset = partial.resumable_bytes(remote)
    expected = _Expected(remote.size, remote.md5)
    if offset == 0 or offset != remote.size:
        expected = _transfer(url, remote, partial, offset, session, settings)
    try:
        fetched = _accept(partial.path, remote, url, expected)
    except ValueError as error:
        partial.discard()
        if offset:  # the pieces do not fit: the whole may
            raise _TryAgainError(str(error)) from error
        raise DownloadError(
            f"{remote.name} from {url} is not as published: {error}. It was discarded; try again, "
            "and if it stays so, tell the publisher or use a mirror."
        ) from error
    partial.put_in_place()
    return fetched


def _transfer(
    url: str,
    remote: RemoteFile,
    partial: Partial,
    offset: int,
    session: requests.Session,
    settings: DownloadSettings,
) -> _Expected:
    headers = partial.conditions(offset)
    with ask(session, url, settings, headers, stream=True) as response:
        if response.status_code == 416:
            partial.discard()
            raise _TryAgainError("the server's file is shorter than what had come")
        require_success(response, url)
        offset = _find_start(response, offset, partial)
        expected = _read_expected(response, remote, offset)
        _require_size(expected, remote, url, settings)
        if offset == 0:
            partial.begin(response.headers.get("ETag"))
        partial.append(response, offset, expected.size, settings.max_bytes)
    return expected


def _find_start(response: requests.Response, offset: int, partial: Partial) -> int:
    """Where the answer's first byte belongs: 0 where the server begins anew."""
    if response.status_code == 200:
        return 0
    content_range = response.headers.get("Content-Range", "")
    if not content_range.startswith(f"bytes {offset}-"):
        partial.discard()
        raise _TryAgainError(
            f"asked for bytes from {offset:,} on, the server sent {content_range!r}"
        )
    return offset


def _read_expected(response: requests.Response, remote: RemoteFile, offset: int) -> _Expected:
    if response.status_code == 206:
        total = response.headers["Content-Range"].rpartition("/")[2]
    else:
        total = response.headers.get("Content-Length", "")
    size = int(total) if total.isdigit() else None
    return _Expected(remote.size if size is None else size, remote.md5 or _read_md5(response))


def _read_md5(response: requests.Response) -> str | None:
    """The checksum that Google's storage, where Kaggle keeps its files, sends along in base64."""
    for part in response.headers.get("x-goog-hash", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "md5":
            return base64.b64decode(value).hex()
    return None


def _require_size(
    expected: _Expected, remote: RemoteFile, url: str, settings: DownloadSettings
) -> None:
    if remote.size is not None and expected.size != remote.size:
        raise DownloadError(
            f"Expected {remote.size:,} bytes of {remote.name}, {url} offers {expected.size:,}: it "
            "is another file. Try again later, or use a mirror."
        )
    if (expected.size or 0) > settings.max_bytes:
        raise DownloadError(
            f"Expected at most {settings.max_bytes:,} bytes, {url} offers {expected.size:,}. "
            "Raise acquisition.download.max_bytes if that is meant."
        )


def _accept(path: Path, remote: RemoteFile, url: str, expected: _Expected) -> Fetched:
    """Check a file that should be whole.

    Raises:
        ValueError: Where its size or checksum is another.
    """
    size = path.stat().st_size
    if expected.size not in {None, size}:
        raise ValueError(f"expected {expected.size:,} bytes, found {size:,}")
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if expected.md5 not in {None, md5}:
        raise ValueError(f"expected the MD5 checksum {expected.md5}, found {md5}")
    return Fetched(remote.name, url, size, md5, sha256, expected.md5 is not None)
