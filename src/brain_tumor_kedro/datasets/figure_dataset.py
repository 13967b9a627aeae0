"""A figure: drawn by Matplotlib once, read back as the picture it became."""

from pathlib import Path
from typing import Any

from kedro.io.core import get_filepath_str
from kedro_datasets.matplotlib import MatplotlibDataset
from matplotlib.figure import Figure

from brain_tumor_kedro.datasets.local_file import replacing


class FigureDataset(MatplotlibDataset):  # type: ignore[misc]  # kedro-datasets has no types
    """A Matplotlib figure saved as a PNG, which loads as the bytes of that PNG.

    Kedro's own dataset is write-only; a report needs the pictures that earlier runs drew. The
    figure's label, which says what it shows, goes into the PNG as its `Source`.

    Example:
        ```yaml
        figure_splits:
          type: brain_tumor_kedro.datasets.FigureDataset
          filepath: data/08_reporting/figures/splits.png
          versioned: true
        ```
    """

    def load(self) -> Any:
        """Read the picture.

        Returns:
            The bytes of the PNG.
        """
        path = get_filepath_str(self._get_load_path(), self._protocol)
        with self._fs.open(path, mode="rb") as file:
            return file.read()

    def _save_to_fs(self, full_key_path: str, plot: Figure) -> None:
        with replacing(Path(full_key_path)) as partial:
            plot.savefig(partial, metadata={"Source": plot.get_label()}, **self._save_args)
