"""Putting a collection in its place: whole, over nothing, and known again later."""

import filecmp
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Beside a collection's files: what it is and which files it has. Hidden from curation.
MARKER = ".acquired.json"


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty, hidden folder beside a folder, to be filled and then put in its place.

    Args:
        folder: Where the collection belongs.

    Yields:
        The hidden folder. What is left of it at the end, or of an earlier run's, is deleted.
    """
    staged = folder.with_name(f".{folder.name}.unpacking")
    _delete(staged)
    staged.mkdir(parents=True)
    try:
        yield staged
    finally:
        _delete(staged)


def put_in_place(staged: Path, folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Move a staged collection to its folder.

    Args:
        staged: The whole collection.
        folder: Where it belongs. Where it is missing, everything appears there at once; else
            what is missing in it is added.
        record: What the collection is, for JSON.

    Returns:
        The record with `contents`, from relative path to size in bytes.

    Raises:
        ValueError: Where a file is there already with another content, or the collection has
            a file of the marker's name. Nothing was moved.
    """
    if (staged / MARKER).exists():
        raise ValueError(f"Refused a collection with a file {MARKER}, which says that it is whole.")
    record = {**record, "contents": measure(staged)}
    (staged / MARKER).write_text(json.dumps(record, indent=1))
    if folder.exists():
        _add_missing(staged, folder, list(record["contents"]))
    else:
        staged.rename(folder)
    return record


def read_record(folder: Path) -> dict[str, Any] | None:
    """What was recorded of a collection; None where there is no record that can be read."""
    try:
        record = json.loads((folder / MARKER).read_text())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and _lists_sizes(record.get("contents")) else None


def find_damage(folder: Path, record: dict[str, Any]) -> list[str]:
    """The recorded files that are missing or have another size, as relative paths."""
    there = measure(folder)
    return [name for name, size in record["contents"].items() if there.get(name) != size]


def measure(folder: Path) -> dict[str, int]:
    """Every file below a folder but the marker: relative path to size in bytes, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file() and path != folder / MARKER)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(files)}


def _add_missing(staged: Path, folder: Path, names: list[str]) -> None:
    present = [name for name in names if (folder / name).exists()]
    for name in present:
        if not filecmp.cmp(staged / name, folder / name, shallow=False):
            raise ValueError(
                f"Expected {folder / name} to be as published, found another file there. Nothing "
                "is overwritten: move it away, and run again."
            )
    # First, so that an interruption leaves a record of what is still to come, and never files
    # without a record, which would count as placed by hand.
    (staged / MARKER).replace(folder / MARKER)
    for name in sorted(set(names) - set(present)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).rename(folder / name)


def _lists_sizes(contents: Any) -> bool:
    return isinstance(contents, dict) and all(isinstance(size, int) for size in contents.values())


def _delete(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
