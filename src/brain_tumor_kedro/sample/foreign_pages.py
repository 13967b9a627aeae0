"""What offices scan and screens show: pages of text, windows, charts."""

import io

import numpy as np
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]

WORDS = (
    "patient", "magnetic", "resonance", "without", "contrast", "lesion", "left", "right", "lobe",
    "axial", "series", "figure", "table", "results", "the", "was", "seen", "on", "with", "a", "in",
)  # fmt: skip


def page(rng: Generator, dark: bool = False) -> Pixels:
    """A page of text, black on white or the other way round."""
    paper = Image.new("L", (400, int(rng.integers(280, 520))), 255)
    size, pen = int(rng.integers(10, 22)), ImageDraw.Draw(paper)
    for y in range(15, paper.height - size, int(size * 1.4)):
        line = " ".join(rng.choice(WORDS, int(rng.integers(3, 9))))
        pen.text((12, y), line, font=ImageFont.load_default(size), fill=int(rng.integers(0, 70)))
    pixels = np.asarray(paper)
    return 255 - pixels if dark else pixels


def screenshot(rng: Generator, color: bool = False) -> Pixels:
    """A window with a bar, a list and panels, bright or dark."""
    night = rng.random() < 0.4
    back, ink = (30, 220) if night else (240, 40)

    def shade() -> tuple[int, ...]:
        drawn: list[int] = rng.integers(20, 235, 3).tolist()
        return tuple(drawn) if color else (drawn[0],) * 3

    window = Image.new("RGB", (512, int(rng.integers(280, 400))), (back,) * 3)
    pen, font = ImageDraw.Draw(window), ImageFont.load_default(11)
    pen.rectangle([0, 0, 512, 22], fill=shade())
    pen.rectangle([0, 22, 100, window.height], fill=(abs(back - 30),) * 3)
    for line in range(12):
        pen.text((8, 30 + line * 20), str(rng.choice(WORDS)), font=font, fill=(ink,) * 3)
    for _ in range(6):
        x, y = int(rng.integers(110, 360)), int(rng.integers(30, 230))
        corner = x + int(rng.integers(40, 160)), y + int(rng.integers(20, 80))
        pen.rectangle([x, y, *corner], fill=shade(), outline=(ink,) * 3)
        pen.text((x + 4, y + 4), str(rng.choice(WORDS)), font=font, fill=(ink,) * 3)
    pixels = np.asarray(window)
    return pixels if color else pixels[..., 0]


def chart(rng: Generator) -> Pixels:
    """A line, bar or scatter chart."""
    figure = Figure(figsize=(3.6, 2.8), dpi=80)
    axes = figure.subplots()
    n = int(rng.integers(8, 40))
    steps = rng.normal(size=(3, n)).cumsum(axis=1)
    match int(rng.integers(3)):
        case 0:
            axes.plot(steps.T)
        case 1:
            axes.bar(np.arange(n), np.abs(steps[0]))
        case _:
            axes.scatter(steps[0], steps[1], s=rng.uniform(5, 80, n))
    axes.set(title=" ".join(rng.choice(WORDS, 2)), xlabel=str(rng.choice(WORDS)))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    with Image.open(buffer) as picture:
        return np.asarray(picture.convert("RGB"))
