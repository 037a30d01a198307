"""What is learned of Id-CLIP, how much of it there is, and that nothing else gets a gradient."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")
pytest.importorskip("transformers", reason="transformers is not installed: cocopfs[train]")

from cocopfs.baseline.clip import Clip, load_clip  # noqa: E402
from cocopfs.baseline.id_clip import IdClip  # noqa: E402
from cocopfs.baseline.loss import info_nce  # noqa: E402
from tests.baseline.checkpoints import large_config, write_checkpoint  # noqa: E402


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(write_checkpoint(tmp_path_factory.mktemp("clip")))


def pixels(clip: Clip, count: int) -> Any:
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (count, clip.side, clip.side, 3), np.uint8)
    return clip.scale(crops)


def faces(count: int, width: int = 16) -> Any:
    found = torch.randn(count, width, generator=torch.Generator().manual_seed(0))
    return found / found.norm(dim=1, keepdim=True)


def test_the_papers_model_learns_as_many_numbers_as_the_papers() -> None:
    from transformers import CLIPModel

    with torch.device("meta"):
        model = CLIPModel(large_config())
    clip = Clip(model, SimpleNamespace(bos_token_id=49406, eos_token_id=49407), None, "")
    learned = IdClip(clip, face_width=512, vpt_tokens=5).learned()
    sizes = {name: value.numel() for name, value in learned.items()}
    assert sizes["translator.0"] + sizes["translator.2"] == 983_040
    assert learned["prompts"].shape == (5, 1024)
    assert set(sizes) == {"translator.0", "translator.2", "prompts"}
    assert (clip.dim, clip.side, clip.context, clip.tok_id) == (768, 336, 77, 49_408)


def test_first_weights_depend_on_the_seed_alone(clip: Clip) -> None:
    torch.manual_seed(1)
    first = IdClip(clip, 16, 5, seed=3).state()
    torch.manual_seed(2)
    again, other = IdClip(clip, 16, 5, seed=3).state(), IdClip(clip, 16, 5, seed=4).state()
    for name in ("translator.0", "translator.2", "prompts"):
        assert torch.equal(first[name], again[name])
        assert not torch.equal(first[name], other[name])
    without = IdClip(clip, 16, 0, seed=3).state()
    assert torch.equal(without["translator.0"], first["translator.0"])


@pytest.mark.parametrize("scale", ["fixed", "learned"])
@pytest.mark.parametrize("vpt_tokens", [0, 5])
def test_only_what_is_learned_gets_a_gradient(clip: Clip, scale: Any, vpt_tokens: int) -> None:
    model = IdClip(clip, 16, vpt_tokens, scale=scale)
    ids = clip.tokenize(["[TOK] riding a wave", "an image with [TOK]", "[TOK]"])
    images = model.encode_images(pixels(clip, 3))
    info_nce(model.encode_texts(ids, faces(3)), images, model.scale, torch.eye(3) > 0).backward()
    wanted = {"translator.0", "translator.2"}
    wanted |= {"prompts"} if vpt_tokens else set()
    wanted |= {"log_scale"} if scale == "learned" else set()
    assert set(model.learned()) == wanted
    assert all(bool(value.grad.abs().sum() > 0) for value in model.learned().values())
    for name, weight in clip._model.named_parameters():
        assert weight.grad is None, name
    if scale == "fixed":
        assert model.log_scale.grad is None


def test_texts_without_the_token_are_plain_clips(clip: Clip) -> None:
    ids = clip.tokenize(["a man riding a wave", "a dog"])
    found = IdClip(clip, 16).encode_texts(ids, faces(2))
    assert torch.equal(found, clip.encode_texts(ids))


def test_the_scale_is_the_references_and_bounded(clip: Clip) -> None:
    model = IdClip(clip, 16, scale="learned")
    assert float(model.scale.detach()) == pytest.approx(1 / 0.07)
    with torch.no_grad():
        model.log_scale.fill_(9.0)
    assert float(model.scale.detach()) == pytest.approx(100)


def test_weights_of_another_model_are_refused(clip: Clip) -> None:
    model = IdClip(clip, 16, 5)
    with pytest.raises(ValueError, match="no weight of this model"):
        model.load({"prompts": torch.zeros(4, clip.vision_width)})
    with pytest.raises(ValueError, match="no weight of this model"):
        model.load({"adapter": torch.zeros(4)})


def test_the_loss_is_clips_where_one_picture_is_right() -> None:
    texts, images = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0))
    logits = 5.0 * texts @ images.T
    wanted = sum(
        torch.nn.functional.cross_entropy(scores, torch.arange(6)) for scores in (logits, logits.T)
    )
    found = info_nce(texts, images, torch.tensor(5.0), torch.eye(6) > 0)
    assert float(found) == pytest.approx(float(wanted) / 2, abs=1e-6)


def test_pictures_of_one_person_share_the_target() -> None:
    texts, images = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    right = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]]) > 0
    scores = (texts @ images.T).double().numpy()
    losses = []
    for rows in (scores, scores.T):
        for number, row in enumerate(rows):
            chances = np.exp(row) / np.exp(row).sum()
            own = [chances[column] for column in range(3) if right[number, column]]
            losses.append(-sum(math.log(chance) for chance in own) / len(own))
    found = info_nce(texts, images, torch.tensor(1.0), right)
    assert float(found) == pytest.approx(float(np.mean(losses)), abs=1e-6)


@pytest.mark.full
def test_the_papers_model_takes_a_step_and_encodes_a_batch(tmp_path: Path) -> None:
    """With random weights: 1.7 GB of memory, half a minute."""
    from transformers import CLIPModel

    torch.manual_seed(0)
    model = CLIPModel(large_config())
    tiny = load_clip(write_checkpoint(tmp_path))
    names = SimpleNamespace(bos_token_id=49406, eos_token_id=49407)
    clip = Clip(model, names, tiny._processor, "")
    id_clip = IdClip(clip, 512, 5)
    pictures = torch.randn(2, 3, 336, 336, generator=torch.Generator().manual_seed(1))
    ids = torch.tensor([[49406, 320, 49408, 49407, 49407], [49406, 320, 525, 49408, 49407]])
    optimizer = torch.optim.AdamW(id_clip.learned().values(), lr=5e-5)
    before = {name: weight.clone() for name, weight in id_clip.state().items()}
    frozen = clip.weights()["vision_model.encoder.layers.0.mlp.fc1.weight"].clone()
    texts = id_clip.encode_texts(ids, faces(2, 512))
    loss = info_nce(texts, id_clip.encode_images(pictures), id_clip.scale, torch.eye(2) > 0)
    loss.backward()
    optimizer.step()
    assert math.isfinite(loss.item())
    assert all(weight.grad is None for weight in model.parameters())
    after = id_clip.state()
    assert not torch.equal(before["prompts"], after["prompts"])
    assert not torch.equal(before["translator.0"], after["translator.0"])
    assert torch.equal(frozen, clip.weights()["vision_model.encoder.layers.0.mlp.fc1.weight"])
    with torch.no_grad():
        assert id_clip.encode_images(pictures).shape == (2, 768)
        assert id_clip.encode_texts(ids, faces(2, 512)).shape == (2, 768)
