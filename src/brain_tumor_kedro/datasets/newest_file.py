"""The newest version of a file that another run left, wherever its data lie."""

from pathlib import Path


def find_newest(place: str, below: str) -> Path | None:
    """Find a file by its own path, by its folder of versions, or by a `data_dir`.

    Args:
        place: A path of any of these.
        below: The file's path below a `data_dir`, as the catalog has it.

    Returns:
        The file, or None where nothing is at `place`.

    Raises:
        ValueError: Something is there, but no such file.
    """
    path = Path(place).expanduser()
    if path.is_file() or not path.exists():
        return path if path.is_file() else None
    name = Path(below).name
    for folder in (path / below, path):
        if found := sorted(folder.glob(f"*/{name}")):
            return found[-1]
    raise ValueError(
        f"Expected {name} or versions of it in {path} or in {path / below}, found none. Evaluate "
        "there before: kedro run --pipelines evaluation"
    )
