"""Id-CLIP: a frozen CLIP that reads a face as a word, and looks for it with learned prompts.

"Towards Identity-Aware Cross-Modal Retrieval: a Dataset and a Baseline", Messina et al., ECIR 2025.
Without visual prompts it is the paper's CLIP-PAD.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from cocopfs.baseline.clip import Clip

FIXED_SCALE: Final = 1 / 0.07
"""Of cosines in the loss: CLIP's first temperature, which the reference never changes."""
_LARGEST_SCALE: Final = 100.0  # CLIP's own bound of a learned scale


class IdClip:
    """All that is learned: translator, visual prompts and, if asked for, the scale.

    clip: frozen, and shared by models. face_width: of the face features. vpt_tokens: the number of
    visual prompts, 0 for CLIP-PAD. seed: the first weights depend on it and on the shapes alone.
    """

    def __init__(
        self,
        clip: Clip,
        face_width: int,
        vpt_tokens: int = 0,
        seed: int = 0,
        scale: Literal["fixed", "learned"] = "fixed",
    ) -> None:
        self.clip = clip
        width = clip.text_width
        # As torch draws linear layers (He et al. 2015, a = √5) and as shallow visual prompt tuning
        # draws its prompts (Jia et al. 2022: Xavier over a patch).
        bound = math.sqrt(6 / (3 * clip.patch**2 + clip.vision_width))
        first = _drawn(seed, "translator.0", (width, face_width), face_width**-0.5)
        second = _drawn(seed, "translator.2", (width, width), width**-0.5)
        prompts = _drawn(seed, "prompts", (vpt_tokens, clip.vision_width), bound)
        self.translator: Any = nn.Sequential(
            nn.Linear(face_width, width, bias=False), nn.ReLU(), nn.Linear(width, width, bias=False)
        )
        self.translator[0].weight = nn.Parameter(first.to(clip.device))
        self.translator[2].weight = nn.Parameter(second.to(clip.device))
        self.prompts: Any = nn.Parameter(prompts.to(clip.device), vpt_tokens > 0)
        self.log_scale: Any = nn.Parameter(
            torch.tensor(math.log(FIXED_SCALE), device=clip.device), scale == "learned"
        )

    def _all(self) -> dict[str, Any]:
        return {
            "translator.0": self.translator[0].weight,
            "translator.2": self.translator[2].weight,
            "prompts": self.prompts,
            "log_scale": self.log_scale,
        }

    def learned(self) -> dict[str, Any]:
        """The parameters that get gradients, by name."""
        return {name: value for name, value in self._all().items() if value.requires_grad}

    def state(self) -> dict[str, Tensor]:
        """Copies of the weights by name, on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self._all().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take over weights; names that are missing stay as they are.

        Raises ValueError for a name or a shape that this model does not have.
        """
        own = self._all()
        for name, value in state.items():
            if name not in own or own[name].shape != value.shape:
                raise ValueError(f"{name} of shape {tuple(value.shape)} is no weight of this model")
            with torch.no_grad():
                own[name].copy_(value)

    @property
    def scale(self) -> Tensor:
        """What cosines are multiplied by in the loss, a scalar."""
        return self.log_scale.clamp(max=math.log(_LARGEST_SCALE)).exp()

    def encode_images(self, pixels: Any) -> Tensor:
        """(n, 3, side, side) float32 as `Clip.scale` makes them → (n, dim) of unit length."""
        return self.clip.encode_images(pixels, self.prompts)

    def encode_patches(self, patches: Tensor) -> Tensor:
        """The same, of what `Clip.embed_patches` makes of the pictures."""
        return self.clip.encode_patches(patches, self.prompts)

    def encode_texts(self, ids: Tensor, faces: Tensor) -> Tensor:
        """ids (n, t) of `Clip.tokenize`, faces (n, f) of unit length → (n, dim) of unit length."""
        return self.clip.encode_texts(ids, self.translator(faces.to(self.clip.device)))


def _drawn(seed: int, name: str, shape: tuple[int, int], bound: float) -> Tensor:
    """Uniform within ± bound, on the CPU, by hash(seed, name)."""
    number = hashlib.sha256(f"id-clip\0{seed}\0{name}".encode()).digest()[:8]
    source = torch.Generator().manual_seed(int.from_bytes(number) >> 1)
    return torch.empty(shape).uniform_(-bound, bound, generator=source)
