"""Putting a swapped face back into its picture: INSwapper.get of insightface beside ours.

Both align the face, make the mask, and paste what the network made of it; the network itself costs
nothing here, and OpenCV has one thread, as in a build. "ours" gives a new picture, as INSwapper.get
does; "in place" overwrites the one that it was given; "shared" is what one of five identities costs
of which aligned face and mask are the same, as in a build; "again" the last step alone, over an
earlier result.

python benchmarks/paste.py
"""

from __future__ import annotations

import contextlib
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import stand_in
from insightface.model_zoo.inswapper import INSwapper
from insightface.utils import face_align
from network import write_network
from numpy.typing import NDArray

from cocopfs.faces.inswapper import cut_out, paste_back

# Width and height of the picture, and pixels between the eyes.
CASES = ((640, 480, 25), (640, 480, 40), (640, 480, 80), (4000, 3000, 80), (4000, 3000, 250))
IDENTITIES = 5
ROUNDS = 7


def main() -> None:
    warnings.simplefilter("ignore", FutureWarning)
    cv2.setNumThreads(1)
    session = stand_in.swapper(0)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(None):
        file = Path(folder) / "small_inswapper.onnx"
        write_network(file, shrink=64)
        reference = INSwapper(str(file), session)
    print(f"OpenCV {cv2.__version__}; ms of CPU; at most so many grey levels of difference")
    print(
        f"{'picture':12}{'eyes':>5}{'INSwapper.get':>15}{'ours':>7}{'in place':>10}{'shared':>8}"
        f"{'again':>7}{'times faster':>30}{'difference':>12}"
    )
    for width, height, eyes in CASES:
        measure(reference, session, width, height, eyes)


def measure(
    reference: INSwapper, session: stand_in.StandIn, width: int, height: int, eyes: float
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    points = landmarks(eyes, (0.6 * width, 0.45 * height))
    face = SimpleNamespace(kps=points)
    source = SimpleNamespace(normed_embedding=np.full(512, 512**-0.5, np.float32))
    (made,) = session.run(None, {"target": np.zeros(1)})[0]
    target = cut_out(picture, points)
    buffer, own = picture.copy(), picture.copy()

    def whole(identities: int) -> None:
        cut, onto = cut_out(picture, points), None
        for _ in range(identities):
            onto = paste_back(picture, cut, made, onto).picture

    ways: dict[str, tuple[Callable[[], object], int]] = {
        "reference": (lambda: reference.get(picture, face, source), 1),
        "ours": (lambda: whole(1), 1),
        "in place": (lambda: paste_back(own, cut_out(own, points), made, own), 1),
        "shared": (lambda: whole(IDENTITIES), IDENTITIES),
        "again": (lambda: paste_back(picture, target, made, buffer), 1),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, (work, pictures) in ways.items():
            work()  # what one way leaves in the caches is no merit of the next
            start = time.process_time()
            work()
            best[name] = min(best[name], 1000 * (time.process_time() - start) / pictures)
    expected = np.asarray(reference.get(picture, face, source), np.int16)
    difference = np.abs(expected - paste_back(picture, target, made).picture).max()
    _, *names = ways
    times = [best["reference"] / best[name] for name in names]
    print(
        f"{f'{width} x {height}':12}{eyes:5g}{best['reference']:15.2f}"
        f"{best['ours']:7.2f}{best['in place']:10.2f}{best['shared']:8.2f}{best['again']:7.2f}"
        + "".join(f"{ratio:6.1f}x" for ratio in times).rjust(30)
        + f"{difference:12}"
    )


def landmarks(eyes: float, centre: tuple[float, float]) -> NDArray[np.float32]:
    """Of a level face about that point, with so many pixels between its eyes."""
    standard = np.asarray(face_align.arcface_dst, np.float64)
    scale = eyes / (standard[1, 0] - standard[0, 0])
    return np.asarray((standard - standard.mean(axis=0)) * scale + centre, np.float32)


if __name__ == "__main__":
    main()
