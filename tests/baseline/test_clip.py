"""The towers are transformers' own to the last digit; the extra token is a word like any other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")
pytest.importorskip("transformers", reason="transformers is not installed: cocopfs[train]")

from cocopfs.baseline.clip import Clip, load_clip  # noqa: E402
from cocopfs.errors import UsageError  # noqa: E402
from tests.baseline.checkpoints import write_checkpoint  # noqa: E402

TEXTS = ["a man riding a wave", "a dog", "a woman with a red surfboard on the beach , smiling ."]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def clip(checkpoint: Path) -> Clip:
    return load_clip(checkpoint)


def transformers_model(folder: Path) -> Any:
    from transformers import CLIPModel

    return CLIPModel.from_pretrained(folder).eval()


def unit(vectors: Any) -> Any:
    return vectors / vectors.norm(dim=-1, keepdim=True)


def pictures(count: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (37, 50, 3), np.uint8) for _ in range(count)]


@pytest.mark.parametrize("old", [False, True], ids=["end token by its id", "by the largest id"])
def test_texts_are_encoded_as_transformers_encodes_them(tmp_path: Path, old: bool) -> None:
    clip = load_clip(write_checkpoint(tmp_path, old=old))
    ids = clip.tokenize(TEXTS)
    with torch.no_grad():
        wanted = unit(transformers_model(tmp_path).get_text_features(ids).pooler_output)
        found = clip.encode_texts(ids)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-6)


@pytest.mark.parametrize("old", [False, True], ids=["end token by its id", "by the largest id"])
def test_a_face_is_a_word_of_its_own(tmp_path: Path, old: bool) -> None:
    """Oracle: transformers' model with a vocabulary of one more, whose row is the face's."""
    clip = load_clip(write_checkpoint(tmp_path, old=old))
    texts = ["[TOK] riding a wave", "a picture of [TOK]", "[TOK] and [TOK]"]
    faces = torch.randn(3, clip.text_width, generator=torch.Generator().manual_seed(1))
    tokens = clip.tokenize(texts)
    assert (tokens == clip.tok_id).sum(1).tolist() == [1, 1, 2]
    model = transformers_model(tmp_path)
    model.text_model.eos_token_id = clip.eos_id  # the largest id is the face's now
    embeddings = model.text_model.embeddings
    embeddings.token_embedding = torch.nn.Embedding.from_pretrained(
        torch.cat([embeddings.token_embedding.weight, torch.zeros(1, clip.text_width)])
    )
    wanted = []
    with torch.no_grad():
        for ids, face in zip(tokens, faces, strict=True):
            embeddings.token_embedding.weight[clip.tok_id] = face
            wanted.append(unit(model.get_text_features(ids[None]).pooler_output)[0])
        found = clip.encode_texts(tokens, faces)
    np.testing.assert_allclose(found.numpy(), torch.stack(wanted).numpy(), atol=1e-6)


def test_a_text_does_not_depend_on_how_far_its_batch_is_padded(clip: Clip) -> None:
    together = clip.encode_texts(clip.tokenize(TEXTS))
    for text, found in zip(TEXTS, together, strict=True):
        alone = clip.encode_texts(clip.tokenize([text]))[0]
        np.testing.assert_allclose(found.numpy(), alone.numpy(), atol=1e-6)


def test_a_text_that_is_too_long_keeps_the_face_and_its_end(clip: Clip) -> None:
    tokens = clip.tokenize(["a man " * 40 + "and [TOK]", "a dog", "a man " * 7])
    assert tokens.shape == (3, clip.context)
    long = tokens[0].tolist()
    assert long[-2:] == [clip.tok_id, clip.eos_id]
    assert long[:-2] == tokens[2].tolist()[:-2]
    assert clip.tokenize([]).shape[0] == 0


def test_a_face_that_is_missing_is_an_error(clip: Clip) -> None:
    with pytest.raises(ValueError, match="no face is given"):
        clip.encode_texts(clip.tokenize(["[TOK]"]))


def test_without_prompts_pictures_are_encoded_as_transformers_encodes_them(
    clip: Clip, checkpoint: Path
) -> None:
    pixels = np.stack([clip.prepare(picture) for picture in pictures(3)])
    with torch.no_grad():
        model = transformers_model(checkpoint)
        wanted = unit(model.get_image_features(torch.from_numpy(pixels)).pooler_output)
    nothing = torch.zeros(0, clip.vision_width)
    for found in (clip.encode_images(pixels), clip.encode_images(pixels, nothing)):
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-6)


def test_prompts_stand_after_the_patches_and_before_the_first_norm(
    clip: Clip, checkpoint: Path
) -> None:
    """Oracle: transformers' model, whose embeddings get more tokens on their way."""
    pixels = torch.from_numpy(np.stack([clip.prepare(picture) for picture in pictures(2)]))
    prompts = torch.randn(5, clip.vision_width, generator=torch.Generator().manual_seed(2))
    model = transformers_model(checkpoint)

    def append(_module: Any, _inputs: Any, tokens: Any) -> Any:
        return torch.cat([tokens, prompts[None].repeat(len(tokens), 1, 1)], dim=1)

    model.vision_model.embeddings.register_forward_hook(append)
    with torch.no_grad():
        wanted = unit(model.get_image_features(pixels).pooler_output)
        found = clip.encode_images(pixels, prompts)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-6)
    assert np.abs(found.numpy() - clip.encode_images(pixels).numpy()).max() > 1e-3


