import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import compress as compress_here

from brain_tumor_kedro.datasets.compressed_frames import decode_compressed, require_decodable
from brain_tumor_kedro.datasets.dicom import decode_dicom
from brain_tumor_kedro.datasets.silence import silenced
from brain_tumor_kedro.datasets.source import UndecodableError
from dicom_files import make_dataset, make_dicom, to_bytes
from gdcm_files import compress

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
NOISE = np.random.default_rng(0).integers(0, 4, GRAY.shape)
DEEP = GRAY.astype(np.uint16) * 16 + NOISE.astype(np.uint16)
COLOR = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=-1)
LOSSLESS = ["rle", "jpeg_lossless", "jpeg_lossless_sv1", "jpeg_ls", "jpeg_2000"]


def decode(content: bytes) -> list[np.ndarray]:
    with silenced():
        return [picture.pixels for picture in decode_dicom(content)]


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("pixels", [GRAY, DEEP, COLOR], ids=["bytes", "deep", "color"])
def test_what_is_compressed_without_loss_comes_back(syntax, pixels):
    (found,) = decode(compress(make_dicom(pixels), syntax))

    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_signed_values_come_back(syntax):
    values = (DEEP.astype(int) - 2000).astype(np.int16)

    (found,) = decode(compress(make_dicom(values), syntax))

    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("syntax", [*LOSSLESS, "jpeg"])
def test_every_frame_comes(syntax):
    frames = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1]])

    found = decode(compress(make_dicom(frames, frames=True), syntax))

    assert len(found) == 3
    assert np.abs(np.stack(found).astype(int) - frames).max() <= (6 if syntax == "jpeg" else 0)


def test_frames_by_pydicoms_own_encoder_come_back():
    dataset = make_dataset(np.stack([DEEP, DEEP[::-1]]), frames=True)
    compress_here(dataset, uid.RLELossless)

    np.testing.assert_array_equal(decode(to_bytes(dataset)), [DEEP, DEEP[::-1]])


@pytest.mark.parametrize("syntax", [uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEG2000])
@pytest.mark.parametrize("pixels", [GRAY, COLOR], ids=["bytes", "color"])
def test_what_pillow_compresses_comes_back_nearly(syntax, pixels):
    kind = "JPEG2000" if syntax == uid.JPEG2000 else "JPEG"
    buffer = io.BytesIO()
    options = {"no_jp2": True} if kind == "JPEG2000" else {"quality": 95, "subsampling": 0}
    Image.fromarray(pixels).save(buffer, kind, **options)
    dataset = make_dataset(pixels)
    dataset.PixelData = encapsulate([buffer.getvalue()], has_bot=False)
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = syntax
    if pixels.ndim == 3:
        dataset.PhotometricInterpretation = "YBR_RCT" if kind == "JPEG2000" else "YBR_FULL"

    (found,) = decode(to_bytes(dataset))

    assert np.abs(found.astype(int) - pixels).max() <= 6


@pytest.mark.parametrize(
    ("syntax", "bits", "words"),
    [(uid.HTJ2K, 8, "High-Throughput JPEG 2000"), (uid.MPEG2MPML, 8, "MPEG2"),
     (uid.JPEGExtended12Bit, 12, "other than 8 bits"), (uid.UID("1.2.3.4"), 8, "unknown")],
)  # fmt: skip
def test_what_cannot_be_decoded_is_named(syntax, bits, words):
    with pytest.raises(UndecodableError, match=f"{words}.*cannot be decoded here"):
        require_decodable(syntax, bits)


@pytest.mark.parametrize("syntax", ["rle", "jpeg", "jpeg_lossless", "jpeg_ls", "jpeg_2000"])
def test_a_broken_stream_is_refused(syntax):
    dataset = pydicom.dcmread(
        io.BytesIO(compress(make_dicom(DEEP if syntax != "jpeg" else GRAY), syntax))
    )
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([stream[: len(stream) // 3]], has_bot=False)

    with pytest.raises(UndecodableError, match="broken or not supported"):
        decode(to_bytes(dataset))


@pytest.mark.parametrize("syntax", ["jpeg", "jpeg_lossless", "jpeg_ls", "jpeg_2000"])
def test_a_stream_of_another_size_is_not_decoded(syntax):
    content = compress(make_dicom(GRAY), syntax)
    rows = b"(\0\x10\0US\x02\0"
    place = content.index(rows) + len(rows)

    with pytest.raises(UndecodableError, match="own size"):
        decode(content[:place] + b"\x10\0" + content[place + 2 :])


def test_frames_are_decoded_one_at_a_time():
    dataset = make_dataset(np.stack([GRAY, GRAY]), frames=True)
    compress_here(dataset, uid.RLELossless)

    stored, meaning = next(decode_compressed(dataset))

    np.testing.assert_array_equal(stored, GRAY)
    assert meaning == "MONOCHROME2"
