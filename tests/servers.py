"""A server on this machine for tests of downloads: no network is ever needed."""

import hashlib
import io
import json
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LICENSE = {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}


@dataclass
class Page:
    """What is served at a path.

    Attributes:
        content: The whole.
        ranges: Whether a part of it can be asked for.
        etag: Its tag; with it, If-Range is honored.
        headers: Sent along.
        failures: Status codes with headers that are answered first, one a request.
        cuts: After so many bytes the connection breaks, once each.
        declares_length: Whether Content-Length is sent.
    """

    content: bytes
    ranges: bool = True
    etag: str | None = '"one"'
    headers: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    declares_length: bool = True


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    sent: int = 0


class LocalServer:
    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, path: str, content: bytes | dict | list, **options) -> Page:
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.pages[path] = Page(content, **options)
        return self.pages[path]

    def serve_article(self, files: dict[str, bytes], article: int = 1512427) -> None:
        """Serve a Figshare article below /v2."""
        listed = [
            {
                "id": number,
                "name": name,
                "size": len(content),
                "is_link_only": False,
                "download_url": f"{self.url}/ndownloader/files/{number}",
                "supplied_md5": "",
                "computed_md5": md5_of(content),
            }
            for number, (name, content) in enumerate(files.items(), start=1)
        ]
        described = {
            "title": "brain tumor dataset",
            "version": 5,
            "doi": f"10.6084/m9.figshare.{article}.v5",
            "license": LICENSE,
            "files": listed[:10],
        }
        self.serve(f"/v2/articles/{article}", described)
        self.serve(f"/v2/articles/{article}/files", listed)
        for number, content in enumerate(files.values(), start=1):
            self.serve(f"/v2/file/download/{number}", content)

    def serve_data_set(self, handle: str, archive: bytes, **options) -> Page:
        """Serve a Kaggle data set below /api/v1."""
        described = {"title": handle, "currentVersionNumber": 2, "licenseName": "CC0-1.0"}
        self.serve(f"/api/v1/datasets/view/{handle}", described)
        return self.serve(f"/api/v1/datasets/download/{handle}", archive, **options)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def running_server():
    server = LocalServer()
    thread = threading.Thread(target=server._server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server._server.shutdown()
        server._server.server_close()
        thread.join()


def md5_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _make_handler(server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = Asked(self.path, dict(self.headers))
            server.asked.append(asked)
            page = server.pages.get(self.path.split("?")[0])
            if page is None:
                self._answer(404, {})
            elif page.failures:
                self._answer(*page.failures.pop(0))
            else:
                self._send_page(page, asked)

        def _send_page(self, page: Page, asked: Asked) -> None:
            start = _find_start(page, asked.headers)
            if start >= len(page.content) > 0:
                self._answer(416, {})
                return
            body, headers = page.content[start:], dict(page.headers)
            if start:
                total = len(page.content)
                headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            if page.declares_length:
                headers["Content-Length"] = str(len(body))
            if page.etag:
                headers["ETag"] = page.etag
            body = body[: page.cuts.pop(0)] if page.cuts else body
            # Noted first: a client that has everything does not wait for this thread.
            asked.sent = len(body)
            self._answer(206 if start else 200, headers, length=page.declares_length)
            self.wfile.write(body)

        def _answer(self, status: int, headers: dict[str, str], length: bool = True) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if length and "Content-Length" not in headers:
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: tests read `asked`."""

    return Handler


def _find_start(page: Page, headers: dict[str, str]) -> int:
    asked_range = headers.get("Range", "")
    if not page.ranges or not asked_range.startswith("bytes="):
        return 0
    if headers.get("If-Range", page.etag) != page.etag:
        return 0
    return int(asked_range.removeprefix("bytes=").rstrip("-"))
