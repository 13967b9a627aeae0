"""A Keras model in one `.keras` file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import DatasetError, Version

from brain_tumor_kedro.datasets.local_file import LocalFileDataset

if TYPE_CHECKING:  # Keras takes seconds to import, and the catalog makes every dataset
    import keras


class KerasModelDataset(LocalFileDataset["keras.Model", "keras.Model"]):
    """A Keras model in Keras's own format, saved whole or not at all.

    Example:
        ```yaml
        classifier:
          type: brain_tumor_kedro.datasets.KerasModelDataset
          filepath: data/06_models/classifier.keras
          versioned: true
          load_args:
            compile: false
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        version: Version | None = None,
        load_args: dict[str, Any] | None = None,
        save_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the file; nothing is read yet.

        Args:
            filepath: Ends in `.keras`.
            version: Kedro passes it for `versioned: true`.
            load_args: For `keras.saving.load_model`; `compile` is False unless given.
            save_args: For `keras.Model.save`.
            metadata: Ignored here; for plugins.

        Raises:
            DatasetError: Where the file is called otherwise.
        """
        if not filepath.endswith(".keras"):
            raise DatasetError(f"Expected a filepath that ends in .keras, received {filepath}.")
        super().__init__(filepath=filepath, version=version, metadata=metadata)
        self._load_args = {"compile": False, **(load_args or {})}
        self._save_args = save_args or {}

    def load(self) -> keras.Model:
        """Load the model.

        Returns:
            The model, ready to predict.

        Raises:
            DatasetError: Where the file is missing or broken.
        """
        import keras

        path = Path(self._get_load_path())
        if not path.is_file():
            raise DatasetError(
                f"Expected a Keras model at {path}, found none. Train one first: "
                "kedro run --pipelines training"
            )
        try:
            return keras.saving.load_model(path, **self._load_args)
        except Exception as error:  # a broken archive fails in many ways
            raise DatasetError(
                f"{path} is cut short or no Keras model ({error}). Delete it and train again: "
                "kedro run --pipelines training"
            ) from error

    def save(self, data: keras.Model) -> None:
        """Save the model beside its place, then put it there.

        Args:
            data: A built model.
        """
        with self._replacing() as partial:
            data.save(partial, **self._save_args)

    def _describe(self) -> dict[str, Any]:
        arguments = {"load_args": self._load_args, "save_args": self._save_args}
        return {**super()._describe(), **arguments}
