"""The picture while it is being drawn: shapes in linear light, and what each pixel shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cocopfs.records import Box
from cocopfs.world.outlines import Outline, Point, ellipse, spline
from cocopfs.world.pose import View
from cocopfs.world.seeds import generator

_SHIFT = 4  # fractional bits of polygon corners
_NOTHING = 0  # the owner of pixels that belong to no thing
_SMALLEST_PART = 4.0  # px² of an outline that an annotator would still draw


@dataclass(frozen=True)
class Pattern:
    """A second colour on a shape. form: stripes, columns, checks or dots; step: pixels."""

    form: str
    colour: tuple[float, float, float]
    step: float


@dataclass(frozen=True, eq=False)
class Thing:
    """Something that an annotator would outline, as far as it is visible."""

    category: str
    box: Box
    polygons: tuple[tuple[float, ...], ...]  # x, y, x, y, ...; they cover holes
    area: float  # of the polygons
    mask: NDArray[np.bool_]  # (h, w)

    @classmethod
    def of(cls, category: str, mask: NDArray[np.bool_]) -> Thing | None:
        """The outlines of a mask; None where there is too little to draw any."""
        outlines = _outlines(mask)
        if not outlines:
            return None
        corners = np.concatenate(outlines)
        (left, top), (right, bottom) = corners.min(0), corners.max(0) + 1
        box = Box(float(left), float(top), float(right - left), float(bottom - top))
        polygons = tuple(tuple((one + 0.5).ravel().tolist()) for one in outlines)
        # An outline runs through the middles of its pixels, half of which lie outside.
        area = sum(cv2.contourArea(one) + cv2.arcLength(one, True) / 2 + 1 for one in outlines)
        return cls(category, box, polygons, area, mask)


class Canvas:
    """`pixels`: (h, w, 3) float32 linear RGB; `owner`: (h, w) uint8, the number of the thing that
    each pixel shows; `bare`: (h, w) bool, where nothing was drawn since it was set to True."""

    def __init__(self, width: int, height: int, view: View) -> None:
        self.width = width
        self.height = height
        self.view = view
        self.pixels = np.zeros((height, width, 3), np.float32)
        self.owner = np.zeros((height, width), np.uint8)
        self.bare = np.zeros((height, width), np.bool_)
        self._categories: list[str] = []
        self._drawing = _NOTHING

    # --- things -----------------------------------------------------------------------------------

    @contextmanager
    def thing(self, category: str) -> Iterator[int]:
        """What is drawn inside belongs to one new thing. Yields its number, from 1."""
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

    def things(self) -> dict[int, Thing]:
        """The things of which something is visible, by number."""
        found = {
            number: Thing.of(category, self.owner == number)
            for number, category in enumerate(self._categories, start=1)
        }
        return {number: thing for number, thing in found.items() if thing is not None}

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
            self.pixels[first:last] *= np.maximum(1 + amount * patch, 0.1)[..., None]

    def blur(self, sigma: float) -> None:
        """Put everything drawn so far out of focus."""
        cv2.GaussianBlur(self.pixels, (0, 0), sigma, dst=self.pixels)

    # --- shapes -----------------------------------------------------------------------------------

    def flat(self, points: ArrayLike, colour: ArrayLike, *, smooth: bool = False) -> None:
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
        """A polygon that is puffed up like a cushion and lit.

        roundness: how far from its border it curves, in pixels. shadow: how much it darkens what
        lies just beyond its border, which keeps limbs apart from bodies.
        """
        self._paint(points, colour, max(roundness, 0.8), smooth, gloss, shadow, pattern)

    def ring(self, centre: Point, radius: float, thickness: float, colour: ArrayLike) -> None:
        """A flat circle line: wheels, rims."""
        outer = ellipse(centre, radius + thickness / 2, radius + thickness / 2)
        area = self._area(outer, 2)
        if area is None:
            return
        inner = ellipse(centre, radius - thickness / 2, radius - thickness / 2)
        mask = self._mask(area, outer)
        corner = area[1].start, area[0].start
        cv2.fillPoly(mask, [_fixed(inner - corner)], 0, cv2.LINE_AA, _SHIFT)
        cover = mask.astype(np.float32)[..., None] / 255
        self.pixels[area] += (np.asarray(colour, np.float32) - self.pixels[area]) * cover
        self._own(area, mask > 127)

    def ground_shadow(self, centre: Point, width: float, height: float, depth: float = 0.5) -> None:
        """The soft dark ellipse without which things float; width, height: radii in pixels."""
        area = self._area(ellipse(centre, width * 1.6, height * 1.6), 1)
        if area is None:
            return
        y = (np.arange(area[0].start, area[0].stop, dtype=np.float32) - centre[1]) / height
        x = (np.arange(area[1].start, area[1].stop, dtype=np.float32) - centre[0]) / width
        fall = np.exp(-1.6 * (x[None] ** 2 + y[:, None] ** 2))
        self.pixels[area] *= (1 - depth * fall)[..., None]

    def layer(self, colour: NDArray[np.float32], opacity: NDArray[np.float32]) -> None:
        """Lay a picture over this one: (h, w, 3) linear RGB, not premultiplied, and (h, w)."""
        rows = np.flatnonzero(opacity.any(1))
        columns = np.flatnonzero(opacity.any(0))
        if len(rows) == 0:
            return
        area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        cover = opacity[area]
        self.pixels[area] += (colour[area] - self.pixels[area]) * cover[..., None]
        self._own(area, cover > 0.5)

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
            outline = spline(outline)
        area = self._area(outline, 2 + (2 * roundness if shadow else 0))
        if area is None:
            return
        mask = self._mask(area, outline)
        cover = mask.astype(np.float32)
        cover *= 1 / 255
        below = self.pixels[area]
        paint = np.asarray(colour, np.float32)
        if pattern is not None:
            paint = _patterned(paint, pattern, area)
        if roundness:
            softened = _soften(cover, roundness)
            if shadow:
                below *= (1 - shadow * softened * (1 - cover))[..., None]
            paint = self._lit(paint, softened, roundness, gloss)
        below += (paint - below) * cover[..., None]
        self._own(area, mask > 127)

    def _own(self, area: tuple[slice, slice], where: NDArray[np.bool_]) -> None:
        self.owner[area][where] = self._drawing
        self.bare[area][where] = False

    def _area(self, outline: Outline, margin: float) -> tuple[slice, slice] | None:
        left, top = np.floor(outline.min(0) - margin).astype(int)
        right, bottom = np.ceil(outline.max(0) + margin).astype(int) + 1
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, self.width), min(bottom, self.height)
        return (slice(top, bottom), slice(left, right)) if right > left and bottom > top else None

    @staticmethod
    def _mask(area: tuple[slice, slice], outline: Outline) -> NDArray[np.uint8]:
        mask = np.zeros((area[0].stop - area[0].start, area[1].stop - area[1].start), np.uint8)
        corner = area[1].start, area[0].start
        cv2.fillPoly(mask, [_fixed(outline - corner)], 255, cv2.LINE_AA, _SHIFT)
        return mask

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
        view, light = self.view, self.view.light
        steep = -1.7 * roundness / 4
        nx = cv2.Sobel(softened, cv2.CV_32F, 1, 0, ksize=3, scale=steep)
        ny = cv2.Sobel(softened, cv2.CV_32F, 0, 1, ksize=3, scale=steep)
        nz = 1 / np.sqrt(nx * nx + ny * ny + 1)
        nx *= nz
        ny *= nz
        facing = nx * light[0] + ny * light[1] + nz * light[2]
        direct = np.clip((facing + 0.3) / 1.3, 0, 1)
        sky = 0.74 - 0.28 * ny
        tint = np.array(
            [
                [1 + view.warmth, 1, 1 - view.warmth],
                [1 - view.warmth / 2, 1, 1 + view.warmth / 2],
            ],
            np.float32,
        )
        tint *= np.array([[view.key], [view.ambient]], np.float32)
        lit: NDArray[np.float32] = np.stack([direct, sky], -1) @ tint
        lit *= albedo
        if gloss:
            half = np.clip((facing + nz) / math.sqrt(2 + 2 * max(light[2], 0)), 0, 1)
            for _ in range(4):
                half *= half
            lit += (gloss * half)[..., None]
        return lit


def _patterned(
    colour: NDArray[np.float32], pattern: Pattern, area: tuple[slice, slice]
) -> NDArray[np.float32]:
    turn = np.float32(2 * math.pi / pattern.step)
    down = np.sin(np.arange(area[0].start, area[0].stop, dtype=np.float32) * turn)[:, None]
    across = np.sin(np.arange(area[1].start, area[1].stop, dtype=np.float32) * turn)[None]
    wave = {
        "stripes": down + 0 * across,
        "columns": across + 0 * down,
        "checks": np.maximum(down - 0.4, across - 0.4),
        "dots": down * across - 0.35,
    }[pattern.form]
    share = np.clip(0.5 + wave * np.float32(pattern.step * 0.16), 0, 1)[..., None]
    return np.asarray(colour + (np.array(pattern.colour, np.float32) - colour) * share)


def _fixed(points: Outline) -> NDArray[np.int32]:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _soften(mask: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A Gaussian blur; a wide one is done on a smaller copy."""
    height, width = mask.shape
    factor = int(sigma // 3)
    edge = cv2.BORDER_REPLICATE
    if factor < 2 or min(height, width) < 4 * factor:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma, borderType=edge), np.float32)
    size = -(-width // factor), -(-height // factor)
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=edge)
    wide = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    # The mean over one of the small pixels takes their pattern out of the slopes.
    return np.asarray(cv2.blur(wide, (factor, factor), borderType=edge), np.float32)


@cache
def _noise(scale: float) -> NDArray[np.float32]:
    """(900, 1100) of noise with details of `scale` pixels and finer, standard deviation 1."""
    rng = generator(5, "ground", scale)
    total = np.zeros((900, 1100), np.float32)
    for octave in range(3):
        sigma = max(scale / 2**octave, 0.4)
        white = rng.standard_normal(total.shape, np.float32)
        # Wider than high: seen along the ground, everything is flattened.
        soft = cv2.GaussianBlur(white, (0, 0), sigmaX=sigma * 1.8, sigmaY=max(sigma * 0.7, 0.4))
        total += soft / soft.std() / np.float32(1.6**octave)
    return np.asarray(total / total.std(), np.float32)


# --- annotations ----------------------------------------------------------------------------------


def _outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """(n, 2) each: the outer borders of a mask's larger parts."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    return [
        np.asarray(outline[:, 0], np.int32)
        for outline in found
        if len(outline) >= 3 and cv2.contourArea(outline) >= _SMALLEST_PART
    ]
