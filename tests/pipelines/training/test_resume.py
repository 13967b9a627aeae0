"""Trainings of the sample that are killed on the command line, and what they leave."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

#: `kedro` that kills itself when the training is at the moment that its first argument names.
KILLED = """
import json, os, signal, sys
from brain_tumor_kedro import tracking

moment, log, replace, dump = sys.argv.pop(1), tracking.log_epoch, os.replace, json.dump

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def log_epoch(epoch, values):
    die() if epoch == 3 else log(epoch, values)

def replace_or_die(source, target):
    die() if str(target).endswith("classifier.keras") else replace(source, target)

def dump_half(data, file, **options):
    if "training_summary" in str(getattr(file, "name", "")):
        file.write(json.dumps(data)[:200])
        file.flush()
        die()
    dump(data, file, **options)

if moment == "epoch":
    tracking.log_epoch = log_epoch
elif moment == "classifier":
    os.replace = replace_or_die
elif moment == "summary":
    json.dump = dump_half

from kedro.framework.cli import main
main()
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(sample, whole_run, tmp_path) -> Path:
    """The curated and trained sample in a folder of its own."""
    return Path(shutil.copytree(sample, tmp_path / "sample"))


@pytest.fixture
def train(project, sample, data_dir):
    """Train for a few epochs; `moment` kills the command there."""

    def run(moment: str = "", **params: str) -> subprocess.CompletedProcess:
        places = {"raw_dir": sample / "01_raw", "data_dir": data_dir}
        given = {"recipes.sample_cnn.phases.scratch.epochs": 5, **places, **params}
        arguments = [
            moment or "never", "run", "--env", "sample", "--pipelines", "training",
            "--params", ",".join(f"{key}={value}" for key, value in given.items()),
        ]  # fmt: skip
        return subprocess.run(
            [sys.executable, "-c", KILLED, *arguments],
            cwd=project, capture_output=True, text=True, timeout=900,
        )  # fmt: skip

    return run


def newest(data_dir: Path, pattern: str) -> Path:
    return sorted(data_dir.glob(pattern))[-1]


def read_history(data_dir: Path) -> pd.DataFrame:
    table = pd.read_csv(newest(data_dir, "08_reporting/tumor_type/history.csv/*/history.csv"))
    return table.drop(columns=["phase", "seconds"])


def read_summary(data_dir: Path) -> dict:
    path = newest(data_dir, "08_reporting/tumor_type/training_summary.json/*/*.json")
    return json.loads(path.read_text())


def test_killed_three_times_it_ends_as_if_it_had_not_been(kedro, sample, train, data_dir):
    done = train()
    assert done.returncode == 0, done.stdout + done.stderr
    whole, classifiers = read_history(data_dir), "06_models/tumor_type/classifier.keras/*/[!.]*"
    before = newest(data_dir, classifiers)

    assert train("epoch").returncode == -signal.SIGKILL
    killed = train("classifier", **{"tumor_type.resume": "true"})
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    assert "The training goes on after 3 epochs" in killed.stdout + killed.stderr
    assert newest(data_dir, classifiers) == before, "half a model counts as one"

    assert train("summary", **{"tumor_type.resume": "true"}).returncode == -signal.SIGKILL
    places = f"raw_dir={sample / '01_raw'},data_dir={data_dir}"
    evaluate = ("run", "--env", "sample", "--pipelines", "evaluation", "--params", places)
    assert kedro(*evaluate, check=False).returncode != 0

    done = train(**{"tumor_type.resume": "true"})
    assert done.returncode == 0, done.stdout + done.stderr
    np.testing.assert_allclose(read_history(data_dir), whole, atol=1e-6)
    assert read_summary(data_dir)["resumed_at"] == [3, 5]
    kedro(*evaluate)


def test_with_deterministic_operations_a_seed_gives_the_same_history(train, data_dir):
    params = {"tumor_type.compute.deterministic": "true"}
    found = []
    for _ in (1, 2):
        done = train(**params)
        assert done.returncode == 0, done.stdout + done.stderr
        found.append((read_history(data_dir), read_summary(data_dir)["fingerprint"]))

    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-6)
    assert found[0][1] == found[1][1]