@pytest.mark.parametrize("shape", [(37, 50, 3), (3, 90, 3), (64, 32, 3)])
def test_pictures_are_prepared_as_transformers_prepares_them(
    clip: Clip, checkpoint: Path, shape: tuple[int, int, int]
) -> None:
    from transformers import CLIPImageProcessorPil

    picture = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    processor = CLIPImageProcessorPil.from_pretrained(checkpoint)
    rgb = np.ascontiguousarray(picture[:, :, ::-1])
    wanted = processor(rgb, input_data_format="channels_last", return_tensors="np")
    found = clip.prepare(picture)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted["pixel_values"][0], atol=1e-5)
    assert clip.crop(picture).shape == (clip.side, clip.side, 3)


def test_nothing_of_it_can_learn(clip: Clip) -> None:
    assert not clip.encode_texts(clip.tokenize(TEXTS)).requires_grad
    assert not any(weight.requires_grad for weight in clip.weights().values())


def test_the_digest_is_that_of_the_files(clip: Clip, checkpoint: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(checkpoint, tmp_path / "copy")
    (copy / ".hidden").write_text("nothing of the checkpoint")
    assert load_clip(copy).digest == clip.digest
    (copy / "tokenizer.json").write_text((copy / "tokenizer.json").read_text() + "\n")
    assert load_clip(copy).digest != clip.digest


def edit(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps(content))


def test_a_checkpoint_that_is_not_whole_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    def copy(name: str) -> Path:
        return shutil.copytree(checkpoint, tmp_path / name)

    folder = copy("weights")
    weights = load_file(folder / "model.safetensors")
    del weights["text_projection.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(UsageError, match=r"lacks 1 weights, text_projection\.weight"):
        load_clip(folder)

    folder = copy("vocabulary")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    del vocabulary["smiling"]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(UsageError, match=r"tokenizer of .* knows"):
        load_clip(folder)

    folder = copy("end")
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["eos_token_id"] = 5
    edit(folder / "config.json", text_config=config["text_config"])
    with pytest.raises(UsageError, match="pooled"):
        load_clip(folder)

    folder = copy("size")
    edit(folder / "preprocessor_config.json", crop_size={"height": 24, "width": 24})
    with pytest.raises(UsageError, match="24 × 24"):
        load_clip(folder)

    folder = copy("processor")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_clip(folder)

    (copy("broken") / "config.json").write_text("{")
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_clip(tmp_path / "broken")
    with pytest.raises(UsageError, match="there is no CLIP checkpoint"):
        load_clip(tmp_path / "missing")


def test_a_vocabulary_that_has_the_token_already_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, words=["a", "man", "[TOK]"])
    with pytest.raises(UsageError, match=r"already has \[TOK\]"):
        load_clip(tmp_path)
