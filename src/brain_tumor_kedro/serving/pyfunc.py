"""The registered model: MLflow keeps a copy of this script beside the bundle, and runs it to load.

Whatever it does lies in the package, which is all that loading needs; nothing is pickled.
"""

import os
from threading import BoundedSemaphore
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.parameters import read_parameters
from brain_tumor_kedro.serving.requests import RequestError
from brain_tumor_kedro.serving.responses import respond


class BadRequestError(MlflowException):
    """HTTP 400 with a message that stays as it is: MLflow's server would put the images into it."""

    def __init__(self, message: str) -> None:
        """Say what is wrong with a request."""
        self._said = message
        super().__init__(message, error_code=INVALID_PARAMETER_VALUE)

    @property
    def message(self) -> str:
        """What was said at first."""
        return self._said

    @message.setter
    def message(self, _: str) -> None:
        pass


class BundleModel(PythonModel):
    """A bundle as MLflow's generic model."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle and compile it, so that the first request need not wait."""
        self._bundle = Bundle.load(context.artifacts["bundle"])
        self._bundle.warm_up()
        # MLflow's server works on all requests at once, which would decode all of them at once.
        self._room = BoundedSemaphore(os.cpu_count() or 1)

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Answer a request.

        Args:
            context: Not needed any more.
            model_input: See `requests.show_request`.
            params: `heat_maps` and `level`, see `answers.AnswerSettings`.

        Returns:
            See `responses.respond`.

        Raises:
            BadRequestError: Where the request cannot be answered.
        """
        problem = ""
        with self._room:
            try:
                return respond(self._bundle, model_input, read_parameters(params))
            except RequestError as error:
                problem = str(error)
        raise BadRequestError(problem)


set_model(BundleModel())
