"""Storage: the database through which processes share the cells of a study."""

import logging
import warnings
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

logger = logging.getLogger(__name__)

#: Seconds between two signs of life of a running cell, and after how many it counts as lost.
HEARTBEAT, GRACE = 30, 150
#: Seconds that a process waits for another one to let go of an SQLite file.
PATIENCE = 120
#: User attributes of trials.
CELL, PROCESS, RUN, LOST, RETRY_OF = "cell", "process", "mlflow_run", "lost", "retry_of"


def open_study(
    name: str, address: str | None, folder: Path, *, inherit: tuple[str, str] | None = None
) -> optuna.Study:
    """Open a study in its database, or make it.

    Args:
        name: Of the study in the database.
        address: Of the database; None is an SQLite file in the folder.
        folder: Of the study's results.
        inherit: How names of studies begin, and a user attribute that a new one takes over from
            the last of them.

    Returns:
        The study, whose values are better the higher they are.

    Raises:
        ValueError: Where the database cannot be reached; the message holds no password.
    """
    optuna.logging.disable_default_handler()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Two processes that make the tables at once would be in each other's way.
        with FileLock(folder / ".storage.lock", timeout=PATIENCE):
            storage = _connect(address, folder)
            study = optuna.create_study(
                study_name=name, storage=storage, direction="maximize", load_if_exists=True
            )
            if inherit and inherit[1] not in study.user_attrs:
                _take_over(study, storage, *inherit)
            return study
    except (SQLAlchemyError, ModuleNotFoundError, ImportError) as error:
        shown = make_url(address).render_as_string(hide_password=True) if address else folder
        raise ValueError(_explain(str(shown), error)) from None


def _take_over(
    study: optuna.Study, storage: optuna.storages.RDBStorage, beginning: str, key: str
) -> None:
    others = optuna.get_all_study_summaries(storage)  # in the order in which they were made
    alike = [each for each in others if each.study_name.startswith(beginning)]
    if values := [each.user_attrs[key] for each in alike if key in each.user_attrs]:
        study.set_user_attr(key, values[-1])


def _connect(address: str | None, folder: Path) -> optuna.storages.RDBStorage:
    url, options = _locate(address, folder)
    with warnings.catch_warnings():
        # Signs of life are "experimental" since 2021.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(
            url,
            engine_kwargs=options,
            heartbeat_interval=HEARTBEAT,
            grace_period=GRACE,
            heartbeat_stale_trial_callback=requeue,
        )


def _locate(address: str | None, folder: Path) -> tuple[str, dict[str, Any]]:
    if address is None:
        patient = {"connect_args": {"timeout": PATIENCE}}
        return f"sqlite:///{(folder / 'study.db').absolute()}", patient
    try:
        url = make_url(address)
    except ArgumentError:
        raise ValueError(
            "Expected the address of a database as storage, such as "
            "postgresql://user@host/database; what was given is none."
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    # Between two looks at a server lie trainings of hours: no connection is kept open that long.
    return url.render_as_string(hide_password=False), {"poolclass": NullPool}


def requeue(study: optuna.Study, trial: FrozenTrial, *, killed: bool = True) -> None:
    """Put what a lost process was running back into the queue.

    Args:
        study: That it belongs to.
        trial: Which was running.
        killed: Whether nobody could say that its logging ended.
    """
    kept = {key: value for key, value in trial.user_attrs.items() if key not in (PROCESS, RUN)}
    if killed and trial.user_attrs.get(RUN):
        kept[LOST] = [*kept.get(LOST, []), trial.user_attrs[RUN]]
    kept[RETRY_OF] = trial.number
    fixed = trial.system_attrs.get("fixed_params", {}) | trial.params
    study.add_trial(
        optuna.create_trial(
            state=TrialState.WAITING, user_attrs=kept, system_attrs={"fixed_params": fixed}
        )
    )


def fail_stale(study: optuna.Study) -> None:
    """Put what gives no sign of life any more back into the queue, wherever it ran."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)


def _explain(shown: str, error: Exception) -> str:
    if isinstance(error, ImportError | NoSuchModuleError):
        return (
            f"The database {shown} needs a driver that is not installed ({error}). For PostgreSQL: "
            'pip install "brain_tumor_kedro[postgres]"; or leave storage at null: an SQLite file.'
        )
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return (
        f"The database {shown} cannot be used ({reason}). See that the server runs, the database "
        "exists, and user and password (PGPASSWORD or ~/.pgpass) are right; or leave storage at "
        "null for an SQLite file."
    )
