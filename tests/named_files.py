"""Files of every format in which somebody's name stands."""

import io

import nibabel
import numpy as np
from PIL import Image, PngImagePlugin

from bundles import draw_slice
from dicom_files import NAME, make_dicom

__all__ = ["NAME", "encode", "write_named"]


def encode(kind, **options):
    file = io.BytesIO()
    Image.fromarray(draw_slice()).save(file, kind, **options)
    return file.getvalue()


def write_named(folder):
    """Files of every format, in each of which somebody's name stands; returns their number."""
    exif = Image.Exif()
    exif[0x013B], exif[0x010E] = NAME, f"head of {NAME}"
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", NAME)
    dicom = make_dicom(draw_slice().astype(np.uint16))
    volume = nibabel.Nifti1Image(np.stack([draw_slice(n) for n in range(2)], 2), np.eye(4))
    volume.header["descrip"] = NAME
    files = {
        "a.jpg": encode("JPEG", exif=exif, comment=NAME),
        "b.png": encode("PNG", pnginfo=text),
        "c.tif": encode("TIFF", tiffinfo={270: NAME, 315: NAME}),
        "d.dcm": dicom,
        "deep/e.nii": volume.to_bytes(),
        "deep/cut.dcm": dicom[:-2000],
        "deep/cut.png": encode("PNG", pnginfo=text)[:400],
        "deep/odd.dcm": make_dicom(draw_slice(), PhotometricInterpretation="DOE JOHN"),
        "deep/letter.txt": f"Dear {NAME}".encode(),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return len(files)
