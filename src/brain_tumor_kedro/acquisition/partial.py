"""A download on its way: what came so far, and what the server called it."""

import json
import os
from pathlib import Path

import requests
from tqdm import tqdm

from brain_tumor_kedro.acquisition.connections import DownloadError
from brain_tumor_kedro.acquisition.published import RemoteFile

CHUNK = 2**16


class Partial:
    """A file on its way, and beside it the server's tag of the version that it is a part of.

    Attributes:
        path: Where the bytes are that came so far.
    """

    def __init__(self, path: Path) -> None:
        """Name the place of the whole file; nothing is made yet."""
        self._final = path
        self.path = path.with_name(f"{path.name}.partial")
        self._tag = path.with_name(f"{path.name}.partial.json")

    def resumable_bytes(self, remote: RemoteFile) -> int:
        """How much can be gone on with: nothing where nobody could tell that the parts fit."""
        if not self.path.is_file() or (remote.md5 is None and self._read_tag() is None):
            return 0
        size = self.path.stat().st_size
        return size if remote.size is None or size <= remote.size else 0

    def conditions(self, offset: int) -> dict[str, str]:
        """Headers that ask for the rest, and for the whole where it is another file by now."""
        if not offset:
            return {}
        tag = self._read_tag()
        return {"Range": f"bytes={offset}-"} | ({"If-Range": tag} if tag else {})

    def begin(self, tag: str | None) -> None:
        """Start anew, with the `ETag` of what comes now."""
        self.discard()
        # A weak tag does not promise the same bytes.
        strong = tag is not None and not tag.startswith("W/")
        self._tag.write_text(json.dumps({"etag": tag if strong else None}))

    def append(
        self, response: requests.Response, offset: int, total: int | None, limit: int
    ) -> None:
        """Store what an answer brings.

        Args:
            response: The answer, not yet read.
            offset: Where its first byte belongs; 0 begins the file anew.
            total: Bytes of the whole file, where known.
            limit: Bytes at most, where that is not known.

        Raises:
            DownloadError: Where more comes. Everything is discarded then.
        """
        bar = tqdm(
            desc=self._final.name, total=total, initial=offset, unit="B", unit_scale=True,
            mininterval=1.0,
        )  # fmt: skip
        with bar, self.path.open("ab" if offset else "wb") as file:
            for chunk in response.iter_content(CHUNK):
                if file.tell() + len(chunk) > (limit if total is None else total):
                    self.discard()
                    raise DownloadError(f"{response.url} sends more bytes than are expected.")
                file.write(chunk)
                bar.update(len(chunk))

    def put_in_place(self) -> None:
        """Give the file, which must be whole, its name."""
        os.replace(self.path, self._final)  # noqa: PTH105
        self._tag.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete what came so far."""
        self.path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _read_tag(self) -> str | None:
        try:
            tag = json.loads(self._tag.read_text())["etag"]
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return tag if isinstance(tag, str) else None
