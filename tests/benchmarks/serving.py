"""Requests a second of the registered model on MLflow's server, with 1, 8 and 32 clients.

Beside it, on a server of the same kind, the same Keras model alone, as `mlflow.tensorflow` logs
it, which is fed arrays and says probabilities: so much do checks, decoding, prediction sets and the
guard cost. One server runs at a time; they take turns.

    python tests/benchmarks/serving.py BUNDLE IMAGES.npy [--seconds 20] [--rounds 1]
                                       [--clients 1 8 32]
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import mlflow
import numpy as np
import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

from brain_tumor_kedro.serving.bundle import Bundle
from bundles import encode_text, register_bundle, start_store
from model_servers import serve_model

WHOLE, BARE = "answers", "bare model"
HEADERS = {"Content-Type": "application/json"}


def register(bundle: Path, folder: Path) -> tuple[str, dict[str, str]]:
    store = start_store(folder)
    loaded = Bundle.load(bundle)
    name = register_bundle(bundle, "answering", loaded.task)["model_uri"]
    shape = (-1, *(-1 if side is None else side for side in loaded.classifier.input_shape[1:]))
    schema = mlflow.types.Schema([mlflow.types.TensorSpec(np.dtype("uint8"), shape)])
    with mlflow.start_run():
        bare = mlflow.tensorflow.log_model(
            loaded.classifier,
            name="bare",
            signature=mlflow.models.ModelSignature(inputs=schema),
            pip_requirements=[],
        )
    return store, {WHOLE: name, BARE: bare.model_uri}


def write_bodies(images: np.ndarray) -> dict[str, list[bytes]]:
    bodies = {
        WHOLE: [{"inputs": {"image": [encode_text(image)]}} for image in images],
        BARE: [{"inputs": [image.tolist()]} for image in images],
    }
    return {name: [json.dumps(one).encode() for one in some] for name, some in bodies.items()}


def load(address: str, bodies: list[bytes], clients: int, seconds: float) -> dict[str, float]:
    """Ask from so many clients at once, each as soon as it is answered."""
    took: list[float] = []
    errors: list[int] = []
    end = time.perf_counter() + seconds

    def ask(client: int) -> None:
        with requests.Session() as session:
            at = client
            while (started := time.perf_counter()) < end:
                body = bodies[at % len(bodies)]
                found = session.post(f"{address}/invocations", body, headers=HEADERS, timeout=120)
                took.append(time.perf_counter() - started)
                if found.status_code != 200:
                    errors.append(found.status_code)
                at += clients

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - started
    p50, p95 = np.quantile(took, [0.5, 0.95])
    return {"rate": len(took) / whole, "p50": p50, "p95": p95, "errors": len(errors)}


def compare(bundle: Path, images: np.ndarray, given: argparse.Namespace) -> None:
    bodies, found = write_bodies(images), {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, uris = register(bundle, folder)
        for _ in range(given.rounds):
            for kind, uri in uris.items():
                with serve_model(uri, store, folder) as address:
                    load(address, bodies[kind], 1, 3)  # warm
                    for clients in given.clients:
                        result = load(address, bodies[kind], clients, given.seconds)
                        say(f"{kind:>11}, {clients:3} clients: {describe(result)}")
                        found.setdefault((kind, clients), []).append(result["rate"])
    for clients in given.clients:
        ratio = max(found[WHOLE, clients]) / max(found[BARE, clients])
        say(f"{clients:3} clients: {ratio:.2f} of the bare model's requests/s")


def describe(result: dict[str, float]) -> str:
    p50, p95 = 1000 * result["p50"], 1000 * result["p95"]
    return (
        f"{result['rate']:6.1f} requests/s, p50 {p50:5.0f} ms, p95 {p95:5.0f} ms, "
        f"{result['errors']} errors"
    )


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path, help="packed images")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    given = parser.parse_args()
    compare(given.bundle, np.array(np.load(given.images, mmap_mode="r")[:64]), given)


if __name__ == "__main__":
    main()
