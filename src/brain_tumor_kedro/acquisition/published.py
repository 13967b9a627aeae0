"""What a source publishes, before anything of it is fetched."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One published file.

    Attributes:
        name: A plain file name.
        urls: Where it is served, the best place first; all serve the same bytes.
        size: In bytes; None where it is not published.
        md5: Hexadecimal; None where it is not published.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    md5: str | None = None


@dataclass(frozen=True)
class Published:
    """A collection as its publisher describes it.

    Attributes:
        title: What the publisher calls it.
        url: Its page, for people.
        version: The publisher's version number; None where there is none.
        license: The license's name; None where none is named.
        license_url: Where the license can be read.
        files: Everything that belongs to it.
    """

    title: str
    url: str
    version: int | None
    license: str | None
    license_url: str | None
    files: tuple[RemoteFile, ...]
