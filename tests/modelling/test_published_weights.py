import hashlib
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.published_weights import (
    WeightsUnavailableError,
    explain_download,
    find_radimagenet,
)
from keras_files import randomize, write_legacy
from servers import LocalServer, running_server

NAME = "radimagenet_resnet50"
FILE = "RadImageNet-ResNet50_notop.h5"
SPEC = BACKBONES[NAME]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with running_server() as running:
        yield running


@pytest.fixture(autouse=True)
def keras_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(tmp_path))
    return tmp_path / "models"


def configured(url: str | None, content: bytes, **options: object) -> Pretrained:
    published = {"url": url, "sha256": hashlib.sha256(content).hexdigest()}
    return Pretrained.model_validate({"radimagenet": {NAME: published}, **options})


def test_a_file_in_the_folder_is_used(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"weights")
    assert find_radimagenet(SPEC, Pretrained(weights_dir=str(tmp_path))) == path
    assert find_radimagenet(SPEC, configured(None, b"weights", weights_dir=str(tmp_path))) == path


def test_the_publishers_short_name_is_known_too(tmp_path: Path) -> None:
    path = tmp_path / "RadImageNet-IRV2_notop.h5"
    path.touch()
    spec = BACKBONES["radimagenet_inception_resnet_v2"]
    assert find_radimagenet(spec, Pretrained(weights_dir=str(tmp_path))) == path


def test_another_file_in_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"half of the wei")
    with pytest.raises(ValueError, match=r"ResNet50_notop\.h5 to have the SHA-256 .* cut short"):
        find_radimagenet(SPEC, configured(None, b"weights", weights_dir=str(tmp_path)))


def test_it_is_fetched_once_and_verified(server: LocalServer, keras_cache: Path) -> None:
    server.serve("/file", b"weights")
    pretrained = configured(f"{server.url}/file", b"weights")
    for _ in range(2):
        path = find_radimagenet(SPEC, pretrained)
        assert path == keras_cache / FILE
        assert path.read_bytes() == b"weights"
    assert server.paths == ["/file"]


def test_half_of_a_file_from_before_is_fetched_again(
    server: LocalServer, keras_cache: Path
) -> None:
    keras_cache.mkdir()
    (keras_cache / FILE).write_bytes(b"wei")
    server.serve("/file", b"weights")
    path = find_radimagenet(SPEC, configured(f"{server.url}/file", b"weights"))
    assert path.read_bytes() == b"weights"


def test_another_file_at_the_address_is_refused(server: LocalServer) -> None:
    server.serve("/file", b"something else")
    with pytest.raises(WeightsUnavailableError, match="corrupted file"):
        find_radimagenet(SPEC, configured(f"{server.url}/file", b"weights"))


def test_an_address_without_a_file_is_explained(server: LocalServer) -> None:
    with pytest.raises(WeightsUnavailableError, match="404"):
        find_radimagenet(SPEC, configured(f"{server.url}/nothing", b"weights"))


@pytest.mark.parametrize("folder", [None, "empty"])
def test_neither_folder_nor_address_says_what_to_do(tmp_path: Path, folder: str | None) -> None:
    weights_dir = str(tmp_path / folder) if folder else None
    with pytest.raises(WeightsUnavailableError) as error:
        build_backbone(NAME, 32, "radimagenet", Pretrained(weights_dir=weights_dir))
    wanted = (FILE, "pretrained.weights_dir=", f"pretrained.radimagenet.{NAME}", "weights: none")
    for words in (*wanted, weights_dir or "no folder is given"):
        assert words in str(error.value)


def test_a_file_with_keras_2_names_is_loaded_whole(tmp_path: Path) -> None:
    donor = randomize(
        keras.applications.DenseNet121(include_top=False, weights=None, input_shape=(32, 32, 3))
    )
    old_names = {"conv1_conv": "conv1/conv", "conv1_bn": "conv1/bn"}
    path = tmp_path / "RadImageNet-DenseNet121_notop.h5"
    write_legacy(donor, path, rename=old_names, whole=True)
    pretrained = Pretrained(weights_dir=str(tmp_path))
    ours = build_backbone("radimagenet_densenet121", 32, "radimagenet", pretrained)
    for mine, theirs in zip(ours.get_weights(), donor.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_offline_names_the_three_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    vgg16 = keras.applications.VGG16

    def fail(*, weights: str | None, **options: object) -> keras.Model:
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://somewhere: None -- unreachable")
        return vgg16(weights=weights, **options)

    monkeypatch.setattr(keras.applications, "VGG16", fail)
    with pytest.raises(WeightsUnavailableError) as error:
        build_backbone("vgg16", 32, "imagenet")
    for way_out in ("~/.keras/models", "recipes.<recipe>.weights=/path", "sample_cnn"):
        assert way_out in str(error.value)


def test_half_of_a_file_in_keras_cache_is_explained(keras_cache: Path) -> None:
    keras_cache.mkdir()
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5"
    (keras_cache / name).write_bytes(b"\x89HDF\r\n\x1a\n and not much more")
    with pytest.raises(WeightsUnavailableError, match="delete a file there that is cut short"):
        build_backbone("mobilenet_v2_035", 96, "imagenet")


@pytest.mark.parametrize(("size", "trained_at"), [(96, 96), (100, 224)])
def test_mobilenet_gets_the_weights_of_its_size(
    size: int, trained_at: int, keras_cache: Path
) -> None:
    keras_cache.mkdir()
    donor = randomize(
        keras.applications.MobileNetV2(
            alpha=0.35, include_top=False, weights=None, input_shape=(96, 96, 3)
        )
    )
    name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_{trained_at}_no_top.h5"
    write_legacy(donor, keras_cache / name)
    ours = build_backbone("mobilenet_v2_035", size, "imagenet")
    assert ours.input_shape == (None, size, size, 3)
    np.testing.assert_array_equal(ours.get_weights()[0], donor.get_weights()[0])


def test_other_failures_pass_through() -> None:
    with pytest.raises(KeyError), explain_download("vgg16"):
        raise KeyError("something else")
