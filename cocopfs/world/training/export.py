"""The trained networks as the files of a pack."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor, nn

from cocopfs.engine.commit import commit_bytes
from cocopfs.faces.compact import compact
from cocopfs.faces.pack import MANIFEST
from cocopfs.faces.roles import Role
from cocopfs.world.training.nets import STRIDES, Attribute, Detector, Recogniser, Swapper

PACK_NAME = "drawn-world"
FILES = {
    Role.DETECTOR: "detector.onnx",
    Role.RECOGNISER: "recogniser.onnx",
    Role.GENDER: "gender.onnx",
    Role.ETHNICITY: "ethnicity.onnx",
    Role.SWAPPER: "swapper.onnx",
}
LICENCE = "Apache-2.0"
SOURCE = "trained on drawn people alone, by `make world-pack`"
_OPSET = 17


@dataclass(frozen=True)
class Networks:
    """emap: (512, 512) float32, see `swapper.whitening`."""

    detector: Detector
    recogniser: Recogniser
    gender: Attribute
    ethnicity: Attribute
    swapper: Swapper
    emap: NDArray[np.float32]


def write_pack(folder: Path, networks: Networks) -> None:
    """The files and `pack.yaml`, which comes last."""
    face = torch.zeros(1, 3, 112, 112)
    crop = torch.zeros(1, 224, 224, 3)
    pair = (torch.zeros(1, 3, 128, 128), torch.zeros(1, 512))
    rows = [f"{name}_{stride}" for name in ("score", "box", "landmarks") for stride in STRIDES]
    models = {
        Role.DETECTOR: compact(
            _exported(
                networks.detector,
                (torch.zeros(1, 3, 64, 64),),
                ["input"],
                rows,
                {"input": {2: "height", 3: "width"}, **{name: {0: f"n_{name}"} for name in rows}},
            )
        ),
        Role.RECOGNISER: compact(
            _exported(
                networks.recogniser, (face,), ["data"], ["embedding"], _batched("data", "embedding")
            )
        ),
        Role.GENDER: compact(
            _exported(networks.gender, (crop,), ["input"], ["gender"], _batched("input", "gender"))
        ),
        Role.ETHNICITY: compact(
            _exported(networks.ethnicity, (crop,), ["input"], ["race"], _batched("input", "race"))
        ),
        Role.SWAPPER: compact(
            _exported(networks.swapper, pair, ["target", "source"], ["output"], {}),
            ("emap", networks.emap),
        ),
    }
    entries = []
    for role, data in models.items():
        commit_bytes(folder / FILES[role], data)
        entries.append(
            {
                "role": str(role),
                "path": FILES[role],
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "licence": LICENCE,
                "source": SOURCE,
            }
        )
    listing = yaml.safe_dump({"name": PACK_NAME, "files": entries}, sort_keys=False, width=100)
    commit_bytes(folder / MANIFEST, listing.encode())


def _batched(*names: str) -> dict[str, dict[int, str]]:
    return {name: {0: "n"} for name in names}


def _exported(
    net: nn.Module,
    arguments: tuple[Tensor, ...],
    inputs: list[str],
    outputs: list[str],
    open_sizes: dict[str, dict[int, str]],
) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter brings a dependency of its own and unfolded batch normalisations.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval().float().cpu().to(memory_format=torch.contiguous_format),
            arguments,
            file,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=open_sizes,
            opset_version=_OPSET,
            dynamo=False,
        )
    return file.getvalue()
