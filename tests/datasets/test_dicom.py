"""Every way in which a slice may lie in a DICOM file, compared with the slice."""

import copy
import io
import zlib

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from brain_tumor_kedro.datasets.dicom import decode_dicom
from brain_tumor_kedro.datasets.silence import silenced
from brain_tumor_kedro.datasets.source import ForeignFileError, Picture, UndecodableError
from brain_tumor_kedro.doubts import BURNED_IN, LEFT_OUT, NOT_SQUARE
from brain_tumor_kedro.imaging.quality import to_gray
from dicom_files import make_dataset, make_dicom, to_bytes

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
DEEP = GRAY.astype(np.uint16) * 16 + 3
COLOR = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=-1)


def decode_one(content: bytes) -> Picture:
    with silenced():
        (picture,) = decode_dicom(content)
    return picture


def decode(pixels: np.ndarray, **elements) -> np.ndarray:
    return decode_one(make_dicom(pixels, **elements)).pixels


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"])
def test_numbers_of_any_type_keep_their_values(dtype):
    values = (GRAY.astype(int) * (20 if dtype != "u1" else 1)).astype(dtype)
    values -= np.array(900 if "u" not in dtype else 0, dtype)

    np.testing.assert_array_equal(decode(values), values)


def test_only_the_bits_that_count_are_read():
    rubbish = DEEP | 0xF000

    np.testing.assert_array_equal(decode(rubbish, BitsStored=12, HighBit=11), DEEP & 0x0FFF)


@pytest.mark.parametrize("bits", [4, 7])
def test_bytes_of_fewer_bits_are_no_brightness_yet(bits):
    few = GRAY >> (8 - bits)

    shown = decode(few, BitsStored=bits, HighBit=bits - 1)

    np.testing.assert_array_equal(shown, few)
    assert shown.dtype != np.uint8


def test_signed_bytes_keep_their_values():
    np.testing.assert_array_equal(decode(GRAY.view(np.int8)), GRAY.view(np.int8))


def test_single_bits_are_read():
    bits = (GRAY > 90).astype(np.uint8)
    packed = np.packbits(bits, bitorder="little").tobytes()
    content = make_dicom(bits, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed)

    shown = decode_one(content).pixels

    np.testing.assert_array_equal(shown, bits)
    assert shown.dtype != np.uint8


def test_monochrome_1_is_shown_inverted():
    shown = decode(GRAY, PhotometricInterpretation="MONOCHROME1")
    deeper = decode(DEEP, PhotometricInterpretation="MONOCHROME1")

    np.testing.assert_array_equal(shown, 255 - GRAY)
    np.testing.assert_array_equal(deeper, 65535 - DEEP)


def test_values_are_rescaled():
    shown = decode(DEEP, RescaleSlope="0.5", RescaleIntercept="-100")

    np.testing.assert_array_equal(shown, DEEP * 0.5 - 100)


@pytest.mark.parametrize(
    ("slope", "intercept"), [("0", "0"), ("", ""), ("1", None), (None, "5"), ("1", "0")]
)
def test_a_rescaling_that_says_nothing_changes_nothing(slope, intercept):
    elements = {"RescaleSlope": slope, "RescaleIntercept": intercept}
    content = make_dicom(
        DEEP, **{key: value for key, value in elements.items() if value is not None}
    )

    np.testing.assert_array_equal(decode_one(content).pixels, DEEP)


def test_a_window_is_applied():
    window = {"WindowCenter": ["1600", "5"], "WindowWidth": ["3600", "1"]}
    picture = decode_one(make_dicom(DEEP, **window))

    expected = np.clip((DEEP - 1599.5) / 3599 + 0.5, 0, 1)
    np.testing.assert_allclose(picture.pixels, expected, atol=1e-6)
    assert picture.note is None


def test_a_window_that_hides_much_is_left_out_and_said_to_be():
    picture = decode_one(make_dicom(DEEP, WindowCenter="1000", WindowWidth="500"))

    np.testing.assert_array_equal(picture.pixels, DEEP)
    assert picture.note == LEFT_OUT


def test_a_window_of_bytes_gives_bytes():
    shown = decode(GRAY, WindowCenter="128", WindowWidth="256")

    np.testing.assert_array_equal(shown, GRAY)
    assert shown.dtype == np.uint8


def make_table(descriptor, values, vr="US") -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", vr, values)
    return Sequence([item])


