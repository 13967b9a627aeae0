from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from brain_tumor_kedro.imaging.masks import read_masks
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import hash_pixels, to_gray
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice
from builders import ArrayFile, Decoded, draw


@dataclass(frozen=True)
class OutlinedFile(ArrayFile):
    """A file whose tumor is given."""

    mask: np.ndarray | None = None
    pixels: np.ndarray | None = None

    def decode(self, content: bytes) -> Decoded:
        return Decoded(self.pixels) if content == b"slice" else super().decode(content)

    def decode_mask(self, content: bytes) -> np.ndarray:
        return self.mask


def write(path: Path, pixels: np.ndarray, mask: np.ndarray) -> tuple[OutlinedFile, str]:
    path.write_bytes(b"slice")
    file = OutlinedFile(path.name, path, mask=mask, pixels=pixels)
    return file, hash_pixels(to_gray(pixels))


@pytest.mark.parametrize("margins", [((0, 0), (0, 0)), ((40, 8), (0, 0)), ((0, 0), (16, 90))])
@pytest.mark.parametrize("size", [64, 299])
def test_masks_lie_where_the_packed_image_shows_the_tumor(tmp_path, margins, size):
    phantom = draw_slice(Patient("phantom-3", "meningioma", 3), 0.0, 256)
    pixels = np.pad(np.rint(255 * phantom.image).astype(np.uint8), margins)
    mask = np.pad(phantom.mask > 0, margins)
    file, digest = write(tmp_path / "1.mat", pixels, mask)

    found = read_masks([("1.mat", digest)], [file], size)

    (packed,) = found.masks
    assert found.image_ids == ("1.mat",)
    assert found.left_out == {}
    # Packed as the picture itself would be, a marked one: the edge alone may differ by a pixel.
    marked = fit_square(np.where(mask, 255, 0).astype(np.uint8), size)
    assert ((marked > 127) != packed).sum() < 0.1 * packed.sum()
    image = fit_square(to_gray(pixels), size)
    assert np.median(image[packed]) > 1.5 * np.median(image[(image > 20) & ~packed])


def test_what_cannot_be_trusted_is_left_out(tmp_path):
    pixels, mask = draw(0), np.zeros((128, 128), bool)
    empty, digest = write(tmp_path / "empty.mat", pixels, mask)
    changed, _ = write(tmp_path / "changed.mat", draw(1), ~mask)
    gone = OutlinedFile("gone.mat", tmp_path / "gone.mat", mask=mask)
    wanted = [(f"{name}.mat", digest) for name in ("empty", "changed", "gone", "unknown")]

    found = read_masks(wanted, [empty, changed, gone], 64)

    assert found.image_ids == ()
    assert found.masks.shape == (0, 64, 64)
    assert found.left_out["empty.mat"] == "its mask is empty"
    assert found.left_out["changed.mat"] == "the file shows another image by now"
    assert found.left_out["unknown.mat"] == found.left_out["gone.mat"] == "the file is not there"
