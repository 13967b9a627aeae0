"""The sources one by one: listed, fetched, unpacked, put in place, recorded."""

import logging
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from brain_tumor_kedro.acquisition.archives import (
    BrokenArchiveError,
    UnpackLimits,
    unpack,
    unpack_inner,
)
from brain_tumor_kedro.acquisition.collection import (
    AcquisitionSettings,
    Collection,
    list_collections,
)
from brain_tumor_kedro.acquisition.connections import open_session
from brain_tumor_kedro.acquisition.downloads import Fetched, download
from brain_tumor_kedro.acquisition.placing import (
    find_damage,
    measure,
    put_in_place,
    read_record,
    staging,
)
from brain_tumor_kedro.acquisition.published import Published
from brain_tumor_kedro.tasks import PHANTOM

logger = logging.getLogger(__name__)

#: Where downloads wait until they are unpacked, below the folder of all sources.
DOWNLOADS = ".downloads"
AGAIN = "kedro run --pipelines acquisition"


def acquire(settings: AcquisitionSettings, raw_dir: Path) -> dict[str, Any]:
    """Fetch every source that is not there.

    Args:
        settings: What, from where and how.
        raw_dir: The folder of all sources.

    Returns:
        For JSON: `collections`, by folder, what is there, asked for or not: title, url, version,
        license, date, the fetched files with their checksums, and how much is unpacked;
        `missing`, by folder, why what was asked for could not be had and what to do.

    Raises:
        ValueError: Where the folder holds phantoms, or another run is at work in it.
    """
    _refuse_phantoms(raw_dir)
    (raw_dir / DOWNLOADS).mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(raw_dir / DOWNLOADS / "lock", timeout=0):
            return _acquire_all(settings, raw_dir)
    except Timeout as error:
        raise ValueError(
            f"Another acquisition is at work in {raw_dir}. Wait for it, or name another raw_dir."
        ) from error


def require_complete(acquired: dict[str, Any]) -> None:
    """Raise `ValueError` where a source is missing, and say how to go on."""
    missing = acquired["missing"]
    if missing:
        listed = "\n".join(f"- {place}: {why}" for place, why in missing.items())
        raise ValueError(
            f"{len(missing)} of {len(missing) + len(acquired['collections'])} collections could "
            f"not be had:\n{listed}\nDownloads need a network; behind a proxy, set HTTPS_PROXY. "
            f"What came so far is kept; to go on from there: {AGAIN}"
        )


def _acquire_all(settings: AcquisitionSettings, raw_dir: Path) -> dict[str, Any]:
    collections, missing = _summarize_others(settings, raw_dir), {}
    for collection in list_collections(settings):
        folder = raw_dir / collection.place
        try:
            record = _acquire_one(collection, folder, raw_dir / DOWNLOADS, settings)
            collections[collection.place] = _summarize(record)
        except (OSError, ValueError) as error:
            logger.warning("%s could not be had.", collection.place)
            hint = f"By hand: {collection.by_hand} and unpack it in {folder}"
            missing[collection.place] = f"{error} {hint}"
    return {"collections": collections, "missing": missing}


def _summarize_others(settings: AcquisitionSettings, raw_dir: Path) -> dict[str, Any]:
    """What is there of earlier runs, or by hand, that is not asked for now."""
    asked = {collection.place for collection in list_collections(settings)}
    places = ["figshare", *(f"kaggle/{folder.name}" for folder in sorted(raw_dir.glob("kaggle/*")))]
    others = {}
    for place in places:
        if place in asked or place.startswith("kaggle/."):
            continue
        record = read_record(raw_dir / place) or _find_placed_by_hand(raw_dir / place)
        if record is not None and not find_damage(raw_dir / place, record):
            others[place] = _summarize(record)
    return others


