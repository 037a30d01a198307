"""CLIP checkpoints of random weights, as transformers saves them, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_WORDS = """a an image with containing picture of in the there is man woman person riding wave
surfboard holding wine glass red blue dog cat on beach street , . eating cake and smiling"""


def write_checkpoint(
    folder: Path, *, old: bool = False, seed: int = 0, words: list[str] | None = None
) -> Path:
    """A tiny CLIP of random weights with a word-level tokenizer.

    old: as checkpoints before 2023 were written: `eos_token_id` is 2, and texts are pooled at the
    largest id of all.
    """
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import (
        CLIPConfig,
        CLIPImageProcessorPil,
        CLIPModel,
        PreTrainedTokenizerFast,
    )

    known = ["<pad>", "<unk>", *(words or _WORDS.split()), "<start>", "<end>"]
    vocabulary = {word: number for number, word in enumerate(known)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>",
        special_tokens=[("<start>", vocabulary["<start>"]), ("<end>", vocabulary["<end>"])],
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<start>",
        eos_token="<end>",
        unk_token="<unk>",
        pad_token="<end>",
    )
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    shared: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    config = CLIPConfig(
        text_config={
            **shared,
            "vocab_size": len(known),
            "max_position_embeddings": 16,
            "bos_token_id": 0 if old else vocabulary["<start>"],
            "eos_token_id": 2 if old else vocabulary["<end>"],
        },
        vision_config={**shared, "hidden_size": 48, "image_size": 32, "patch_size": 8},
        projection_dim=24,
    )
    torch.manual_seed(seed)
    CLIPModel(config).save_pretrained(folder)
    return folder


def large_config() -> Any:
    """The configuration of openai/clip-vit-large-patch14-336."""
    from transformers import CLIPConfig

    return CLIPConfig(
        text_config={
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "bos_token_id": 0,
            "eos_token_id": 2,
        },
        vision_config={
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "image_size": 336,
            "patch_size": 14,
        },
        projection_dim=768,
    )
