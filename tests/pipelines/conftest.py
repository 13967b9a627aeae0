"""The whole sample, once, through the command line and in a folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A copy of the project without data."""
    root = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("local", "__pycache__")
    for name in ("conf", "notebooks", "src"):
        shutil.copytree(PROJECT / name, root / name, ignore=ignored)
    (root / "conf" / "local").mkdir()
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(PROJECT / name, root / name)
    return root


@pytest.fixture(scope="session")
def kedro(project):
    """Run a kedro command in the project; a failure shows what it printed."""

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        result = subprocess.run(
            [Path(sys.executable).with_name("kedro"), *arguments],
            cwd=project,
            env={**os.environ, "PYTHONWARNINGS": "default"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check:
            assert result.returncode == 0, result.stdout + result.stderr
        return result

    return run


@pytest.fixture(scope="session")
def sample(kedro, project) -> Path:
    """The folder with the phantom sources."""
    kedro("run", "--env", "sample", "--pipelines", "sample")
    return project / "data" / "sample"


@pytest.fixture(scope="session")
def whole_run(kedro, sample) -> subprocess.CompletedProcess:
    """Curation, training and evaluation of the sample; it prints where everything is."""
    return kedro("run", "--env", "sample")


@pytest.fixture(scope="session")
def read(sample, whole_run):
    """The newest version of a file below the sample's data folder, as a path."""

    def newest(pattern: str) -> Path:
        found = sorted(path for path in sample.glob(pattern) if path.is_file())
        assert found, f"no {pattern} below {sample}"
        return found[-1]

    return newest
