"""Shapes and coordinates: ellipses, star-shaped outlines, and the way from a head to a picture.

Head coordinates run right (x) and down (y); a head is about two units high. Picture coordinates
run from -1 to 1 over the width and the height of the picture.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Arrays are float32 throughout; NumPy's types cannot say so of sums and products.
Floats = NDArray[np.floating[Any]]

#: Angles at which an outline's radius is known.
OUTLINE_POINTS = 72


class Points(NamedTuple):
    """Points of the plane, two arrays of the same shape."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class Ellipse:
    """An ellipse.

    Attributes:
        x: Center, head coordinates.
        y: Center, head coordinates.
        a: Half axis along x before the turn.
        b: Half axis along y before the turn.
        angle: Turn in radians, clockwise as a viewer sees it.
    """

    x: float
    y: float
    a: float
    b: float
    angle: float = 0.0

    def distance(self, points: Points) -> Floats:
        """Measure the signed distance to the ellipse, to first order.

        Args:
            points: Head coordinates.

        Returns:
            float32 of the points' shape, negative inside.
        """
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        dx, dy = points.x - self.x, points.y - self.y
        u, v = (
            (dx * cos + dy * sin) / self.a,
            (dy * cos - dx * sin) / self.b,
        )
        level = np.sqrt(u * u + v * v) + 1e-6
        slope = np.sqrt((u / self.a) ** 2 + (v / self.b) ** 2)
        return level * (level - 1) / (slope + 1e-6)


def union_distance(ellipses: tuple[Ellipse, ...], points: Points) -> Floats:
    """Measure the signed distance to a union of ellipses, corners rounded.

    Args:
        ellipses: At least one ellipse.
        points: Head coordinates.

    Returns:
        float32 of the points' shape, negative inside.
    """
    result = ellipses[0].distance(points)
    for ellipse in ellipses[1:]:
        result = smooth_minimum(result, ellipse.distance(points))
    return result


def smooth_minimum(one: Floats, other: Floats, radius: float = 0.06) -> Floats:
    """Take the smaller of two distances, and a little less where they are close."""
    overlap = np.clip(1 - np.abs(one - other) / radius, 0, None)
    return np.minimum(one, other) - overlap * overlap * (radius / 4)


def coverage(distance: Floats, width: float) -> Floats:
    """Turn signed distances into opacities in [0, 1], with an edge of the given width."""
    opacity: Floats = np.clip(0.5 - distance * (1 / width), 0, 1)
    return opacity


@dataclass(frozen=True)
class Outline:
    """A closed line that every ray from its center meets once.

    Attributes:
        x: Center, head coordinates.
        y: Center, head coordinates.
        radii: float32 (OUTLINE_POINTS,), radius at equally spaced angles from -pi on.
    """

    x: float
    y: float
    radii: Floats

    def scaled_radius(self, points: Points) -> Floats:
        """Measure how far out points lie: 0 in the center, 1 on the line.

        Args:
            points: Head coordinates.

        Returns:
            float32 of the points' shape, not negative.
        """
        dx, dy = points.x - self.x, points.y - self.y
        turn = (np.arctan2(dy, dx) + np.pi) * (OUTLINE_POINTS / (2 * np.pi))
        before = np.floor(turn)
        corner = before.astype(np.intp)
        low, high = (self.radii[(corner + step) % OUTLINE_POINTS] for step in (0, 1))
        radius: Floats = np.sqrt(dx * dx + dy * dy) / (low + (high - low) * (turn - before))
        return radius

    def line(self) -> Points:
        """List the points of the line, in order."""
        angles = outline_angles()
        return Points(self.x + self.radii * np.cos(angles), self.y + self.radii * np.sin(angles))


def outline_angles() -> Floats:
    """List the angles of an outline's points, radians, from -pi on."""
    return np.linspace(-np.pi, np.pi, OUTLINE_POINTS, endpoint=False, dtype=np.float32)


@dataclass(frozen=True)
class View:
    """How a patient lies in the scanner: the way between picture and head coordinates.

    Attributes:
        shift_x: Where the head's origin lies, picture coordinates.
        shift_y: Where the head's origin lies, picture coordinates.
        zoom: Picture units per head unit, along y.
        aspect: Width against height, 1 for an average head.
        angle: Turn of the head in radians.
        waves: float32 (2, terms, 4): amplitude, two wave numbers and phase of a smooth
            deformation along x and along y.
    """

    shift_x: float
    shift_y: float
    zoom: float
    aspect: float
    angle: float
    waves: Floats

    def to_head(self, points: Points) -> Points:
        """Take picture coordinates to head coordinates."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        dx, dy = points.x - self.shift_x, points.y - self.shift_y
        x = (dx * cos + dy * sin) / (self.zoom * self.aspect)
        y = (dy * cos - dx * sin) / self.zoom
        offset = self._offset(Points(x, y))
        return Points(x + offset.x, y + offset.y)

    def to_picture(self, points: Points) -> Points:
        """Take head coordinates to picture coordinates, the inverse of `to_head`."""
        x, y = points
        for _ in range(6):
            offset = self._offset(Points(x, y))
            x, y = points.x - offset.x, points.y - offset.y
        x, y = x * (self.zoom * self.aspect), y * self.zoom
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return Points(self.shift_x + x * cos - y * sin, self.shift_y + x * sin + y * cos)

    def _offset(self, points: Points) -> Points:
        along, across = np.zeros_like(points.x), np.zeros_like(points.y)
        for total, terms in zip((along, across), self.waves, strict=True):
            for amount, kx, ky, phase in terms:
                total += amount * np.sin(kx * points.x + ky * points.y + phase)
        return Points(along, across)


def pixel_grid(size: int) -> Points:
    """List the picture coordinates of the pixels' centers, two arrays (size, size)."""
    ticks = (np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1
    x, y = np.meshgrid(ticks, ticks)
    return Points(x, y)
