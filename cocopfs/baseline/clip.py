"""CLIP as it is, frozen: any checkpoint that transformers reads, and one extra token for a face."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor
from transformers.masking_utils import create_causal_mask

from cocopfs.captions.enrich import TOKEN
from cocopfs.engine.commit import file_digest
from cocopfs.engine.fingerprint import digest
from cocopfs.errors import UsageError


class Clip:
    """The two towers of a CLIP checkpoint: float32, in evaluation mode, without gradients.

    digest: of the checkpoint: all its files, or hub name and revision. dim: of the common space.
    text_width, vision_width: of the towers' tokens. side: of the square pictures in pixels.
    context: the longest text in tokens. eos_id: the token that ends a text and where it is pooled.
    tok_id: the extra id, the first outside the vocabulary.
    """

    def __init__(self, model: Any, tokenizer: Any, processor: Any, checkpoint_digest: str) -> None:
        text, vision = model.config.text_config, model.config.vision_config
        self.digest = checkpoint_digest
        self.dim: int = model.config.projection_dim
        self.text_width: int = text.hidden_size
        self.vision_width: int = vision.hidden_size
        self.patch: int = vision.patch_size
        self.side: int = vision.image_size
        self.context: int = text.max_position_embeddings
        self.tok_id: int = text.vocab_size
        self._model = model.eval().requires_grad_(False)
        self._tokenizer, self._processor = tokenizer, processor
        self._borrowed = threading.Lock()  # the tokenizer serves one thread at a time
        self._bos: int = tokenizer.bos_token_id
        self.eos_id: int = tokenizer.eos_token_id

    @property
    def device(self) -> torch.device:
        return self._model.device

    def to(self, device: torch.device | str) -> Clip:
        self._model.to(device)
        return self

    def weights(self) -> dict[str, Tensor]:
        """The frozen weights by name; nobody may write into them."""
        return dict(self._model.state_dict())

    # --- pictures ---------------------------------------------------------------------------------

    def crop(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture (h, w, 3) uint8 BGR as the checkpoint's preprocessing resizes and crops it:
        (side, side, 3) uint8 RGB."""
        return _crop(self._processor, picture)

    def scale(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Crops (n, side, side, 3) uint8 RGB → (n, 3, side, side) float32, as the tower takes
        them."""
        told = self._processor
        factor = told.rescale_factor if told.do_rescale else 1.0
        found = np.asarray(crops, np.float32) * np.float32(factor)
        if told.do_normalize:
            found -= np.asarray(told.image_mean, np.float32)
            found /= np.asarray(told.image_std, np.float32)
        return np.ascontiguousarray(found.transpose(0, 3, 1, 2))

    def prepare(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """A picture (h, w, 3) uint8 BGR as the tower takes it: (3, side, side) float32, RGB."""
        return np.asarray(self.scale(self.crop(picture)[None])[0])

    def embed_patches(self, pixels: NDArray[np.float32] | Tensor) -> Tensor:
        """(n, 3, side, side) float32 → (n, 1 + patches, vision_width): the class token and the
        patches with their positions, as they come before prompts and the first norm."""
        with torch.no_grad():
            return self._model.vision_model.embeddings(_on(pixels, self.device))

    def encode_patches(self, patches: Tensor, prompts: Tensor | None = None) -> Tensor:
        """Of what `embed_patches` gives → (n, dim) of unit length.

        prompts: (k, vision_width), appended to every picture's tokens before the first norm
        (shallow visual prompt tuning, Jia et al. 2022). Gradients reach the prompts.
        """
        tower, hidden = self._model.vision_model, patches.to(self.device)
        if prompts is not None and len(prompts):
            hidden = torch.cat([hidden, prompts.expand(len(hidden), -1, -1)], dim=1)
        hidden = tower.pre_layrnorm(hidden)
        hidden = tower.encoder(inputs_embeds=hidden).last_hidden_state
        pooled = tower.post_layernorm(hidden[:, 0])
        return _unit(self._model.visual_projection(pooled))

    def encode_images(
        self, pixels: NDArray[np.float32] | Tensor, prompts: Tensor | None = None
    ) -> Tensor:
        """(n, 3, side, side) float32 as `prepare` makes them → (n, dim) of unit length."""
        return self.encode_patches(self.embed_patches(pixels), prompts)

    # --- texts ------------------------------------------------------------------------------------

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """The ids of texts, with `tok_id` wherever "[TOK]" stands.

        (n, t) int64 on the CPU, with the length of the longest text, padded by the end token.

        A text that is too long loses its last words, but never a [TOK] nor its end.
        """
        if not texts:
            return torch.zeros((0, 2), dtype=torch.int64)
        with self._borrowed:
            rows = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        room = self.context - 2
        kept = [row if len(row) <= room else self._shorten(row, room) for row in rows]
        length = max(len(row) for row in kept) + 2
        ids = torch.full((len(kept), length), self.eos_id, dtype=torch.int64)
        ids[:, 0] = self._bos
        for line, row in zip(ids, kept, strict=True):
            line[1 : len(row) + 1] = torch.tensor(row, dtype=torch.int64)
        return ids

    def _shorten(self, row: list[int], room: int) -> list[int]:
        toks = [place for place, token in enumerate(row) if token == self.tok_id][:room]
        words = [place for place, token in enumerate(row) if token != self.tok_id]
        places = sorted(toks + words[: room - len(toks)])
        return [row[place] for place in places]

    def encode_texts(self, ids: Tensor, tok_embeddings: Tensor | None = None) -> Tensor:
        """ids (n, t) as `tokenize` makes them → (n, dim) of unit length.

        tok_embeddings: (n, text_width), what stands in for each text's [TOK]; gradients reach it.
        Raises ValueError when a text has a [TOK] and none is given.
        """
        tower, ids = self._model.text_model, ids.to(self.device)
        is_tok = ids == self.tok_id
        # The extra id is no row of the table: another one is looked up and thrown away.
        embedded = tower.embeddings.token_embedding(ids.masked_fill(is_tok, self.eos_id))
        if tok_embeddings is not None:
            faces = tok_embeddings.to(embedded.dtype)[:, None]
            embedded = torch.where(is_tok[..., None], faces, embedded)
        elif bool(is_tok.any()):
            raise ValueError(f"a text speaks of {TOKEN}, but no face is given")
        hidden = tower.embeddings(inputs_embeds=embedded)
        mask = create_causal_mask(
            config=tower.config, inputs_embeds=hidden, attention_mask=None, past_key_values=None
        )
        encoded = tower.encoder(inputs_embeds=hidden, attention_mask=mask, is_causal=True)
        hidden = tower.final_layer_norm(encoded.last_hidden_state)
        # Not the largest id, as old checkpoints are pooled: ours is larger than the end token's.
        ends = (ids == self.eos_id).int().argmax(dim=-1)
        pooled = hidden[torch.arange(len(ids), device=self.device), ends]
        return _unit(self._model.text_projection(pooled))


def load_clip(checkpoint: str | Path, device: torch.device | str = "cpu") -> Clip:
    """A checkpoint folder, or else a name on the Hugging Face hub.

    Raises UsageError where it is no CLIP, or its tokenizer is not the one of its vocabulary.
    """
    name, folder = str(checkpoint), Path(checkpoint)
    is_folder = folder.is_dir()
    if not is_folder and (folder.is_absolute() or name.startswith(".") or name.count("/") > 1):
        raise UsageError(
            f"there is no CLIP checkpoint {name}",
            expected="a folder as transformers saves it, or a name on the Hugging Face hub",
            hint="--set baseline.clip=openai/clip-vit-base-patch32",
        )
    with _quiet():
        try:
            model, told = transformers.CLIPModel.from_pretrained(
                name,
                dtype=torch.float32,
                local_files_only=is_folder,
                output_loading_info=True,
                weights_only=True,
            )
            revision = getattr(model.config, "_commit_hash", None)
            files = {
                "revision": revision,
                "local_files_only": is_folder,
                "trust_remote_code": False,
            }
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, **files)
            processor = transformers.CLIPImageProcessorPil.from_pretrained(name, **files)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise UsageError(
                f"CLIP checkpoint {name} cannot be loaded: {_first_line(error)}",
                expected="config.json, weights, tokenizer and preprocessor_config.json of a CLIP",
            ) from error
    _check_weights(name, told)
    _check_tokenizer(name, model.config.text_config, tokenizer)
    _check_pictures(name, model.config.vision_config, processor)
    made_of = folder_digest(folder) if is_folder else digest({"hub": name, "revision": revision})
    return Clip(model.to(device), tokenizer, processor, made_of)


def folder_digest(folder: Path) -> str:
    """sha256 of the names and contents of a folder's files, hidden ones left out."""
    return digest(
        {
            path.name: file_digest(path)[0]
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.startswith(".")
        }
    )


def _check_weights(name: str, told: dict[str, Any]) -> None:
    """transformers only warns of weights that are not there, and makes them up."""
    for problem in ("missing_keys", "mismatched_keys"):
        if found := sorted(str(key) for key in told.get(problem, ())):
            raise UsageError(
                f"CLIP checkpoint {name} lacks {len(found)} weights, {found[0]} among them",
                expected="a checkpoint of CLIPModel",
            )


def _check_tokenizer(name: str, config: Any, tokenizer: Any) -> None:
    """transformers gives a tokenizer of almost no words where the vocabulary is missing."""
    size = config.vocab_size
    if len(tokenizer) != size:
        raise UsageError(
            f"the tokenizer of {name} knows {len(tokenizer)} tokens",
            expected=f"{size}, as the checkpoint's vocab_size says",
            hint="put the vocabulary (tokenizer.json) beside the weights",
        )
    # Checkpoints before 2023 say 2 and are pooled at the largest id, which is their end token's.
    ends = config.eos_token_id
    if tokenizer.eos_token_id != (size - 1 if ends == 2 else ends):
        raise UsageError(
            f"the tokenizer of {name} ends texts by id {tokenizer.eos_token_id}",
            expected="the id at which the text tower is pooled "
            f"({size - 1 if ends == 2 else ends})",
        )
    tokenizer.model_max_length = 10**9  # it would warn of what `Clip.tokenize` shortens
    token = transformers.AddedToken(TOKEN, special=True, normalized=False)
    tokenizer.add_special_tokens({"additional_special_tokens": [token]})
    if tokenizer.convert_tokens_to_ids(TOKEN) != size:
        raise UsageError(
            f"the vocabulary of {name} already has {TOKEN}", expected="a checkpoint without it"
        )


def _check_pictures(name: str, config: Any, processor: Any) -> None:
    side = config.image_size
    found = _crop(processor, np.zeros((8, 12, 3), np.uint8)).shape
    if found != (side, side, 3):
        raise UsageError(
            f"preprocessor_config.json of {name} makes pictures of {found[1]} × {found[0]}",
            expected=f"{side} × {side}, as config.json says",
        )


def _crop(processor: Any, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    found = processor(
        np.ascontiguousarray(picture[:, :, ::-1]),
        do_rescale=False,
        do_normalize=False,
        # Without the hint a picture of three rows would be read as one of three channels.
        input_data_format="channels_last",
        return_tensors="np",
    )
    return np.ascontiguousarray(found["pixel_values"][0].transpose(1, 2, 0), np.uint8)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' own bars and warnings off the terminal; what matters is checked."""
    told = transformers.utils.logging
    level, bars = told.get_verbosity(), told.is_progress_bar_enabled()
    told.set_verbosity(logging.ERROR)
    told.disable_progress_bar()
    try:
        yield
    finally:
        told.set_verbosity(level)
        if bars:
            told.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _on(array: NDArray[np.float32] | Tensor, device: torch.device) -> Tensor:
    tensor = torch.from_numpy(array) if isinstance(array, np.ndarray) else array
    return tensor.to(device)


def _unit(vectors: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vectors.float(), dim=-1)