def _acquire_one(
    collection: Collection, folder: Path, downloads: Path, settings: AcquisitionSettings
) -> dict[str, Any]:
    record = _find_present(collection, folder)
    if record is None:
        cache = downloads / collection.place
        with open_session(settings.download) as session:
            published = collection.publish(session)
            _require_same_version(folder, published)
            files = [download(file, cache, session, settings.download) for file in published.files]
        record = _unpack_all(collection, published, files, cache, folder, settings.unpack)
        logger.info("%s is there now: %d files.", collection.place, len(record["contents"]))
        if not settings.keep_archives:
            shutil.rmtree(cache)
    return record


def _find_present(collection: Collection, folder: Path) -> dict[str, Any] | None:
    """The record of a collection that is there; None where it has to be fetched."""
    record = read_record(folder)
    if record is None:
        return _find_placed_by_hand(folder)
    asked = (collection.handle, collection.version or record.get("version"))
    if asked != (found := (record.get("handle"), record.get("version"))):
        raise ValueError(
            f"Expected {asked[0]}, version {asked[1]}, in {folder}, found {found[0]}, version "
            f"{found[1]}. Move that folder away, or name another raw_dir."
        )
    if damage := find_damage(folder, record):
        logger.warning(
            "%s: %d of %d files are missing or changed, such as %s; it is fetched again.",
            folder, len(damage), len(record["contents"]), damage[0],
        )  # fmt: skip
        return None
    logger.info("%s is there: %d files.", folder, len(record["contents"]))
    return record


def _require_same_version(folder: Path, published: Published) -> None:
    """Raise `ValueError` where another version's files would mend a damaged collection."""
    record = read_record(folder)
    if record is not None and record.get("version") != published.version:
        raise ValueError(
            f"{folder} lacks files of version {record.get('version')}, and version "
            f"{published.version} is the newest by now. Ask for the older one in "
            "conf/base/parameters_acquisition.yml, or move that folder away."
        )


def _find_placed_by_hand(folder: Path) -> dict[str, Any] | None:
    seen = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    if all(path.name.startswith(".") for path in seen):
        return None
    contents = measure(folder)
    logger.warning(
        "%s holds %d files that were placed by hand. They are left as they are, unchecked; to "
        "have them fetched and checked, move the folder away.",
        folder, len(contents),
    )  # fmt: skip
    return {"placed_by_hand": True, "contents": contents}


def _unpack_all(
    collection: Collection,
    published: Published,
    files: list[Fetched],
    cache: Path,
    folder: Path,
    limits: UnpackLimits,
) -> dict[str, Any]:
    with staging(folder) as staged:
        for file in files:
            _unpack_file(cache / file.name, staged, limits)
        record = _describe(collection, published, files)
        return put_in_place(staged, folder, record)


def _unpack_file(path: Path, staged: Path, limits: UnpackLimits) -> None:
    if path.suffix.lower() != ".zip":
        with path.open("rb") as source, (staged / path.name).open("xb") as copy:
            shutil.copyfileobj(source, copy)
        return
    try:
        unpack(path, staged, limits)
        unpack_inner(staged, limits)
    except BrokenArchiveError:
        path.unlink()  # so that it is fetched again
        raise


def _describe(collection: Collection, published: Published, files: list[Fetched]) -> dict[str, Any]:
    described = asdict(published)
    del described["files"]
    return {
        "handle": collection.handle,
        **described,
        "acquired": datetime.now(UTC).isoformat(timespec="seconds"),
        "placed_by_hand": False,
        "files": [asdict(file) for file in files],
    }


def _summarize(record: dict[str, Any]) -> dict[str, Any]:
    """The record with how much there is in place of every file."""
    sizes = record["contents"].values()
    rest = {key: value for key, value in record.items() if key != "contents"}
    return {**rest, "unpacked": {"files": len(sizes), "bytes": sum(sizes)}}


def _refuse_phantoms(raw_dir: Path) -> None:
    generated = [raw_dir / "planted.json", *raw_dir.glob(f"*/{PHANTOM}*")]
    for path in generated:
        if path.exists():
            raise ValueError(
                f"Expected a folder for real data, found generated images in {raw_dir}, such as "
                f"{path.name}. Run without --env sample, or name another folder with "
                "--params raw_dir=…"
            )
