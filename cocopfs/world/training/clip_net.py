"""The drawn world's CLIP: transformers' own model, small, with doors for what training needs."""

from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import CLIPConfig, CLIPModel

from cocopfs.world.training.clip_material import PATCH, SIDE
from cocopfs.world.training.clip_words import CONTEXT, END, PAD, SPECIAL, START

TEXT_WIDTH: Final = 96
MEAN, DEVIATION = 0.5, 0.25  # of pixels in [0, 1], all channels


def build_clip(vocabulary: int) -> CLIPModel:
    """About a million parameters. vocabulary: how many tokens the text tower knows."""
    text = {
        "vocab_size": vocabulary,
        "hidden_size": TEXT_WIDTH,
        "intermediate_size": 2 * TEXT_WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "max_position_embeddings": CONTEXT,
        "projection_dim": 128,
        "pad_token_id": SPECIAL.index(PAD),
        "bos_token_id": SPECIAL.index(START),
        "eos_token_id": SPECIAL.index(END),
    }
    vision = {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "image_size": SIDE,
        "patch_size": PATCH,
        "projection_dim": 128,
    }
    net = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=128))
    embeddings = net.vision_model.embeddings
    with torch.no_grad():
        # Both are learnt, but from noise they would take most of so short a training.
        embeddings.patch_embedding.weight.copy_(_waves())
        embeddings.position_embedding.weight[1:].copy_(_positions())
    return net


def _waves() -> Tensor:
    """(128, 3, 16, 16): the lowest cosines of a patch, 92 of its lightness and 18 of each of its
    two differences of colours, the higher the stronger, for pictures have less of them."""
    steps = torch.arange(PATCH)
    waves = torch.cos(math.pi / PATCH * (steps + 0.5) * steps[:, None])
    waves = waves / waves.norm(dim=1, keepdim=True)
    order = sorted((u * u + v * v, u, v) for u in range(PATCH) for v in range(PATCH))
    colours = F.normalize(torch.tensor([[1.0, 1, 1], [1, 0, -1], [1, -2, 1]]))
    found = []
    for colour, count in zip(colours, (92, 18, 18), strict=True):
        for square, u, v in order[:count]:
            wave = torch.outer(waves[v], waves[u]) * 0.1 * (1 + math.sqrt(square))
            found.append(colour[:, None, None] * wave)
    return torch.stack(found)


def _positions() -> Tensor:
    """(196, 128): sines and cosines of the patch's row and column."""
    rows = SIDE // PATCH
    rates = torch.exp(torch.linspace(math.log(0.15), math.log(2.5), 32))
    angles = torch.arange(rows)[:, None] * rates
    one = torch.cat([angles.sin(), angles.cos()], 1)
    both = torch.cat([one[:, None].expand(-1, rows, -1), one.expand(rows, -1, -1)], 2)
    return 0.5 * both.reshape(rows * rows, -1)


def embed_patches(net: CLIPModel, patches: Tensor, places: Tensor) -> Tensor:
    """(n, 128) embeddings, not of unit length, of pictures of which some patches are seen.

    patches: (n, t, 768) uint8 as `to_patches` orders them; places: (n, t) int64, which of the 196.
    """
    tower = net.vision_model
    kernel = tower.embeddings.patch_embedding.weight  # (width, 3, 16, 16)
    flat = kernel.permute(2, 3, 1, 0).reshape(-1, kernel.shape[0])
    tokens = (patches.float() / 255 - MEAN) / DEVIATION @ flat
    positions = tower.embeddings.position_embedding.weight
    tokens = tokens + positions[places + 1]
    first = (tower.embeddings.class_embedding + positions[0]).expand(len(tokens), 1, -1)
    x = tower.pre_layrnorm(torch.cat([first, tokens], 1))
    x = tower.encoder(inputs_embeds=x).last_hidden_state
    return net.visual_projection(tower.post_layernorm(x[:, 0]))


def embed_texts(net: CLIPModel, words: Tensor, names: Tensor | None = None) -> Tensor:
    """(n, 128) embeddings, not of unit length.

    words: (n, t) int64, padded; where one is as large as the vocabulary a name stands.
    names: (n, width), the embedding of each text's name.
    """
    tower = net.text_model
    table = tower.embeddings.token_embedding
    named = words == table.num_embeddings
    x = table(words.masked_fill(named, 0))
    if names is not None:
        x = torch.where(named[..., None], names[:, None], x)
    x = x + tower.embeddings.position_embedding.weight[: words.shape[1]]
    x = tower.encoder(inputs_embeds=x, attention_mask=None, is_causal=True).last_hidden_state
    ends = (words == SPECIAL.index(END)).int().argmax(1)
    pooled = tower.final_layer_norm(x[torch.arange(len(x)), ends])
    return net.text_projection(pooled)
