"""What happens around a run: nothing that a pipeline's result depends on."""

from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol


class ProjectHooks:
    """Copy what a run writes into its MLflow run, where the catalog says so."""

    @hook_impl
    def after_catalog_created(self, catalog: CatalogProtocol) -> None:
        """Remember the catalog: the hooks around datasets are told names alone."""
        self._catalog = catalog

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Log a saved file to MLflow where its catalog entry has `metadata: {mlflow: <folder>}`."""
        dataset: Any = self._catalog.get(dataset_name)
        folder = (getattr(dataset, "metadata", None) or {}).get("mlflow")
        if folder is not None:
            from brain_tumor_kedro import tracking

            tracking.log_file(Path(dataset._get_load_path()), folder)
