"""What a Figshare article holds; see https://docs.figshare.com."""

from typing import Any

import requests
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.acquisition.archives import require_plain_name
from brain_tumor_kedro.acquisition.connections import DownloadError, DownloadSettings, fetch_json
from brain_tumor_kedro.acquisition.published import Published, RemoteFile

#: An article itself shows its first files only, so many of them.
SHOWN = 10
PAGE_SIZE = 1000


class FigshareSettings(BaseModel):
    """Which article, from where.

    Attributes:
        api: Figshare's API, or a mirror's.
        article: The article's number.
        version: Of the article; None for the newest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: str = Field(default="https://api.figshare.com/v2", pattern=r"^https?://")
    article: int = Field(default=1512427, gt=0)
    version: int | None = Field(default=None, gt=0)


class _License(BaseModel):
    name: str | None = None
    url: str | None = None


class _File(BaseModel):
    id: int
    name: str
    size: int = Field(ge=0)
    is_link_only: bool = False
    download_url: str = ""
    computed_md5: str = Field(default="", pattern=r"^([0-9a-fA-F]{32})?$")
    supplied_md5: str = Field(default="", pattern=r"^([0-9a-fA-F]{32})?$")


class _Article(BaseModel):
    title: str
    version: int | None = None
    url_public_html: str = ""
    doi: str = ""
    license: _License = _License()
    files: list[_File] = Field(min_length=1)


def list_article(
    session: requests.Session, settings: FigshareSettings, download: DownloadSettings
) -> Published:
    """Ask Figshare what the article holds.

    Args:
        session: From `open_session`.
        settings: Which article.
        download: How patient to be.

    Returns:
        The article with its files, their sizes and checksums.

    Raises:
        DownloadError: Where Figshare cannot be reached or answers with something else.
    """
    api = settings.api.rstrip("/")
    url = f"{api}/articles/{settings.article}"
    if settings.version is not None:
        url += f"/versions/{settings.version}"
    described = fetch_json(session, url, download)
    try:
        if len(described["files"]) >= SHOWN:
            files = fetch_json(session, f"{url}/files?page_size={PAGE_SIZE}", download)
            described = {**described, "files": files}
        return _read_article(described, api)
    except (LookupError, TypeError, ValueError) as error:
        raise DownloadError(
            f"Expected a Figshare article with files from {url}: {error}"
        ) from error


def _read_article(answer: dict[str, Any], api: str) -> Published:
    article = _Article.model_validate(answer)
    files = tuple(_read_file(file, api) for file in article.files if not file.is_link_only)
    if len({file.name for file in files}) != len(files):
        raise ValueError("two files share a name")
    page = f"https://doi.org/{article.doi}" if article.doi else article.url_public_html
    license_ = article.license
    return Published(article.title, page, article.version, license_.name, license_.url, files)


def _read_file(file: _File, api: str) -> RemoteFile:
    require_plain_name(file.name)
    # Figshare's pages, where download_url leads, may answer scripts with a challenge for browsers;
    # its API serves the same bytes. See https://github.com/neuromorphs/tonic/pull/337.
    urls = [f"{api}/file/download/{file.id}", file.download_url]
    md5 = (file.computed_md5 or file.supplied_md5).lower() or None
    return RemoteFile(file.name, tuple(filter(None, urls)), file.size, md5)
