"""A face's age as insightface's attribute network guesses it (`genderage.onnx` of buffalo_l)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.graph import read_graph, refuse_interface
from cocopfs.faces.session import Device, open_session
from cocopfs.records import Face

SIDE = 96
"""Side of the crop that insightface's attribute network takes, pixels."""


class AgeNetwork:
    """A network that guesses ages. May be used by several threads at once.

    The guess errs by years: it is good for leaving faces out, not for telling how old somebody is.
    """

    def __init__(self, path: Path, device: Device, threads: int) -> None:
        """Raises UsageError when the file is no network of insightface's gender and age."""
        from insightface.model_zoo.attribute import Attribute  # slow to import

        graph = read_graph(path)
        fits = len(graph.inputs) == 1 and len(graph.outputs) == 1
        fits = fits and graph.inputs[0].shape[1:] == (3, SIDE, SIDE)
        fits = fits and graph.inputs[0].shape[0] in (None, 1)
        if not (fits and graph.outputs[0].shape[1:] == (3,)):
            expected = f"one input [n, 3, {SIDE}, {SIDE}] and one output [n, 3]"
            raise refuse_interface(path, "age network", graph, expected)
        self._path = path
        self._attribute = Attribute(str(path), open_session(path, device, threads))

    def guess(self, picture: NDArray[np.uint8], face: Face) -> int:
        """Age in whole years, as insightface's `Attribute.get` rounds it.

        picture: (H, W, 3) uint8 BGR; what the crop wants outside of it is black. The crop is a
        square about the middle of the face's box, one and a half times its longer side.
        Raises ValueError when the box has no size, UsageError when the network gives no number: it
        is broken.
        """
        from insightface.app.common import Face as InsightFace

        box = face.box
        if not max(box.width, box.height) > 0:
            raise ValueError(f"a face of {box.width:g}x{box.height:g} pixels cannot be cut out")
        edges = np.array([box.x, box.y, box.x + box.width, box.y + box.height], np.float64)
        try:
            _, age = self._attribute.get(picture, InsightFace(bbox=edges))
        except (ValueError, OverflowError) as error:  # of int(nan) and int(inf)
            raise UsageError(
                f"the age network {self._path} gave no number for an age: {error}",
                expected="a hundredth of the age in years",
                hint="get the file again, or run it on another device",
            ) from error
        return int(age)
