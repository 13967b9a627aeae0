"""Files of every format that name a person wherever the format has a place for it."""

import gzip
import io
from collections.abc import Iterator
from types import SimpleNamespace

import nibabel as nib
import numpy as np
from PIL import Image, PngImagePlugin

from brain_tumor_kedro.datasets.figshare_dataset import encode_slice
from brain_tumor_kedro.datasets.silence import silenced
from dicom_files import NAME, make_dataset, to_bytes

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
#: Elements of DICOM that hold a name, besides those that every file of `dicom_files` has.
NAMED = {
    "OtherPatientNames": NAME, "ReferringPhysicianName": NAME, "OperatorsName": NAME,
    "PatientComments": NAME, "InstitutionName": NAME, "SeriesDescription": NAME,
    "StudyDescription": NAME, "ProtocolName": NAME, "AccessionNumber": NAME,
}  # fmt: skip
#: Elements that are read: numbers that a name stands in the place of, and texts.
NUMBERS = (
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "NumberOfFrames",
    "PixelSpacing", "PixelAspectRatio",
)  # fmt: skip
TEXTS = (
    "PhotometricInterpretation", "VOILUTFunction", "BurnedInAnnotation", "SpecificCharacterSet",
    "SOPClassUID", "StudyDate", "PatientAge",
)  # fmt: skip
NUMBER = "12345678"
SWAP = NUMBER.encode(), NAME.encode()


def name_dicoms() -> Iterator[tuple[str, bytes]]:
    whole = make_dataset(GRAY, BurnedInAnnotation="YES", **NAMED)
    content = to_bytes(whole)
    yield "dicom", content
    yield "dicom cut short", content[: len(content) - 900]
    yield "dicom cut in its names", content[: content.index(NAME.encode()) + 4]
    for keyword in NUMBERS:
        dataset = make_dataset(
            GRAY, **{"WindowCenter": "9", "WindowWidth": "9"} | {keyword: NUMBER}
        )
        yield f"dicom with a broken {keyword}", to_bytes(dataset).replace(*SWAP)
    for keyword in TEXTS:
        with silenced():
            dataset = make_dataset(GRAY, **{keyword: NAME})
            yield f"dicom with a broken {keyword}", to_bytes(dataset)
    for syntax in ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90"):
        yield (
            f"dicom with pixels of a name {syntax}",
            content.replace(b"1.2.840.10008.1.2.1\0", syntax.encode().ljust(20, b"\0")),
        )


def name_pictures() -> Iterator[tuple[str, bytes]]:
    image = Image.fromarray(GRAY)
    exif = Image.Exif()
    exif[270], exif[315], exif[0x9286] = NAME, NAME, NAME
    text = PngImagePlugin.PngInfo()
    text.add_text(NAME, NAME)
    text.add_itxt("Comment", NAME)
    options = {
        "JPEG": {"exif": exif, "comment": NAME.encode()}, "PNG": {"pnginfo": text, "exif": exif},
        "TIFF": {"tiffinfo": {270: NAME, 315: NAME}}, "GIF": {"comment": NAME.encode()},
        "WEBP": {"exif": exif, "xmp": NAME.encode()},
    }  # fmt: skip
    for kind, named in options.items():
        buffer = io.BytesIO()
        image.save(buffer, kind, **named)
        yield kind, buffer.getvalue()
        yield f"{kind} cut short", buffer.getvalue()[:-200]
        yield f"{kind} cut in half", buffer.getvalue()[: len(buffer.getvalue()) // 2]
    png = io.BytesIO()
    image.save(png, "PNG")
    yield "PNG with a broken chunk", png.getvalue().replace(b"IDAT", b"DOE^", 1)


def name_volumes() -> Iterator[tuple[str, bytes]]:
    volume = nib.Nifti1Image(np.ones((4, 5, 3), np.int16), np.eye(4))
    for field in ("descrip", "db_name", "aux_file", "intent_name"):
        volume.header[field] = NAME.encode()
    content = volume.to_bytes()
    yield "NIfTI", content
    yield "NIfTI cut short", content[:-20]
    yield "packed NIfTI", gzip.compress(content)
    yield "packed NIfTI cut short", gzip.compress(content)[:-20]
    stream = io.BytesIO()
    with gzip.GzipFile(NAME, "wb", fileobj=stream) as packed:
        packed.write(NAME.encode() * 99)
    yield "a packed text", stream.getvalue()
    slice_ = SimpleNamespace(
        patient_id=NAME, label=2, image=GRAY.astype(np.int16), border=np.ones(4), mask=GRAY > 90
    )
    yield "MATLAB", encode_slice(slice_)
    yield "MATLAB with another struct", encode_slice(slice_).replace(b"cjdata", b"DOE^JO")
    yield "MATLAB with another field", encode_slice(slice_).replace(b"label", b"DOE^J")
    yield "MATLAB cut short", encode_slice(slice_)[:-2000]
    yield "a text", NAME.encode() * 99


def name_all() -> Iterator[tuple[str, bytes]]:
    """What each is, and its bytes."""
    yield from name_dicoms()
    yield from name_pictures()
    yield from name_volumes()
