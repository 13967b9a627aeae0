"""Pictures that are no brain slices, generated or from the sample data of installed libraries.

Every function takes a source of chance and returns `(h, w)` or `(h, w, 3)` uint8.
"""

from functools import cache, partial

import numpy as np
from matplotlib import cbook
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_sample_image

WORDS = (
    "patient", "magnetic", "resonance", "without", "contrast", "lesion", "left", "right", "lobe",
    "axial", "series", "figure", "table", "results", "the", "was", "seen", "on", "with", "a", "in",
)  # fmt: skip


def scale(values: np.ndarray) -> np.ndarray:
    """To the whole range of 8 bits."""
    return np.rint(255 * (values - values.min()) / max(float(np.ptp(values)), 1e-9)).astype(
        np.uint8
    )


def texture(rng: Generator, side: int = 256) -> np.ndarray:
    """Noise with the falling spectrum of natural images."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    frequency[0, 0] = 1
    waves = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    return scale(np.fft.irfft2(waves / frequency ** rng.uniform(0.7, 1.6), s=(side, side)))


def gradient(rng: Generator, side: int = 256) -> np.ndarray:
    """A ramp in any direction."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    return scale(x * np.cos(angle) + y * np.sin(angle) + 0.02 * rng.normal(size=x.shape))


def noise(rng: Generator, side: int = 256) -> np.ndarray:
    """Nothing but noise."""
    return rng.integers(0, 256, (side, side), dtype=np.uint8)


def text(rng: Generator, dark: bool = False) -> np.ndarray:
    """A page."""
    page = Image.new("L", (400, int(rng.integers(280, 520))), 255)
    size, pen = int(rng.integers(10, 22)), ImageDraw.Draw(page)
    for y in range(15, page.height - size, int(size * 1.4)):
        line = " ".join(rng.choice(WORDS, int(rng.integers(3, 9))))
        pen.text((12, y), line, font=ImageFont.load_default(size), fill=int(rng.integers(0, 70)))
    pixels = np.asarray(page)
    return 255 - pixels if dark else pixels


def chest(rng: Generator, side: int = 256) -> np.ndarray:
    """Something like a radiograph of a chest."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    values = 150 - 40 * np.abs(x) + 30 * y
    for center in (-1, 1):
        across = (x - center * rng.uniform(0.35, 0.45)) / rng.uniform(0.24, 0.3)
        along = (y + 0.05) / rng.uniform(0.5, 0.65)
        values = values - 110 * np.exp(-((across**2 + along**2) ** 2))
    values += 18 * np.sin(14 * np.hypot(x, y - 0.4 - 0.3 * np.abs(x))) * (np.abs(x) < 0.8)
    values += 60 * np.exp(-((x / 0.08) ** 2))
    values[np.abs(x) > 0.93 - 0.15 * (y < -0.5)] *= 0.3
    return scale(gaussian_filter(values, 1.5) + rng.normal(0, 3, values.shape))


def screenshot(rng: Generator, color: bool = False) -> np.ndarray:
    """A window with a bar, a list and panels."""

    def shade() -> tuple[int, ...]:
        if color:
            return tuple(rng.integers(0, 255, 3).tolist())
        return (int(rng.integers(60, 220)),) * 3

    window = Image.new("RGB", (512, 320), (240, 240, 240))
    pen, font = ImageDraw.Draw(window), ImageFont.load_default(11)
    pen.rectangle([0, 0, 512, 22], fill=shade())
    pen.rectangle([0, 22, 100, 320], fill=(210, 210, 210))
    for line in range(12):
        pen.text((8, 30 + line * 20), str(rng.choice(WORDS)), font=font, fill=(40, 40, 40))
    for _ in range(6):
        x, y = int(rng.integers(110, 360)), int(rng.integers(30, 250))
        corner = x + int(rng.integers(40, 160)), y + int(rng.integers(20, 80))
        pen.rectangle([x, y, *corner], fill=shade(), outline=(30, 30, 30))
    pixels = np.asarray(window)
    return pixels if color else pixels[..., 0]


def landscape(rng: Generator, width: int = 320) -> np.ndarray:
    """Hills under a sky."""
    height = int(width * 0.7)
    y = np.linspace(0, 1, height)[:, None]
    cloud = texture(rng, 512)[:height, :width] / 255
    picture = 210 - 70 * y + 30 * cloud
    for hill in range(4):
        steps = np.cumsum(rng.normal(0, 0.03, width))
        ground = y > 0.35 + 0.15 * hill + 0.12 * steps
        picture = np.where(ground, 130 - 28 * hill + 60 * cloud * (hill + 1) / 2, picture)
    return np.clip(picture, 0, 255).astype(np.uint8)


@cache
def load_photograph(name: str) -> np.ndarray:
    """A color photograph that comes with scikit-learn or matplotlib."""
    if name == "portrait":
        return np.asarray(Image.open(cbook.get_sample_data("grace_hopper.jpg")).convert("RGB"))
    return np.asarray(load_sample_image(f"{name}.jpg"))


def photograph(rng: Generator, name: str, color: bool = False) -> np.ndarray:
    """A part of a photograph, gray or in color."""
    whole = load_photograph(name)
    height, width = (int(side * rng.uniform(0.4, 1)) for side in whole.shape[:2])
    y, x = (int(rng.integers(0, a - b + 1)) for a, b in zip(whole.shape, (height, width)))  # noqa: B905
    part = whole[y : y + height, x : x + width]
    return part if color else np.asarray(Image.fromarray(part).convert("L"))


KINDS = {
    "texture": texture,
    "gradient": gradient,
    "noise": noise,
    "page": text,
    "page, white on black": partial(text, dark=True),
    "chest": chest,
    "screenshot": screenshot,
    "color screenshot": partial(screenshot, color=True),
    "landscape": landscape,
} | {
    f"{name}{', color' if color else ''}": partial(photograph, name=name, color=color)
    for name in ("china", "flower", "portrait")
    for color in (False, True)
}