@pytest.mark.parametrize("kind", ["US", "OW"])
def test_tables_are_looked_up(kind):
    table = (np.arange(256) ** 2).astype("<u2")
    values = table.tolist() if kind == "US" else table.tobytes()
    sequence = make_table([256, 0, 16], values, kind)

    modality = decode(GRAY.astype(np.uint16), ModalityLUTSequence=sequence)
    interest = decode(GRAY.astype(np.uint16), VOILUTSequence=sequence)

    np.testing.assert_array_equal(modality, table[GRAY])
    scaled = (table[GRAY] - float(table.min())) / float(np.ptp(table))
    np.testing.assert_allclose(interest, scaled, atol=1e-6)


#: A head in air: a gradient of 500 to 3800, with two bright pixels, and 0 to 20 around it.
AIR = np.random.default_rng(0).integers(0, 20, (80, 80))
HEAD = AIR.copy()
HEAD[20:60, 15:65] = np.add.outer(np.arange(40) * 40, np.arange(50) * 34) + 500
HEAD[30, 30:32], TOP = 4000, 4095


def make_head(inverted: bool, **interest) -> bytes:
    """The same picture as `MONOCHROME1` or `MONOCHROME2`, with the same window or table."""
    if "WindowCenter" in interest and inverted:
        # A linear window leans to one side by half a value: PS3.3 C.11.2.1.2.
        lean = interest.get("VOILUTFunction", "LINEAR") == "LINEAR"
        interest |= {"WindowCenter": TOP - interest["WindowCenter"] + lean}
    if "table" in interest:
        entries = interest.pop("table")
        entries = 65535 - entries[::-1] if inverted else entries
        table = make_table([TOP + 1, 0, 16], entries.astype("<u2").tobytes(), "OW")
        interest["VOILUTSequence"] = table
    stored = (TOP - HEAD if inverted else HEAD).astype(np.uint16)
    meaning = f"MONOCHROME{1 if inverted else 2}"
    bits = {"BitsStored": 12, "HighBit": 11, "PhotometricInterpretation": meaning}
    return make_dicom(stored, **bits, **interest)


RAMP = np.linspace(0, 1, TOP + 1)
FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@pytest.mark.parametrize(
    ("interest", "note"),
    [({}, None)]
    + [({"WindowCenter": 2048, "WindowWidth": 4096, "VOILUTFunction": f}, None) for f in FUNCTIONS]
    + [({"WindowCenter": 1900, "WindowWidth": 3800, "VOILUTFunction": "LINEAR"}, None)]
    + [({"WindowCenter": 600, "WindowWidth": 400, "VOILUTFunction": f}, LEFT_OUT)
       for f in FUNCTIONS]
    + [({"WindowCenter": 3500, "WindowWidth": 900}, LEFT_OUT)]
    + [({"table": 65535 * RAMP**0.5}, None), ({"table": 65535 * RAMP}, None)]
    + [({"table": 65535 * np.clip(RAMP * 4, 0, 1)}, LEFT_OUT)],
)  # fmt: skip
def test_a_picture_is_the_same_whichever_end_of_its_values_is_white(interest, note):
    plain, inverted = (decode_one(make_head(flag, **interest)) for flag in (False, True))

    assert (plain.note, inverted.note) == (note, note)
    grays = [to_gray(picture.pixels).astype(int) for picture in (plain, inverted)]
    # Brightness that lies between two levels of gray may be rounded to either.
    assert np.abs(grays[1] - grays[0]).max() <= 1
    assert np.mean(grays[1] != grays[0]) < 0.01


@pytest.mark.parametrize(("center", "width", "note"), [(128, 256, None), (60, 80, LEFT_OUT)])
def test_bytes_are_the_same_whichever_end_of_their_values_is_white(center, width, note):
    window = {"WindowWidth": width}
    plain = decode_one(make_dicom(GRAY, WindowCenter=center, **window))
    inverted = decode_one(
        make_dicom(255 - GRAY, WindowCenter=256 - center, **window,
                   PhotometricInterpretation="MONOCHROME1")
    )  # fmt: skip

    assert (plain.note, inverted.note) == (note, note)
    np.testing.assert_array_equal(inverted.pixels, plain.pixels)


def test_padding_is_black_and_takes_no_brightness():
    values = DEEP.astype(np.int16)
    values[:5] = -2000

    shown = decode(values, PixelPaddingValue=-2000)

    np.testing.assert_array_equal(shown[:5], DEEP[5:].min())
    np.testing.assert_array_equal(shown[5:], DEEP[5:])


