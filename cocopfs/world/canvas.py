"""The picture while it is being drawn: shapes in linear light, and what each pixel shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cocopfs.records import Box

Colour = tuple[float, float, float]  # linear red, green, blue
Point = tuple[float, float]  # x, y in pixels

_SHIFT = 4  # fractional bits of polygon corners
_BACKGROUND = 0  # the owner of pixels that belong to no thing
_SMALLEST_PART = 4.0  # px² of an outline that an annotator would still draw


@dataclass(frozen=True)
class Sun:
    """The light of a scene: unit direction *towards* the light (x right, y down, z to the viewer),
    strength of the light and of the sky, and how warm the light is."""

    direction: tuple[float, float, float]
    key: float
    ambient: float
    warmth: float


@dataclass(frozen=True)
class Pattern:
    """A second colour on a shape: stripes across, stripes down, or dots, `step` pixels apart."""

    form: str
    colour: Colour
    step: float


@dataclass(frozen=True, eq=False)
class Thing:
    """Something that an annotator would outline, as far as it is visible."""

    category: str
    box: Box
    polygons: tuple[tuple[float, ...], ...]  # x, y, x, y, ... in pixel edges
    area: float
    mask: NDArray[np.bool_]


class Canvas:
    """`pixels`: (h, w, 3) float32 linear RGB; `owner`: (h, w) uint8, the thing that each shows."""

    def __init__(self, width: int, height: int, sun: Sun) -> None:
        self.width = width
        self.height = height
        self.sun = sun
        self.pixels = np.zeros((height, width, 3), np.float32)
        self.owner = np.zeros((height, width), np.uint8)
        self._categories: list[str] = []
        self._drawing = _BACKGROUND

    # --- things -----------------------------------------------------------------------------------

    @contextmanager
    def thing(self, category: str) -> Iterator[int]:
        """What is drawn inside belongs to one new thing of a COCO category. Yields its number."""
        self._categories.append(category)
        number = len(self._categories)
        with self.part_of(number):
            yield number

    @contextmanager
    def part_of(self, number: int) -> Iterator[None]:
        """What is drawn inside belongs to a thing that is there already; 0: to none."""
        before, self._drawing = self._drawing, number
        try:
            yield
        finally:
            self._drawing = before

    def things(self) -> list[tuple[int, Thing]]:
        """The things of which something is visible, each with its number."""
        found = []
        for number, category in enumerate(self._categories, start=1):
            thing = _outlined(category, self.owner == number)
            if thing is not None:
                found.append((number, thing))
        return found

    # --- backgrounds ------------------------------------------------------------------------------

    def gradient(self, top: float, bottom: float, above: ArrayLike, below: ArrayLike) -> None:
        """Fill the rows from top to bottom."""
        first, last = max(round(top), 0), min(round(bottom), self.height)
        if last > first:
            t = np.linspace(0, 1, last - first, dtype=np.float32)[:, None, None]
            rows = np.asarray(above, np.float32) * (1 - t) + np.asarray(below, np.float32) * t
            self.pixels[first:last] = rows

    def grain(self, top: float, bottom: float, amount: float, scale: float, seed: int) -> None:
        """Make the rows from top to bottom uneven: grass, sand, asphalt, snow."""
        first, last = max(round(top), 0), min(round(bottom), self.height)
        if last > first:
            noise = _noise(scale)
            y = seed % (noise.shape[0] - (last - first))
            x = seed // 7919 % (noise.shape[1] - self.width)
            patch = noise[y : y + last - first, x : x + self.width]
            self.pixels[first:last] *= (1 + amount * patch)[..., None]

    def blur(self, sigma: float) -> None:
        """Put everything drawn so far out of focus."""
        cv2.GaussianBlur(self.pixels, (0, 0), sigma, dst=self.pixels)

    # --- shapes -----------------------------------------------------------------------------------

    def flat(self, points: ArrayLike, colour: ArrayLike, smooth: bool = False) -> None:
        """A polygon without relief."""
        self._paint(points, colour, 0.0, smooth, 0.0, 0.0, None)

    def solid(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        roundness: float,
        *,
        smooth: bool = False,
        gloss: float = 0.08,
        shadow: float = 0.22,
        pattern: Pattern | None = None,
    ) -> None:
        """A polygon that is puffed up like a cushion and lit by the sun.

        roundness: how far from its border it curves, in pixels. shadow: how much it darkens what
        lies just behind its border, which keeps limbs apart from bodies.
        """
        self._paint(points, colour, max(roundness, 0.8), smooth, gloss, shadow, pattern)

    def limb(
        self,
        start: Point,
        end: Point,
        start_radius: float,
        end_radius: float,
        colour: ArrayLike,
        *,
        gloss: float = 0.08,
        shadow: float = 0.22,
        pattern: Pattern | None = None,
    ) -> None:
        """A tapered capsule: arms, legs, poles, frames."""
        points = capsule(start, end, start_radius, end_radius)
        roundness = 0.75 * max(start_radius, end_radius)
        self.solid(points, colour, roundness, gloss=gloss, shadow=shadow, pattern=pattern)

    def ball(
        self,
        centre: Point,
        radius: float,
        colour: ArrayLike,
        *,
        height: float | None = None,
        turn: float = 0.0,
        gloss: float = 0.15,
        shadow: float = 0.22,
    ) -> None:
        """An ellipsoid; `height`: its other radius; `turn` in radians."""
        other = radius if height is None else height
        points = ellipse(centre, radius, other, turn)
        self.solid(points, colour, 0.55 * min(radius, other), gloss=gloss, shadow=shadow)

    def disc(
        self, centre: Point, radius: float, colour: ArrayLike, height: float | None = None
    ) -> None:
        """A flat ellipse."""
        self.flat(ellipse(centre, radius, radius if height is None else height), colour)

    def line(self, start: Point, end: Point, thickness: float, colour: ArrayLike) -> None:
        """A flat line: strings, markings, spokes."""
        self.flat(capsule(start, end, thickness / 2, thickness / 2), colour)

    def ring(self, centre: Point, radius: float, thickness: float, colour: ArrayLike) -> None:
        """A flat circle line: wheels, rims."""
        margin = radius + thickness + 2
        corners = np.array([[centre[0] - margin] * 2, [centre[0] + margin] * 2])
        corners[:, 1] = centre[1] - margin, centre[1] + margin
        area = self._area(corners, 1)
        if area is None:
            return
        mask = np.zeros((area[0].stop - area[0].start, area[1].stop - area[1].start), np.uint8)
        origin = (centre[0] - area[1].start, centre[1] - area[0].start)
        for size, value in ((radius + thickness / 2, 255), (radius - thickness / 2, 0)):
            cv2.fillPoly(mask, [_fixed(ellipse(origin, size, size))], value, cv2.LINE_AA, _SHIFT)
        cover = mask.astype(np.float32)[..., None] / 255
        self.pixels[area] += (np.asarray(colour, np.float32) - self.pixels[area]) * cover
        self._own(area, mask)

    def ground_shadow(self, centre: Point, width: float, height: float, depth: float = 0.5) -> None:
        """The soft dark ellipse without which things float."""
        area = self._area(ellipse(centre, width * 1.6, height * 1.6), 1)
        if area is None:
            return
        y = (np.arange(area[0].start, area[0].stop, dtype=np.float32) - centre[1]) / height
        x = (np.arange(area[1].start, area[1].stop, dtype=np.float32) - centre[0]) / width
        fall = np.exp(-1.6 * (x[None] ** 2 + y[:, None] ** 2))
        self.pixels[area] *= (1 - depth * fall)[..., None]

    def layer(self, colour: NDArray[np.float32], opacity: NDArray[np.float32]) -> None:
        """Put a whole picture over this one: (h, w, 3) linear RGB and (h, w) in [0, 1]."""
        rows = np.flatnonzero(opacity.any(1))
        columns = np.flatnonzero(opacity.any(0))
        if len(rows) == 0:
            return
        area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        cover = opacity[area]
        self.pixels[area] += (colour[area] - self.pixels[area]) * cover[..., None]
        self.owner[area][cover > 0.5] = self._drawing

    # --- how --------------------------------------------------------------------------------------

    def _paint(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        roundness: float,
        smooth: bool,
        gloss: float,
        shadow: float,
        pattern: Pattern | None,
    ) -> None:
        outline = np.asarray(points, np.float64).reshape(-1, 2)
        if smooth:
            outline = _spline(outline)
        area = self._area(outline, 2 + (2 * roundness if shadow else 0))
        if area is None:
            return
        mask = np.zeros((area[0].stop - area[0].start, area[1].stop - area[1].start), np.uint8)
        corner = np.array([area[1].start, area[0].start])
        cv2.fillPoly(mask, [_fixed(outline - corner)], 255, cv2.LINE_AA, _SHIFT)
        cover = mask.astype(np.float32)
        cover *= 1 / 255
        below = self.pixels[area]
        paint = self._albedo(np.asarray(colour, np.float32), pattern, corner, mask.shape)
        if roundness:
            softened = _soften(cover, roundness)
            if shadow:
                below *= (1 - shadow * softened * (1 - cover))[..., None]
            paint = self._lit(paint, softened, roundness, gloss)
        below += (paint - below) * cover[..., None]
        self._own(area, mask)

    def _own(self, area: tuple[slice, slice], mask: NDArray[np.uint8]) -> None:
        self.owner[area][mask > 127] = self._drawing

    def _area(self, outline: NDArray[np.float64], margin: float) -> tuple[slice, slice] | None:
        x0, y0 = np.floor(outline.min(0) - margin).astype(int)
        x1, y1 = np.ceil(outline.max(0) + margin).astype(int) + 1
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, self.width), min(y1, self.height)
        return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None

    @staticmethod
    def _albedo(
        colour: NDArray[np.float32],
        pattern: Pattern | None,
        corner: NDArray[np.int_],
        shape: tuple[int, ...],
    ) -> NDArray[np.float32]:
        if pattern is None:
            return colour
        y = np.arange(shape[0], dtype=np.float32)[:, None] + corner[1]
        x = np.arange(shape[1], dtype=np.float32)[None] + corner[0]
        turn = 2 * math.pi / pattern.step
        if pattern.form == "dots":
            wave = np.sin(x * turn) * np.sin(y * turn) - 0.35
        else:
            wave = np.sin((y if pattern.form == "stripes" else x) * turn) + 0 * x + 0 * y
        share = np.clip(0.5 + wave * pattern.step * 0.16, 0, 1)[..., None]
        mixed: NDArray[np.float32] = colour + (np.array(pattern.colour, np.float32) - colour) * share
        return mixed

    def _lit(
        self,
        albedo: NDArray[np.float32],
        softened: NDArray[np.float32],
        roundness: float,
        gloss: float,
    ) -> NDArray[np.float32]:
        """Lambert's law with a wrapped terminator, a sky that is brighter above, a highlight.

        The slope of the softened mask stands for the slope of the cushion.
        """
        steep = -1.7 * roundness
        nx = cv2.Sobel(softened, cv2.CV_32F, 1, 0, ksize=3, scale=steep / 4)
        ny = cv2.Sobel(softened, cv2.CV_32F, 0, 1, ksize=3, scale=steep / 4)
        nz = 1 / np.sqrt(nx * nx + ny * ny + 1)
        ny *= nz
        facing = nx
        facing *= nz
        facing *= self.sun.direction[0]
        facing += ny * self.sun.direction[1] + nz * self.sun.direction[2]
        direct = np.clip((facing + 0.3) / 1.3, 0, 1)
        sky = 0.74 - 0.28 * ny
        warm = self.sun.warmth
        tint = np.array([[1 + warm, 1.0, 1 - warm], [1 - warm / 2, 1.0, 1 + warm / 2]], np.float32)
        tint *= np.array([[self.sun.key], [self.sun.ambient]], np.float32)
        lit: NDArray[np.float32] = np.stack([direct, sky], -1) @ tint
        lit *= albedo
        if gloss:
            half = facing + nz  # about twice the cosine to the half-way direction
            half *= 1 / math.sqrt(2 + 2 * self.sun.direction[2])
            np.clip(half, 0, 1, out=half)
            for _ in range(4):
                half *= half
            lit += (gloss * half)[..., None]
        return lit


# --- outlines -------------------------------------------------------------------------------------


def ellipse(centre: Point, across: float, down: float, turn: float = 0.0) -> NDArray[np.float64]:
    count = 12 if max(across, down) < 4 else 20 if max(across, down) < 40 else 40
    t = np.linspace(0, 2 * math.pi, count, endpoint=False)
    x, y = across * np.cos(t), down * np.sin(t)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], 1)


def capsule(
    start: Point, end: Point, start_radius: float, end_radius: float
) -> NDArray[np.float64]:
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    angle = math.atan2(b[1] - a[1], b[0] - a[0])
    front = angle + np.linspace(-math.pi / 2, math.pi / 2, 7)
    back = angle + np.linspace(math.pi / 2, 3 * math.pi / 2, 7)
    return np.concatenate(
        [
            b + end_radius * np.stack([np.cos(front), np.sin(front)], 1),
            a + start_radius * np.stack([np.cos(back), np.sin(back)], 1),
        ]
    )


def rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def rounded(
    left: float, top: float, right: float, bottom: float, radius: float
) -> NDArray[np.float64]:
    """A rectangle with round corners."""
    corners = [(right, top, -90), (right, bottom, 0), (left, bottom, 90), (left, top, 180)]
    points = []
    for x, y, first in corners:
        centre = x - math.copysign(radius, x - left - radius), y - math.copysign(
            radius, y - top - radius
        )
        t = np.radians(first + np.linspace(0, 90, 5))
        points.append(np.stack([centre[0] + radius * np.cos(t), centre[1] + radius * np.sin(t)], 1))
    return np.concatenate(points)


def _spline(points: NDArray[np.float64], steps: int = 6) -> NDArray[np.float64]:
    """A closed Catmull-Rom curve through the points."""
    before, after, next_but_one = (np.roll(points, shift, 0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * points
        + (after - before) * t
        + (2 * before - 5 * points + 4 * after - next_but_one) * t**2
        + (3 * points - before - 3 * after + next_but_one) * t**3
    )
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _soften(mask: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A Gaussian blur; a wide one is done on a smaller copy."""
    height, width = mask.shape
    factor = int(sigma // 2.5)
    if factor < 2 or min(height, width) < 4 * factor:
        return cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]
    small = cv2.resize(
        mask, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA
    )
    cv2.GaussianBlur(small, (0, 0), sigma / factor, dst=small, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


@cache
def _noise(scale: float) -> NDArray[np.float32]:
    """(900, 1100) of noise with details of `scale` pixels and finer, standard deviation 1."""
    rng = np.random.default_rng(round(scale * 100))
    total = np.zeros((900, 1100), np.float32)
    for octave in range(3):
        sigma = max(scale / 2**octave, 0.4)
        white = rng.standard_normal(total.shape, np.float32)
        # Wider than high: seen along the ground, everything is flattened.
        soft = cv2.GaussianBlur(white, (0, 0), sigmaX=sigma * 1.8, sigmaY=max(sigma * 0.7, 0.4))
        total += soft / soft.std() / np.float32(1.6**octave)
    return total / total.std()


# --- annotations ----------------------------------------------------------------------------------


def _outlined(category: str, mask: NDArray[np.bool_]) -> Thing | None:
    area = int(np.count_nonzero(mask))
    if area < _SMALLEST_PART:
        return None
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = Box(
        float(columns[0]),
        float(rows[0]),
        float(columns[-1] + 1 - columns[0]),
        float(rows[-1] + 1 - rows[0]),
    )
    return Thing(category, box, _polygons(mask), float(area), mask)


def _polygons(mask: NDArray[np.bool_]) -> tuple[tuple[float, ...], ...]:
    outlines: Sequence[NDArray[np.int32]] = cv2.findContours(  # type: ignore[assignment]
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1
    )[0]
    polygons = []
    for outline in outlines:
        if len(outline) >= 3 and cv2.contourArea(outline) >= _SMALLEST_PART:
            polygons.append(tuple(float(value) + 0.5 for value in outline.reshape(-1)))
    return tuple(polygons)
