"""Every pipeline by its name."""

from kedro.pipeline import Pipeline

from brain_tumor_kedro.pipelines import curation
from brain_tumor_kedro.tasks import TUMOR_TYPE


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipelines` knows."""
    curate = curation.create_pipeline(TUMOR_TYPE)
    return {"curation": curate, "__default__": curate}
