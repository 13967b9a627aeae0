"""Pages: single HTML files that need nothing else to be read."""

import base64
import io
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from matplotlib.figure import Figure
from PIL import Image

from brain_tumor_kedro.assessment.formatting import (
    format_duration,
    format_number,
    format_probability,
    format_setting,
    format_share,
    format_words,
)

Figures = Mapping[str, tuple[Figure | bytes, str]]

#: Dots per inch at which figures are drawn into the page.
RESOLUTION = 120

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: How a picture of slices is written into the page: what is lost is less than a screen shows.
LOSSY = {"quality": 85, "method": 4}

#: How a chart is written: every pixel as it was.
LOSSLESS = {"lossless": True, "quality": 50, "method": 1}

#: Bytes of PNG per pixel from which on a picture is one of slices: charts take less than 0.2.
OF_SLICES = 0.25


def render_page(template: str, **values: Any) -> str:
    """Fill in one of the templates.

    Args:
        template: Its file's name.
        values: What it needs; what is not there is left out, or shown as a dash.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.
    """
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=format_number,
        share=format_share,
        probability=format_probability,
        duration=format_duration,
        words=format_words,
        known=format_setting,
    )
    return environment.get_template(template).render(**values).strip() + "\n"


def embed_figures(figures: Figures) -> Iterator[dict[str, Any]]:
    """Turn figures into what the templates show.

    Args:
        figures: By name, in order: a figure, or the bytes of a PNG, and its caption.

    Yields:
        `name`, `caption`, `webp` in base64, and `width` and `height` in CSS pixels.

    Raises:
        ValueError: A figure's bytes are not a PNG.
    """
    for name, (figure, caption) in figures.items():
        png = _draw(figure) if isinstance(figure, Figure) else figure
        if not png.startswith(PNG_SIGNATURE):
            raise ValueError(
                f"Expected the figure {name!r} as a Figure or as the bytes of a PNG, received "
                f"bytes that start with {png[:8]!r}. Save it with format='png'."
            )
        with Image.open(io.BytesIO(png)) as image:
            picture = image.convert("RGB")
        width, height = (side * 96 // RESOLUTION for side in picture.size)
        webp = base64.b64encode(_compress(picture, len(png))).decode()
        yield {"name": name, "caption": caption, "webp": webp, "width": width, "height": height}


def _compress(picture: Image.Image, png_bytes: int) -> bytes:
    """Write a picture as WebP, which every browser reads: a fifth of the PNG's bytes."""
    detailed = png_bytes > OF_SLICES * picture.width * picture.height
    return _encode(picture, LOSSY if detailed else LOSSLESS)


def _encode(picture: Image.Image, settings: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="WEBP", **settings)
    return buffer.getvalue()


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Turn nested settings into one level: {"head.units": 256}."""
    if isinstance(value, Mapping):
        flat: dict[str, Any] = {}
        for key, inner in value.items():
            flat |= flatten(inner, f"{path}.{key}" if path else str(key))
        return flat
    if isinstance(value, list | tuple):
        return {path: ", ".join(format_setting(item) for item in value)}
    return {path: value}


def _draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=RESOLUTION)
    return buffer.getvalue()
