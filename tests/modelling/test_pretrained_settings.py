import pytest
from pydantic import ValidationError

from brain_tumor_kedro.modelling.pretrained_settings import Pretrained

NAME = "radimagenet_resnet50"
SHA256 = "0" * 64


def test_nothing_is_configured_unless_it_is() -> None:
    assert Pretrained().weights_dir is None
    empty = Pretrained.model_validate({"radimagenet": {NAME: {"url": None, "sha256": None}}})
    assert empty.radimagenet[NAME].url is None


def test_an_address_needs_a_checksum() -> None:
    url = "https://example.org/file.h5"
    fetched = Pretrained.model_validate({"radimagenet": {NAME: {"url": url, "sha256": SHA256}}})
    assert fetched.radimagenet[NAME].url == url
    with pytest.raises(ValidationError, match=r"expected the SHA-256 of https://example.org/file"):
        Pretrained.model_validate({"radimagenet": {NAME: {"url": url}}})


def test_a_checksum_is_read_in_either_case() -> None:
    published = {"url": "https://example.org/file.h5", "sha256": "AB" * 32}
    read = Pretrained.model_validate({"radimagenet": {NAME: published}}).radimagenet[NAME]
    assert read.sha256 == "ab" * 32  # Keras would call the fetched file corrupted


@pytest.mark.parametrize(
    "published", [{"url": "ftp://example.org/x", "sha256": SHA256}, {"sha256": "abc"}]
)
def test_addresses_and_checksums_are_checked(published: dict) -> None:
    with pytest.raises(ValidationError):
        Pretrained.model_validate({"radimagenet": {NAME: published}})


def test_a_backbone_without_radimagenet_weights_is_named() -> None:
    with pytest.raises(ValidationError, match=r"no RadImageNet weights for vgg16; known: .*resnet"):
        Pretrained.model_validate({"radimagenet": {"vgg16": {}}})
