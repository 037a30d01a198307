"""How a head is turned, from the five landmarks of its face."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

# An average face in inter-ocular distances, x to the right, y down, z to the viewer. Nose and mouth
# lie where SCRFD finds them in photographs of people who look into the camera (nose 0.52 to 0.58,
# mouth 1.02 to 1.04 below the eyes, 0.39 to 0.43 to the side) and where the drawn world has them
# on average (0.55, 0.97, 0.37); the nose's depth is that of insightface's mean face.
_FACE: Final = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.57, 0.55], [-0.39, 1.0, 0.1], [0.39, 1.0, 0.1]]
)
_DISTANCE: Final = 40.0  # of the camera, in face sizes: hardly any perspective
_AWAY: Final = np.diag([1.0, 1.0, -1.0])  # OpenCV's z points away from the viewer


class HeadPose(NamedTuple):
    """Degrees. A head with all angles 0 looks at the viewer; yaw above 0 is turned to the right of
    the picture, pitch above 0 looks up, roll above 0 is tilted clockwise."""

    yaw: float
    pitch: float
    roll: float


def head_pose(points: NDArray[np.floating[Any]]) -> HeadPose:
    """The pose in which an average face shows these landmarks, in the least squares sense.

    points: (5, 2), x and y of the landmarks of records.Face. Neither size nor place counts.
    Solved by OpenCV's `solvePnP` (SQPnP: Terzakis and Lourakis, ECCV 2020) for a camera far away on
    the axis through the face; the rotation is roll after yaw after pitch. Yaw and roll come out
    well, as faces are symmetric, but five points cannot tell pitch from a longer nose or a higher
    mouth: on drawn people the mean error is 1.5, 6 and 0.4 degrees.
    Raises ValueError for landmarks that fall into one point.
    """
    image, size = _centred(np.asarray(points, np.float64))
    if not size > 0:
        raise ValueError(f"not the landmarks of a face: {np.asarray(points).tolist()}")
    model, model_size = _centred(_FACE)
    camera = np.diag([_DISTANCE, _DISTANCE, 1.0])
    _, turn, _ = cv2.solvePnP(
        (model / model_size) @ _AWAY, image / size, camera, None, flags=cv2.SOLVEPNP_SQPNP
    )
    rotation = _AWAY @ cv2.Rodrigues(turn)[0] @ _AWAY
    return HeadPose(
        math.degrees(math.asin(min(max(-rotation[2, 0], -1.0), 1.0))),
        math.degrees(math.atan2(rotation[2, 1], rotation[2, 2])),
        math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])),
    )


def pose_difference(first: HeadPose, second: HeadPose) -> float:
    """Euclidean distance of the three angles in degrees, each taken the short way round."""
    turns = ((a - b + 180) % 360 - 180 for a, b in zip(first, second, strict=True))
    return math.hypot(*turns)


def _centred(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Points around their mean, and their root mean square distance from it in the plane."""
    centred = points - points.mean(axis=0)
    return centred, float(np.sqrt(np.square(centred[:, :2]).sum(axis=1).mean()))
