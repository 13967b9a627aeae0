"""Inference from files to answers: memory (Linux) and throughput on generated slices.

Memory must not grow with the number of images: the peak of a run over ten times as many must be
about the same. Throughput is compared with a bare `model.predict` on an array that lies in memory,
once for what is decoded already (at least 90 % are asked for) and once for files.

    python tests/benchmarks/inference.py [--bundle FOLDER] [--files 1000 10000]

Without a bundle: the 0.35 MobileNetV2 at 224 pixels with random weights, whose answers mean nothing
but take as long as those of a trained one; `--backbone sample_cnn` is far faster. Every run over
files is a process of its own.
"""

import argparse
import io
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from brain_tumor_kedro.datasets import ImageCollectionDataset, WholeFolderDataset
from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.answering import answer_files
from brain_tumor_kedro.serving.answers import Answerer, AnswerSettings, Ready, Shown
from brain_tumor_kedro.serving.bundle import Bundle, BundleFacts
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.serving.model_facts import describe_model
from brain_tumor_kedro.tasks import TUMOR_TYPE

#: Different pictures that the files hold, and the side of each.
PICTURES, SIDE = 64, 256
#: Images that throughput is measured on in memory.
IMAGES = 512


def make_bundle(folder: Path, backbone: str) -> Path:
    """A bundle of an untrained classifier."""
    from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
    from brain_tumor_kedro.modelling.recipes import Recipe

    phase = {"name": "only", "trainable": "all", "learning_rate": 1e-3, "epochs": 1}
    recipe = Recipe.model_validate(
        {"backbone": backbone, "weights": "none", "image_size": 224, "batch_size": 64,
         "precision": "float32", "phases": [phase]}
    )  # fmt: skip
    classifier = build_classifier(recipe, TUMOR_TYPE.classes)
    facts = BundleFacts(
        task=TUMOR_TYPE.name, classes=TUMOR_TYPE.classes, image_size=224, recipe_name="untrained",
        recipe=recipe.model_dump(mode="json"), fingerprint=fingerprint(classifier),
        manifest_digest="none", split_strategy="none", phantom=True, git_revision="none",
        created="now", temperature=1.0, levels=(0.9,), quantiles={"0.9": 0.7}, answer_from=0.5,
        val_images=0,
    )  # fmt: skip
    for name, content in Bundle(facts, classifier).files():
        (folder / name).write_bytes(content)
    return folder


def draw_pictures() -> list[np.ndarray]:
    """Bright disks with texture."""
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    rng = np.random.default_rng(0)
    noise = rng.integers(40, 200, (PICTURES, SIDE, SIDE), dtype=np.uint8)
    return [np.where(rows**2 + columns**2 < 0.7, one, 0).astype(np.uint8) for one in noise]


def write_files(folder: Path, number: int) -> None:
    """Hard links to a few PNG files, in folders of a thousand."""
    for place, picture in enumerate(draw_pictures()):
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        (folder / f".{place}.png").write_bytes(buffer.getvalue())
    for place in range(number):
        path = folder / f"{place // 1000:04d}" / f"{place % 1000:04d}.png"
        path.parent.mkdir(exist_ok=True)
        path.hardlink_to(folder / f".{place % PICTURES}.png")


def infer(bundle_folder: Path, images: Path, out: Path, results: "multiprocessing.Queue") -> None:
    """Answer about a folder; tell the seconds from the first file on, and the memory."""
    bundle, settings = Bundle.load(bundle_folder), InferenceSettings(page_rows=500)
    warm = np.zeros(
        (settings.batch_size, bundle.facts.image_size, bundle.facts.image_size), "uint8"
    )
    bundle.forward.look(warm)
    model = describe_model(bundle.facts, settings.level, bundle.guard is not None, {})
    files = ImageCollectionDataset(path=str(images)).load()
    page = {"title": "Benchmark", "model": model, "about": {}}
    _forget_peak()
    before, began = _read_memory("VmRSS"), time.perf_counter()
    WholeFolderDataset(filepath=str(out)).save(answer_files(files, bundle, settings, page))
    results.put((time.perf_counter() - began, before, _read_memory("VmHWM")))


def _forget_peak() -> None:
    """Let the kernel count the most memory anew, from what is used now."""
    Path("/proc/self/clear_refs").write_text("5")


def _read_memory(name: str) -> float:
    """`VmHWM`, the most memory since it was forgotten, or `VmRSS`, the present one, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = [line for line in lines if line.startswith(name)]
    return int(found.split()[1]) / 1024


def measure_files(bundle: Path, number: int) -> tuple[float, float, float]:
    """Write files and answer about them in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as place:
        images, out = Path(place, "images"), Path(place, "out")
        images.mkdir()
        write_files(images, number)
        results = context.Queue()
        process = context.Process(target=infer, args=(bundle, images, out, results))
        process.start()
        found = results.get()
        process.join()
        return found


def measure_answers(bundle: Bundle, rounds: int) -> dict[str, float]:
    """Images a second in memory, best of some rounds: bare, ready, and with their packing."""
    side = bundle.facts.image_size
    answerer = Answerer(bundle, AnswerSettings())
    pictures = draw_pictures()
    shown = [Shown(str(n), None, Picture(pictures[n % PICTURES], "L")) for n in range(IMAGES)]
    ready = [answerer.prepare(one) for one in shown]
    images = np.stack([_packed(one) for one in ready]).reshape(IMAGES, side, side)
    ways = {
        "bare model.predict": lambda: bundle.classifier.predict(images, batch_size=64, verbose=0),
        "answers, made ready": lambda: list(answerer.answer_ready(ready)),
        "answers, decoded": lambda: list(answerer.answer(shown)),
    }
    best = dict.fromkeys(ways, 0.0)
    for _ in range(rounds + 1):  # the first compiles
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            best[name] = max(best[name], IMAGES / (time.perf_counter() - began))
    return best


def _packed(ready: Ready) -> np.ndarray:
    if ready.prepared.packed is None:
        raise ValueError(f"Expected an image, found {ready.prepared.problem}.")
    return ready.prepared.packed


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--backbone", default="mobilenet_v2_035")
    parser.add_argument("--files", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.bundle or make_bundle(Path(place), options.backbone)
        best = measure_answers(Bundle.load(folder), options.rounds)
        bare = best["bare model.predict"]
        for name, speed in best.items():
            sys.stdout.write(f"{name:22} {speed:8.1f} images/s  {speed / bare:6.1%} of bare\n")
            sys.stdout.flush()
        for number in options.files:
            seconds, before, peak = measure_files(folder, number)
            sys.stdout.write(
                f"{number:8,} files {number / seconds:14.1f} images/s  "
                f"{number / seconds / bare:6.1%} of bare, peak {peak:,.0f} MiB "
                f"({peak - before:+,.0f} beyond the loaded model)\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
