"""The parts that networks play, and where a person gets the ones that the paper used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    DETECTOR = "detector"
    RECOGNISER = "recogniser"
    GENDER = "gender"
    ETHNICITY = "ethnicity"
    SWAPPER = "swapper"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a pack without `pack.yaml` has a role's file, and where the file comes from."""

    place: str
    source: str


_BUFFALO = (
    "buffalo_l of insightface's model zoo (non-commercial research only): "
    "https://github.com/deepinsight/insightface/tree/master/model_zoo"
)
_DEEPFACE = "https://github.com/serengil/deepface_models/releases/tag/v1.0"

ORIGINS: Mapping[Role, Origin] = {
    Role.DETECTOR: Origin("insightface/models/<name>/det_10g.onnx (SCRFD)", _BUFFALO),
    Role.RECOGNISER: Origin("insightface/models/<name>/w600k_r50.onnx (112x112 input)", _BUFFALO),
    Role.GENDER: Origin("deepface/.deepface/weights/gender_model_weights.onnx", _DEEPFACE),
    Role.ETHNICITY: Origin("deepface/.deepface/weights/race_model_single_batch.onnx", _DEEPFACE),
    Role.SWAPPER: Origin(
        "inswapper_128.onnx",
        "no longer distributed by insightface: bring a copy that you may use, "
        "or go without one: --set swap.swapper=blend",
    ),
}
