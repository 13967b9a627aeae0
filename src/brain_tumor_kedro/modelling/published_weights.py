"""Published weights: ImageNet's from Keras, RadImageNet's from a folder or an address."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from brain_tumor_kedro.modelling.applications import build_application
from brain_tumor_kedro.modelling.backbone_spec import Backbone
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained, PublishedFile
from brain_tumor_kedro.modelling.vit import fetch_vit


class WeightsUnavailableError(RuntimeError):
    """Pretrained weights are neither at hand nor to be had."""


def find_weights(
    spec: Backbone, size: int, weights: str, pretrained: Pretrained
) -> Path | list[np.ndarray] | None:
    """Find or fetch a backbone's weights, before anything large is built.

    Args:
        spec: Its row in the table.
        size: Side of its input in pixels.
        weights: `imagenet`, `radimagenet`, `none`, or the path of a weights file.
        pretrained: Where weights lie that Keras does not fetch.

    Returns:
        A weights file, or weights as `get_weights` returns them; None for `none`.

    Raises:
        WeightsUnavailableError: Where published weights can be neither found nor fetched.
        ValueError: Where a file is another than its SHA-256 says.
    """
    if weights == "imagenet":
        with explain_download(spec.name):
            return _fetch_imagenet(spec, size)
    if weights == "radimagenet":
        return find_radimagenet(spec, pretrained)
    return None if weights == "none" else Path(weights)


def _fetch_imagenet(spec: Backbone, size: int) -> list[np.ndarray]:
    if spec.preset:
        return list(fetch_vit(spec).get_weights())
    side = size if size in spec.sizes else spec.size
    return list(build_application(spec, side, "imagenet").get_weights())


def find_radimagenet(spec: Backbone, pretrained: Pretrained) -> Path:
    """Find a RadImageNet file, or fetch it.

    Args:
        spec: A row of that family.
        pretrained: A folder that may hold it, or an address and SHA-256.

    Returns:
        Where it lies: in the folder, or in Keras's cache.

    Raises:
        WeightsUnavailableError: Where it is in neither, or fetching failed.
        ValueError: Where the file in the folder is another than the SHA-256 says.
    """
    published = pretrained.radimagenet.get(spec.name, PublishedFile())
    folder = Path(pretrained.weights_dir or "").expanduser()
    for path in [folder / name for name in spec.files] if pretrained.weights_dir else []:
        if path.is_file():
            return _verified(path, published.sha256)
    if published.url:
        with explain_download(spec.name):
            return Path(
                keras.utils.get_file(
                    spec.files[0],
                    origin=published.url,
                    file_hash=published.sha256,
                    hash_algorithm="sha256",
                    cache_subdir="models",
                )
            )
    looked = f"not in {folder.absolute()}" if pretrained.weights_dir else "no folder is given"
    raise WeightsUnavailableError(
        f"The RadImageNet weights of {spec.name} ({' or '.join(spec.files)}) are not on this "
        f"machine: {looked}, and no address is configured. Their publishers hand them out at "
        "https://github.com/BMEII-AI/RadImageNet. Then either put the file into a folder: "
        "--params pretrained.weights_dir=/path/to/folder; or set url and sha256 under "
        f"pretrained.radimagenet.{spec.name} in parameters_training.yml; or train from scratch "
        "with weights: none."
    )


def _verified(path: Path, sha256: str | None) -> Path:
    if sha256:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise ValueError(
                f"Expected {path} to have the SHA-256 {sha256} of pretrained.radimagenet, but it "
                f"has {found}: it is cut short or another file. Get it again."
            )
    return path


@contextmanager
def explain_download(name: str) -> Iterator[None]:
    """Turn Keras's failure to fetch weights into an error that says what can be done.

    Args:
        name: The backbone.

    Yields:
        Nothing: build the model inside.

    Raises:
        WeightsUnavailableError: Where fetching failed, or what was fetched before is broken.
    """
    try:
        yield
    except Exception as error:  # Keras raises the bare class
        known = ("URL fetch failure", "corrupted file")
        if not isinstance(error, OSError) and not any(words in str(error) for words in known):
            raise
        # Keras checks some files against no checksum: of a fetch that was killed, half stays.
        raise WeightsUnavailableError(
            f"The published weights of {name} are not on this machine, or broken, and could not "
            f"be fetched ({error}). Three ways out: (1) connect to the network once, Keras keeps "
            "them under ~/.keras/models (transformers: ~/.cache/kagglehub); delete a file there "
            "that is cut short; (2) give a weights "
            "file: --params recipes.<recipe>.weights=/path/to/file.h5; (3) train from scratch: "
            "--params recipes.<recipe>.weights=none, or choose the recipe sample_cnn."
        ) from error
