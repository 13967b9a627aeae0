import numpy as np
import pytest

from brain_tumor_kedro.imaging.packing import (
    PackingSettings,
    fit_square,
    pack_decoded,
    pack_images,
    require_same_images,
)
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.quality import hash_pixels
from builders import draw, make_manifest, make_row, write_file

SIZE = PackingSettings(size=64)
HERE = ParallelSettings(backend="threading", workers=2)


@pytest.fixture
def packed(tmp_path):
    files = [write_file(tmp_path / name, draw(number)) for number, name in enumerate("cab")]
    manifest = make_manifest(
        make_row("a", pixel_hash=hash_pixels(draw(1))),
        make_row("b", reason="blank"),
        make_row("c", pixel_hash=hash_pixels(draw(0))),
    )
    return pack_images(manifest, files, SIZE, HERE), files


def test_kept_images_are_packed_in_order_of_their_ids(packed):
    (images, manifest), files = packed

    assert images.shape == (2, 64, 64)
    assert images.dtype == np.uint8
    assert manifest["row"].fillna(-1).tolist() == [0, -1, 1]
    by_id = {file.image_id: file for file in files}
    for image_id, row in manifest.dropna(subset="row")[["image_id", "row"]].itertuples(index=False):
        pixels = np.frombuffer(by_id[image_id].path.read_bytes(), np.uint8).reshape(128, 128)
        np.testing.assert_array_equal(images[row], fit_square(pixels, 64))


def test_processes_and_threads_pack_the_same(tmp_path, packed):
    (images, manifest), files = packed

    again, _ = pack_images(manifest, files, SIZE, ParallelSettings(backend="loky", workers=2))

    np.testing.assert_array_equal(images, again)


def test_images_that_belong_to_the_manifest_pass(packed):
    require_same_images(*packed[0])


def test_images_of_another_run_are_refused(packed):
    images, manifest = packed[0]

    with pytest.raises(ValueError, match="another image in row 0"):
        require_same_images(np.asarray(images)[::-1], manifest)
    with pytest.raises(ValueError, match="2 kept images and 1 packed"):
        require_same_images(images[:1], manifest)


def test_every_row_is_compared(packed):
    images, manifest = np.array(packed[0][0]), packed[0][1]
    images[1, 5, 5] ^= 1

    with pytest.raises(ValueError, match="another image in row 1"):
        require_same_images(images, manifest)


def test_a_file_that_shows_another_image_since_it_was_inspected_is_named(tmp_path):
    file = write_file(tmp_path / "a", draw(0))
    manifest = make_manifest(make_row("a", pixel_hash=hash_pixels(draw(1))))

    with pytest.raises(ValueError, match=r"a has changed .* another image now"):
        pack_images(manifest, [file], SIZE, HERE)


def test_a_file_that_went_since_it_was_inspected_is_named(tmp_path):
    file = write_file(tmp_path / "a", draw(0))
    file.path.unlink()

    with pytest.raises(ValueError, match=r"a has changed .* cannot be read now"):
        pack_images(make_manifest(make_row("a")), [file], SIZE, HERE)


@pytest.mark.parametrize(("height", "width"), [(100, 50), (50, 100), (400, 399), (1, 300)])
def test_proportions_are_kept_on_black(height, width):
    square = fit_square(np.full((height, width), 200, np.uint8), 64)

    assert square.shape == (64, 64)
    expected = max(1, round(64 * min(height, width) / max(height, width)))
    assert (square > 100).any(axis=int(height > width)).sum() == 64
    assert (square > 100).any(axis=int(height < width)).sum() == expected


def test_rejected_copies_are_packed_where_every_slice_is_asked_for(tmp_path):
    files = [write_file(tmp_path / name, draw(number)) for number, name in enumerate("abc")]
    manifest = make_manifest(
        make_row("a", pixel_hash=hash_pixels(draw(0))),
        make_row("b", pixel_hash=hash_pixels(draw(1)), reason="near_copy", copy_of="a"),
        make_row("c", reason="blank"),
    )

    images, rows = pack_decoded(manifest, files, SIZE, HERE)

    assert rows.to_dict() == {"a": 0, "b": 1}
    np.testing.assert_array_equal(images[1], fit_square(draw(1), 64))
    with pytest.raises(ValueError, match="2 files of the manifest are gone, such as a"):
        pack_decoded(manifest, files[2:], SIZE, HERE)
