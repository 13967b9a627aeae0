"""What copies of a slice suffer on their way from one collection to the next."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

#: `(h, w)` uint8 and a source of chance to `(h, w)` uint8, of whatever size.
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def encode(gray: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(gray)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _resize(side: int) -> Change:
    def change(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(Image.fromarray(gray).resize((side, side), Image.Resampling.BICUBIC))

    return change


def _compress(quality: int) -> Change:
    return lambda gray, rng: np.asarray(Image.open(io.BytesIO(encode(gray, quality))))


def _gamma(exponent: float) -> Change:
    return lambda gray, rng: np.rint(255 * (gray / 255) ** exponent).astype(np.uint8)


def _contrast(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip((gray - gray.mean()) * 1.5 + gray.mean(), 0, 255).astype(np.uint8)


def _brighten(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(gray.astype(int) + 30, 0, 255).astype(np.uint8)


def _equalize(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(ImageOps.equalize(Image.fromarray(gray)))


def _sharpen(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(Image.fromarray(gray).filter(ImageFilter.UnsharpMask(2, 150, 0)))


def _blur(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    radius = gray.shape[0] / 256
    return np.asarray(Image.fromarray(gray).filter(ImageFilter.GaussianBlur(radius)))


def _noise(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(gray + rng.normal(0, 8, gray.shape), 0, 255).astype(np.uint8)


def _stretch(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = gray.shape
    wide = round(width * float(rng.choice([0.85, 0.9, 1.1, 1.15])))
    return np.asarray(Image.fromarray(gray).resize((wide, height), Image.Resampling.BICUBIC))


def _write(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = gray.shape
    image = Image.fromarray(gray.copy())
    top = rng.uniform(0.01, 0.1) if rng.random() < 0.5 else rng.uniform(0.85, 0.93)
    place = (int(rng.uniform(0, 0.6) * width), int(top * height))
    ImageDraw.Draw(image).text(place, "R 12:34 SE 4 IM 17", fill=255, font_size=height // 25)
    return np.asarray(image)


def _crop(share: float) -> Change:
    """Off every side."""

    def change(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        down, across = (round(side * share) for side in gray.shape)
        return gray[down : gray.shape[0] - down, across : gray.shape[1] - across]

    return change


def _crop_one_side(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """6% in all, off any of the sides: the head moves."""
    height, width = gray.shape
    top, left = (int(rng.integers(0, round(side * 0.06) + 1)) for side in gray.shape)
    return gray[
        top : top + height - round(height * 0.06), left : left + width - round(width * 0.06)
    ]


def _pad(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    down, across = (round(side * 0.08) for side in gray.shape)
    return np.pad(gray, ((down, down), (across, across)))


def _turn(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.rot90(gray, int(rng.integers(1, 4)))


PHOTOMETRIC: dict[str, Change] = {
    "resize 224": _resize(224),
    "resize 256": _resize(256),
    "JPEG 40": _compress(40),
    "JPEG 65": _compress(65),
    "JPEG 90": _compress(90),
    "gamma 0.6": _gamma(0.6),
    "gamma 1.6": _gamma(1.6),
    "contrast 1.5": _contrast,
    "brightness +30": _brighten,
    "equalized": _equalize,
    "sharpened": _sharpen,
    "blurred": _blur,
    "noise": _noise,
    "stretched": _stretch,
    "text overlay": _write,
}
GEOMETRIC: dict[str, Change] = {
    "crop 3%": _crop(0.03),
    "crop 6%": _crop(0.06),
    "crop 6% off center": _crop_one_side,
    "pad 8%": _pad,
    "mirror": lambda gray, rng: gray[:, ::-1],
    "turn": _turn,
}
CHANGES = PHOTOMETRIC | GEOMETRIC
