"""What the pack's CLIP is worth: figures on people and scenes that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import CLIPModel

from cocopfs.faces.pack import open_clip
from cocopfs.world.descriptions import CAPTIONS
from cocopfs.world.seeds import generator
from cocopfs.world.training.clip import build_namer, load_clip
from cocopfs.world.training.clip_batches import ClipScenes
from cocopfs.world.training.clip_material import TOKENS, ClipUse, read_clip_material, to_patches
from cocopfs.world.training.clip_net import embed_patches, embed_texts
from cocopfs.world.training.measure import Figure

_EPOCHS, _SCENES, _RATE = 20, 16, 2e-3  # of a translator
_AIM = 0.5  # chance is 0.2

Namer = Callable[[Tensor], Tensor]


class Crowd:
    """A crowd's scenes as a CLIP sees them.

    pictures: (s, p, 128), of unit length, of all scenes; faces: (s, p, 512), embeddings of
    portraits of who is shown, others than those that drove the swaps.
    """

    def __init__(self, net: CLIPModel, tokenizer: Tokenizer, material: Path, use: ClipUse) -> None:
        found = read_clip_material(material, use, "scenes")
        people = read_clip_material(material, use, "people")
        self._net, self._scenes = net, ClipScenes(found, tokenizer)
        self.faces = torch.from_numpy(people["embedding"][found["person"], 1])
        self.pictures = torch.stack([self._pictures(item) for item in range(len(self._scenes))])

    def texts(
        self, form: str, caption: int, items: NDArray[np.int64], names: Tensor | None
    ) -> Tensor:
        """(s, p, 128), of unit length: that caption of the scenes, with each of their (s, p, width)
        names; (s, 1, 128) without names."""
        words = [self._scenes.tokens(form, item)[caption] for item in items.tolist()]
        padded = torch.from_numpy(self._scenes.padded(words))
        if names is None:
            return F.normalize(embed_texts(self._net, padded))[:, None]
        each = padded.repeat_interleave(names.shape[1], 0)
        said = F.normalize(embed_texts(self._net, each, names.flatten(0, 1)))
        return said.unflatten(0, names.shape[:2])

    @torch.no_grad()
    def _pictures(self, item: int) -> Tensor:
        shown = self.faces.shape[1]
        patches = [to_patches(self._scenes.picture(item, which)) for which in range(shown)]
        places = torch.arange(TOKENS).expand(shown, -1)
        return F.normalize(embed_patches(self._net, torch.from_numpy(np.stack(patches)), places))


def measure_clip(pack: Path, checkpoints: Path, material: Path) -> Iterator[Figure]:
    """The figures of the pack's CLIP. checkpoints: of its training, for how it named people."""
    folder = open_clip(pack)
    net = CLIPModel.from_pretrained(folder).eval().requires_grad_(False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    test = Crowd(net, tokenizer, material, ClipUse.TEST)
    fitted = Crowd(net, tokenizer, material, ClipUse.FIT)
    count, shown = test.pictures.shape[:2]
    yield Figure(
        "clip", f"R@1 of a caption without a name among {count} scenes", context_recall(test)
    )
    question = f"who of the {shown} it is that a scene was drawn with, by"
    known = load_clip(checkpoints, tokenizer.get_vocab_size()).namer
    yield Figure("clip", f"{question} a name as in the training", identity_recall(test, known))
    translator = fit_translator(fitted, net)
    yield Figure("clip", f"{question} a translated face", identity_recall(test, translator), _AIM)


@torch.no_grad()
def context_recall(crowd: Crowd) -> float:
    """How often the first of a scene's pictures is the nearest to a caption of it, among the first
    of each."""
    items = np.arange(len(crowd.pictures))
    hits = []
    for caption in range(CAPTIONS):
        scores = crowd.texts("plain", caption, items, None)[:, 0] @ crowd.pictures[:, 0].T
        hits.append(scores.argmax(1).numpy() == items)
    return float(np.mean(hits))


@torch.no_grad()
def identity_recall(crowd: Crowd, namer: Namer) -> float:
    """How often the right one of a scene's pictures is the nearest to a caption with a name."""
    items = np.arange(len(crowd.pictures))
    names, own = namer(crowd.faces), torch.arange(crowd.pictures.shape[1])
    hits = []
    for caption in range(CAPTIONS):
        said = crowd.texts("in_place", caption, items, names)
        hits.append(((said @ crowd.pictures.mT).argmax(2) == own).float().mean().item())
    return float(np.mean(hits))


def fit_translator(crowd: Crowd, net: CLIPModel) -> nn.Module:
    """CLIP-PAD (Messina et al. 2025): all but a translator of faces into words is frozen."""
    torch.manual_seed(0)
    translator = build_namer()
    steps = _EPOCHS * len(crowd.pictures) // _SCENES
    optimizer = torch.optim.AdamW(translator.parameters(), lr=_RATE, weight_decay=0.01)
    scale = net.logit_scale.exp().item()
    for step in range(steps):
        rng = generator(0, "pack", "clip", "translator", step)
        items = rng.choice(len(crowd.pictures), min(_SCENES, len(crowd.pictures)), replace=False)
        names = translator(crowd.faces[items])
        said = crowd.texts("in_place", int(rng.integers(CAPTIONS)), items, names).flatten(0, 1)
        scores = scale * said @ crowd.pictures[items].flatten(0, 1).T
        own = torch.arange(len(scores))
        loss = F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)
        optimizer.param_groups[0]["lr"] = _RATE * (1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return translator
