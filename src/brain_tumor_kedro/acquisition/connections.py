"""Talking to a server: retries, clear errors, JSON."""

from typing import Any

import requests
from pydantic import BaseModel, ConfigDict, Field
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

#: Answers that may be different a moment later.
PASSING = (429, 500, 502, 503, 504)
WHY = {
    202: "the server wants to see a browser first",
    401: "the server wants a login",
    403: "the server refuses it",
    404: "there is no such thing",
    429: "too many requests, try again later",
}


class DownloadError(OSError):
    """Something could not be fetched; says what, from where, and why."""


class DownloadSettings(BaseModel):
    """How patient downloads are.

    Attributes:
        retries: How often a broken or refused request is tried again.
        backoff: Seconds before the second retry; every further one waits twice as long.
        max_wait: The longest wait in seconds, whatever the server asks for.
        timeout: Seconds without a byte after which a connection counts as broken.
        max_bytes: The largest file that is fetched.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    retries: int = Field(default=5, ge=0, le=100)
    backoff: float = Field(default=1.0, ge=0)
    max_wait: int = Field(default=60, ge=0)
    timeout: float = Field(default=30.0, gt=0)
    max_bytes: int = Field(default=20_000_000_000, gt=0)


def open_session(settings: DownloadSettings) -> requests.Session:
    """Make a session that retries what may pass.

    A host that cannot be reached at all is tried twice only: without a network nobody waits long.
    """
    retry = Retry(
        total=settings.retries,
        connect=min(1, settings.retries),
        status_forcelist=PASSING,
        backoff_factor=settings.backoff,
        backoff_max=settings.max_wait,
        retry_after_max=settings.max_wait,
        raise_on_status=False,
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    # Bytes are counted and checked as they are stored: nothing may be compressed on the way.
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "brain_tumor_kedro"})
    return session


def fetch_json(session: requests.Session, url: str, settings: DownloadSettings) -> Any:
    """Get a document.

    Raises:
        DownloadError: Where the server cannot be reached, refuses, or answers with something else.
    """
    response = ask(session, url, settings)
    require_success(response, url)
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        raise DownloadError(
            f"Expected JSON from {url}, found {response.text[:60]!r}. A proxy or a login page may "
            "have answered."
        ) from error


def ask(
    session: requests.Session,
    url: str,
    settings: DownloadSettings,
    headers: dict[str, str] | None = None,
    stream: bool = False,
) -> requests.Response:
    """Send a request.

    Raises:
        DownloadError: Where no answer comes.
    """
    try:
        return session.get(url, headers=headers, stream=stream, timeout=settings.timeout)
    except requests.RequestException as error:
        raise DownloadError(f"Could not reach {url}: {explain(error)}.") from error


def require_success(response: requests.Response, url: str) -> None:
    """Raise `DownloadError` where the answer is no content, whole (200) or in part (206)."""
    code = response.status_code
    if code not in {200, 206}:
        reason = WHY.get(code, response.reason)
        raise DownloadError(f"Expected content from {url}, found status {code}: {reason}.")


def explain(error: requests.RequestException) -> str:
    """The cause of a failed request, without the wrapping that libraries put around it."""
    cause: Any = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    if isinstance(cause, BaseException) and cause.args:
        cause = cause.args[0]
    return str(cause).split("): ")[-1].rstrip(".") or type(error).__name__