def test_a_range_of_padding_is_black_when_inverted_too():
    values = GRAY.astype(np.uint16) + 100
    values[:5], values[5:9] = 0, 3
    elements = {"PixelPaddingRangeLimit": 3, "PhotometricInterpretation": "MONOCHROME1"}

    shown = decode(values, PixelPaddingValue=0, **elements)

    assert (shown[:9] == shown[9:].min()).all()


def test_colors_are_colors_and_gray_ones_are_gray():
    picture = decode_one(make_dicom(COLOR))
    gray = decode_one(make_dicom(np.stack([GRAY] * 3, axis=-1)))

    np.testing.assert_array_equal(picture.pixels, COLOR)
    assert (picture.mode, gray.mode) == ("RGB", "L")
    np.testing.assert_array_equal(gray.pixels, GRAY)


def test_planes_of_colors_are_brought_together():
    planes = np.ascontiguousarray(COLOR.transpose(2, 0, 1)).tobytes()

    shown = decode(COLOR, PlanarConfiguration=1, PixelData=planes)

    np.testing.assert_array_equal(shown, COLOR)


def test_ybr_becomes_rgb():
    ybr = np.asarray(Image.fromarray(COLOR).convert("YCbCr"))

    shown = decode(ybr, PhotometricInterpretation="YBR_FULL")

    assert np.abs(shown.astype(int) - COLOR).max() <= 3


@pytest.mark.parametrize("depth", [8, 16])
def test_a_palette_becomes_colors(depth):
    dataset = make_dataset(GRAY, PhotometricInterpretation="PALETTE COLOR")
    levels = np.arange(256) if depth == 8 else np.arange(256) * 257
    for name, entries in (("Red", levels), ("Green", levels[::-1]), ("Blue", levels // 2)):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, depth])
        packed = entries.astype(f"<u{depth // 8}").tobytes()
        setattr(dataset, f"{name}PaletteColorLookupTableData", packed)

    shown = decode_one(to_bytes(dataset)).pixels

    # A level of 16 bits, halved, has its upper byte rounded down.
    expected = np.stack([GRAY, 255 - GRAY, GRAY // 2], axis=-1)
    np.testing.assert_array_equal(shown, expected)


def test_frames_come_one_by_one_and_lazily():
    frames = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]])

    found = decode_dicom(make_dicom(frames, frames=True))

    np.testing.assert_array_equal(next(found).pixels, frames[0])
    np.testing.assert_array_equal(np.stack([picture.pixels for picture in found]), frames[1:])


def make_groups(*windows) -> list[Dataset]:
    groups = []
    for center, width, slope in windows:
        window, rescale, group = Dataset(), Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = center, width
        rescale.RescaleSlope, rescale.RescaleIntercept = slope, 0
        group.FrameVOILUTSequence = Sequence([window])
        group.PixelValueTransformationSequence = Sequence([rescale])
        groups.append(group)
    return groups


def test_every_frame_of_an_enhanced_image_has_a_window_of_its_own():
    frames, windows = np.stack([DEEP] * 3), [(1600, 4000, 1), (3000, 9000, 2), (900, 2200, 0.5)]
    content = make_dicom(
        frames, frames=True, PerFrameFunctionalGroupsSequence=Sequence(make_groups(*windows))
    )

    for picture, (center, width, slope) in zip(decode_dicom(content), windows, strict=True):
        expected = np.clip((DEEP.astype(float) * slope - center + 0.5) / (width - 1) + 0.5, 0, 1)
        np.testing.assert_allclose(picture.pixels, expected, atol=1e-5)


def test_what_frames_share_is_said_once():
    content = make_dicom(
        np.stack([DEEP] * 2), frames=True,
        SharedFunctionalGroupsSequence=Sequence(make_groups((3000, 9000, 2))),
    )  # fmt: skip

    for picture in decode_dicom(content):
        expected = (DEEP * 2 - 2999.5) / 8999 + 0.5
        np.testing.assert_allclose(picture.pixels, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("syntax", "implicit", "little"),
    [(uid.ImplicitVRLittleEndian, True, True), (uid.ExplicitVRLittleEndian, False, True),
     (uid.ExplicitVRBigEndian, False, False), (uid.DeflatedExplicitVRLittleEndian, False, True)],
)  # fmt: skip
def test_data_sets_are_read_however_they_are_stored(syntax, implicit, little):
    dataset = make_dataset(DEEP if little else DEEP.byteswap())
    dataset.file_meta.TransferSyntaxUID = syntax

    np.testing.assert_array_equal(decode_one(to_bytes(dataset)).pixels, DEEP)

    del dataset.file_meta
    dataset.preamble = None
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=little)
    headless = buffer.getvalue()
    assert b"DICM" not in headless
    np.testing.assert_array_equal(decode_one(headless).pixels, DEEP)
    np.testing.assert_array_equal(decode_one(to_bytes(make_dataset(DEEP))[128:]).pixels, DEEP)


