import json
import math
import subprocess
import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    return import_module("tests.benchmarks.gpu")


def test_every_case_is_listed_once_and_the_first_backbone_first(gpu: ModuleType) -> None:
    cases = gpu.list_cases(["a", "b", "c"], [64, 32], None)
    assert len(set(cases)) == len(cases) == 3 * 2 * 2
    assert {case.backbone for case in cases[:4]} == {"a"}
    assert {(case.backbone, case.batch_size) for case in cases[4:8]} == {("b", 64), ("c", 64)}


def test_what_is_larger_than_what_did_not_fit_is_not_tried(
    gpu: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def measure(case: object, *rest: object) -> dict[str, object]:
        tried.append((case.trainable, case.batch_size))
        return {"error": "out of memory"}

    monkeypatch.setattr(gpu, "measure", measure)
    cases = gpu.list_cases(["a"], [64, 32, 128], None)
    rows = list(gpu.run_cases(cases, Namespace(quick=True, deadline=math.inf)))
    assert tried == [("all", 64), ("head", 64), ("all", 32), ("head", 32)]
    assert [row["error"] for row in rows[4:]] == ["not tried: 32 did not fit"] * 2
    assert gpu.make_table(rows) == "Nothing was measured."


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("RESOURCE_EXHAUSTED: Out of memory while trying to allocate", "out of memory"),
        ("CUDA out of memory. Tried to allocate", "out of memory"),
        ("no kernel image", "RuntimeError: no kernel image"),
    ],
)
def test_a_case_that_fails_is_reported(
    gpu: ModuleType, monkeypatch: pytest.MonkeyPatch, message: str, error: str
) -> None:
    throughput = import_module("tests.benchmarks.throughput")

    def fail(*args: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(throughput, "start_run", fail)
    case = throughput.Case("sample_cnn", "all", 4, 32)
    assert throughput.measure(case, np.zeros((4, 40, 40), np.uint8), 2) == {"error": error}


@pytest.mark.slow
def test_it_runs_on_any_machine(tmp_path: Path) -> None:
    output = tmp_path / "benchmark.json"
    command = ["-m", "tests.benchmarks.gpu", "--quick", "--output", str(output)]
    process = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert process.returncode == 0, process.stderr
    report = json.loads(output.read_text())
    assert [row["epochs"] for row in report["study_1"]] == [10, 10]
    assert len(report["cases"]) == 4
    assert all(row["images_per_second"] > 0 for row in report["cases"])
    assert all(row["flops_per_image"] > 0 for row in report["cases"])
    assert "| sample_cnn | all |" in process.stdout


@pytest.mark.slow
def test_nothing_is_begun_after_the_time_is_up(tmp_path: Path) -> None:
    output = tmp_path / "benchmark.json"
    command = ["-m", "tests.benchmarks.gpu", "--quick", "--minutes", "0", "--output", str(output)]
    process = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert process.returncode == 0, process.stderr
    assert "4 of 4 cases were not begun" in process.stdout
