"""What a curation costs: python tests/benchmarks/curation.py RAW_DIR

Runs `kedro run --pipelines curation` into a temporary folder and prints its wall time, Kedro's
start included, and the largest memory of all its processes together (proportional set size, which
counts shared pages once).
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[2]


def measure(raw_dir: str, data_dir: str) -> tuple[float, float]:
    """Seconds and gigabytes of one curation."""
    kedro = Path(sys.executable).with_name("kedro")
    params = f"raw_dir={Path(raw_dir).resolve()},data_dir={data_dir}"
    started = time.perf_counter()
    process = psutil.Popen(
        [kedro, "run", "--pipelines", "curation", "--params", params],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.2)
    if process.returncode:
        sys.exit(f"curation failed; see: kedro run --pipelines curation --params {params}")
    return time.perf_counter() - started, peak / 1e9


def memory(process: psutil.Process) -> int:
    """Bytes held by a process and its children."""
    total = 0
    for member in (process, *process.children(recursive=True)):
        try:
            total += member.memory_full_info().pss
        except psutil.Error:  # gone meanwhile
            continue
    return total


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        seconds, gigabytes = measure(sys.argv[1], folder)
    sys.stdout.write(f"{seconds:.1f} s, {gigabytes:.2f} GB\n")
