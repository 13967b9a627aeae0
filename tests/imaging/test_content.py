import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from brain_tumor_kedro.imaging.content import find_fault, measure_color
from brain_tumor_kedro.imaging.quality import to_gray
from builders import draw


def write_page(lines: int, size: int = 14, side: int = 320, dark: bool = False) -> np.ndarray:
    page = Image.new("L", (side, side), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    for line in range(lines):
        words = "Figure 3: axial slices of four patients with a tumor"[line % 9 :]
        pen.text((10, 10 + line * size * 1.5), words, font=font, fill=20)
    pixels = np.asarray(page)
    return 255 - pixels if dark else pixels


def find(pixels: np.ndarray) -> str | None:
    fault = find_fault(pixels, to_gray(pixels))
    return fault and fault[0]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("lines", "size"), [(2, 18), (8, 14), (13, 14), (6, 24)])
def test_a_page_of_text_is_no_slice(lines, size, dark):
    assert find(write_page(lines, size, dark=dark)) == "text_only"


def test_a_slice_with_a_caption_and_a_slice_on_paper_are_slices():
    under = np.vstack([draw(0, side=320), write_page(2, dark=True)[:60]])
    on_paper = np.vstack([np.pad(draw(0, side=200), 60, constant_values=255), write_page(4)])

    assert find(under) is None
    assert find(on_paper) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_pixels_that_are_lost_are_named_where_nothing_else_is_seen(value):
    pixels = np.full((64, 64), 0.0)
    pixels[:32] = value

    reason, said = find_fault(pixels, to_gray(pixels))

    assert reason == "blank"
    assert said.endswith("(50% of the pixels are not finite, or beyond 3e+38)")


def test_a_flat_image_of_numbers_is_blank_and_nothing_is_lost():
    pixels = np.full((64, 64), 7.0)

    assert find_fault(pixels, to_gray(pixels)) == (
        "blank", "gray values deviate by 0.00, expected 2"
    )  # fmt: skip


def test_a_few_specks_on_black_are_nearly_blank():
    pixels = np.zeros((128, 128), np.uint8)
    pixels[20:26, 30:36] = 250

    assert find(pixels) == "nearly_blank"


def test_faint_noise_is_nearly_blank_and_none_at_all_is_blank():
    faint = np.random.default_rng(0).normal(60, 5, (128, 128)).astype(np.uint8)

    assert find(faint) == "nearly_blank"
    assert find(np.full((128, 128), 60, np.uint8)) == "blank"


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((64, 200), "extreme_aspect"),
        ((200, 64), "extreme_aspect"),
        ((64, 190), None),
        ((31, 64), "too_small"),
    ],
)
def test_a_strip_is_no_slice(shape, reason):
    assert find(draw(0, side=200)[: shape[0], : shape[1]]) == reason


def test_a_small_head_on_much_black_is_a_slice():
    assert find(np.pad(draw(0, side=64), 48)) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_a_color_photograph_is_no_slice_in_any_number_type(dtype):
    colors = (np.random.default_rng(0).random((64, 64, 3)) * 255).astype(dtype)

    assert find(colors) == "not_gray"


def test_a_screenshot_with_colored_parts_is_no_slice_and_a_colored_mark_on_one_is_none():
    pixels = np.repeat(draw(0)[..., None], 3, axis=2)
    marked, screenshot = pixels.copy(), pixels.copy()
    marked[60:80, 60:80] = (255, 0, 0)
    screenshot[:20] = (30, 90, 20)

    assert find(marked) is None
    assert find(screenshot) == "not_gray"


def test_color_is_measured_between_channels():
    pixels = np.zeros((10, 10, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[0, :, :3] = (60, 10, 30)

    assert measure_color(pixels) == (5.0, 0.1)
