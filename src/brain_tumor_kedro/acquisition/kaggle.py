"""What a Kaggle data set holds.

The bytes come from the address that Kaggle gives for `curl` and that kagglehub used up to 0.3.
kagglehub 1.0 itself unpacks without limits and over files that are there, trusts an empty marker
file, goes on with a partial file without asking whether it is still the same, and can be pointed
at no other server.
"""

import re
from collections.abc import Mapping

import requests
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator
from requests.auth import AuthBase, HTTPBasicAuth

from brain_tumor_kedro.acquisition.connections import DownloadError, DownloadSettings, fetch_json
from brain_tumor_kedro.acquisition.published import Published, RemoteFile

HANDLE = re.compile(r"(\w[\w-]*)/(\w[\w-]*)(?:/versions/([1-9]\d*))?", re.ASCII)


class KaggleSettings(BaseModel):
    """Which data sets, from where.

    Attributes:
        api: Kaggle's API, or a mirror's.
        datasets: Each `owner/name`, or `owner/name/versions/3` for a version that is not the
            newest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: str = Field(default="https://www.kaggle.com/api/v1", pattern=r"^https?://")
    datasets: tuple[str, ...] = ()

    @field_validator("datasets")
    @classmethod
    def _check_handles(cls, handles: tuple[str, ...]) -> tuple[str, ...]:
        names = [split_handle(handle)[1] for handle in handles]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two data sets would share the folder {min(twice)}")
        return handles


class KaggleToken(AuthBase):
    """The login by one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token to a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _either(name: str) -> AliasChoices:
    # Kaggle's answers have some names both plain and with this ending, or one of them alone.
    return AliasChoices(name, f"{name}Nullable")


class _DataSet(BaseModel):
    title: str = Field(validation_alias=_either("title"))
    current_version: int = Field(validation_alias=_either("currentVersionNumber"), gt=0)
    license: str | None = Field(default=None, validation_alias=_either("licenseName"))


def split_handle(handle: str) -> tuple[str, str, int | None]:
    """Take a data set's handle apart: owner, name, version.

    Raises:
        ValueError: Where it is none.
    """
    match = HANDLE.fullmatch(handle)
    if match is None:
        raise ValueError(f"expected owner/name or owner/name/versions/3, found {handle!r}")
    owner, name, version = match.groups()
    return owner, name, int(version) if version else None


def read_login(environment: Mapping[str, str]) -> AuthBase | None:
    """The login that Kaggle's own tools would take from the environment; public data need none.

    Args:
        environment: Such as `os.environ`; KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY.
    """
    if token := environment.get("KAGGLE_API_TOKEN"):
        return KaggleToken(token)
    user, key = environment.get("KAGGLE_USERNAME"), environment.get("KAGGLE_KEY")
    return HTTPBasicAuth(user, key) if user and key else None


def list_data_set(
    session: requests.Session, handle: str, settings: KaggleSettings, download: DownloadSettings
) -> Published:
    """Ask Kaggle about a data set.

    Args:
        session: From `open_session`, logged in where there is a login.
        handle: One of the settings' data sets.
        settings: Where Kaggle is.
        download: How patient to be.

    Returns:
        The data set as one archive; Kaggle tells its size and checksum with the answer that
        brings it.

    Raises:
        DownloadError: Where Kaggle cannot be reached or answers with something else.
    """
    owner, name, version = split_handle(handle)
    api = settings.api.rstrip("/")
    url = f"{api}/datasets/view/{owner}/{name}"
    try:
        described = _DataSet.model_validate(fetch_json(session, url, download))
    except ValueError as error:
        raise DownloadError(f"Expected a Kaggle data set from {url}: {error}") from error
    version = version or described.current_version
    archive = f"{api}/datasets/download/{owner}/{name}?dataset_version_number={version}"
    return Published(
        title=described.title,
        url=f"https://www.kaggle.com/datasets/{owner}/{name}",
        version=version,
        license=described.license,
        license_url=None,
        files=(RemoteFile(f"{name}.v{version}.zip", (archive,)),),
    )
