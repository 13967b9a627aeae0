"""DICOM files in the compressed transfer syntaxes, by GDCM's own encoders."""

import tempfile
from pathlib import Path

import gdcm

SYNTAXES = {
    "rle": gdcm.TransferSyntax.RLELossless,
    "jpeg": gdcm.TransferSyntax.JPEGBaselineProcess1,
    "jpeg_extended": gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    "jpeg_lossless": gdcm.TransferSyntax.JPEGLosslessProcess14,
    "jpeg_lossless_sv1": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    "jpeg_ls": gdcm.TransferSyntax.JPEGLSLossless,
    "jpeg_2000": gdcm.TransferSyntax.JPEG2000Lossless,
}


def compress(content: bytes, syntax: str) -> bytes:
    """The same DICOM file in another transfer syntax."""
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = str(Path(folder, "plain.dcm")), str(Path(folder, "packed.dcm"))
        Path(plain).write_bytes(content)
        reader = gdcm.ImageReader()
        reader.SetFileName(plain)
        change = gdcm.ImageChangeTransferSyntax()
        assert reader.Read()
        change.SetTransferSyntax(gdcm.TransferSyntax(SYNTAXES[syntax]))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer = gdcm.ImageWriter()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.SetFileName(packed)
        assert writer.Write()
        return Path(packed).read_bytes()
