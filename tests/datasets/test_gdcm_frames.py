import os
import threading

import numpy as np
import psutil
import pydicom
import pytest
from pydicom import uid
from pydicom.encaps import generate_frames

from brain_tumor_kedro.datasets import gdcm_frames
from brain_tumor_kedro.datasets.gdcm_frames import decode_with_gdcm, stop_process
from dicom_files import make_dicom
from gdcm_files import compress

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
FACTS = {
    "TransferSyntaxUID": str(uid.JPEGLossless), "SamplesPerPixel": 1, "Rows": 40, "Columns": 50,
    "PhotometricInterpretation": "MONOCHROME2", "PlanarConfiguration": 0, "BitsAllocated": 8,
    "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
}  # fmt: skip


@pytest.fixture
def stream(tmp_path):
    (tmp_path / "packed.dcm").write_bytes(compress(make_dicom(GRAY), "jpeg_lossless"))
    dataset = pydicom.dcmread(tmp_path / "packed.dcm")
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


def find_process() -> psutil.Process:
    return psutil.Process(gdcm_frames._running[os.getpid()].pid)


def test_frames_are_decoded_by_one_process(stream):
    for _ in range(3):
        pixels, meaning = decode_with_gdcm(FACTS, stream)
        process = find_process()

        np.testing.assert_array_equal(pixels, GRAY)
        assert meaning == "MONOCHROME2"
    assert process == find_process()


def test_a_frame_that_ends_the_process_is_broken_and_the_next_is_decoded(stream):
    decode_with_gdcm(FACTS, stream)
    find_process().kill()

    assert decode_with_gdcm(FACTS, stream) is None
    np.testing.assert_array_equal(decode_with_gdcm(FACTS, stream)[0], GRAY)


def test_a_broken_frame_leaves_the_process_alive(stream):
    decode_with_gdcm(FACTS, stream)
    process = find_process()

    assert decode_with_gdcm(FACTS, stream[:40]) is None
    assert decode_with_gdcm(FACTS, b"") is None
    assert decode_with_gdcm(FACTS | {"TransferSyntaxUID": "1.2"}, stream) is None
    assert process == find_process()


def test_threads_take_turns(stream):
    found: list[np.ndarray] = []
    work = [
        threading.Thread(target=lambda: found.append(decode_with_gdcm(FACTS, stream)[0]))
        for _ in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()

    assert len(found) == 8
    assert all(np.array_equal(pixels, GRAY) for pixels in found)


def test_a_stopped_process_is_gone(stream):
    decode_with_gdcm(FACTS, stream)
    process = find_process()

    stop_process()
    stop_process()

    assert not process.is_running()


def test_the_process_ends_when_its_input_does(stream):
    decode_with_gdcm(FACTS, stream)
    running = gdcm_frames._running[os.getpid()]

    running.stdin.close()

    assert running.wait(timeout=20) == 0
    stop_process()