def test_what_old_files_leave_out_is_filled_in():
    dataset = make_dataset(DEEP)
    for name in ("SamplesPerPixel", "PhotometricInterpretation", "BitsStored", "HighBit",
                 "PixelRepresentation"):  # fmt: skip
        delattr(dataset, name)

    np.testing.assert_array_equal(decode_one(to_bytes(dataset)).pixels, DEEP)


@pytest.mark.parametrize("spacing", [{"PixelSpacing": [1, 2]}, {"PixelAspectRatio": [3, 2]}])
def test_pixels_that_are_not_square_are_said_to_be(spacing):
    assert decode_one(make_dicom(GRAY, **spacing)).note == NOT_SQUARE
    assert decode_one(make_dicom(GRAY, PixelSpacing=[0.5, 0.5])).note is None


def test_burned_in_text_is_said_to_be_there():
    assert decode_one(make_dicom(GRAY, BurnedInAnnotation="YES")).note == BURNED_IN
    assert decode_one(make_dicom(GRAY, BurnedInAnnotation="NO")).note is None


@pytest.mark.parametrize(
    ("number", "words"),
    [("1.2.840.10008.1.3.10", "directory"),
     ("1.2.840.10008.5.1.4.1.1.88.11", "structured report"),
     ("1.2.840.10008.5.1.4.1.1.11.1", "presentation state"),
     ("1.2.840.10008.5.1.4.1.1.104.1", "document"), ("1.2.3.4", "without pixels")],
)  # fmt: skip
def test_objects_without_pixels_are_named(number, words):
    dataset = make_dataset(GRAY)
    for name in ("PixelData", "Rows", "Columns"):
        delattr(dataset, name)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = number

    with pytest.raises(ForeignFileError, match=words):
        decode_one(to_bytes(dataset))


def test_an_image_that_is_cut_short_is_said_to_be():
    content = make_dicom(DEEP)

    for length in (len(content) - 100, len(content) - DEEP.nbytes - 10):
        with pytest.raises(UndecodableError, match="cut short"):
            decode_one(content[:length])


@pytest.mark.parametrize(
    ("elements", "words"),
    [({"Rows": 65535, "Columns": 65535}, "pixels a frame"), ({"Rows": 0}, "at least one row"),
     ({"NumberOfFrames": "2000000000"}, "frames in a file"),
     ({"NumberOfFrames": "4000"}, "cut short"), ({"NumberOfFrames": "-3"}, "at least one row"),
     ({"SamplesPerPixel": 60000}, "pixels a frame")],
)  # fmt: skip
def test_absurd_sizes_are_refused_before_anything_is_made_of_them(elements, words):
    # Sizes that need more rows than the pixels of the file are no cause to allocate them.
    frame = np.zeros((200, 200), np.uint8) if "60000" in str(elements) else GRAY

    with pytest.raises(UndecodableError, match=words):
        decode_one(make_dicom(frame, **elements))


def test_fewer_frames_than_declared_are_said_to_be():
    dataset = make_dataset(np.stack([GRAY] * 2), frames=True)
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, "JPEG")
    dataset.PixelData = encapsulate([buffer.getvalue()], has_bot=False)
    dataset.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit

    with pytest.raises(UndecodableError, match="fewer"):
        list(decode_dicom(to_bytes(dataset)))


def test_a_deflated_bomb_is_not_unpacked(monkeypatch):
    dataset = make_dataset(np.zeros((2000, 2000), np.uint8))
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    monkeypatch.setattr("brain_tumor_kedro.datasets.dicom_file.MAX_BYTES", 2**20)

    with pytest.raises(UndecodableError, match="unpacked"):
        decode_one(to_bytes(dataset))


def test_broken_deflation_is_refused():
    dataset = make_dataset(GRAY)
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    content = to_bytes(dataset)

    with pytest.raises((zlib.error, ValueError)):
        decode_one(content[:-300] + bytes(300))


def test_a_data_set_is_left_as_it_was():
    dataset = make_dataset(DEEP)
    before = to_bytes(copy.deepcopy(dataset))

    decode_one(before)

    assert to_bytes(dataset) == before
