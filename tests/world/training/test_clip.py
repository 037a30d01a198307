"""The CLIP's training: its words, its towers, its batches and its loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel

from cocopfs.captions.enrich import TOKEN
from cocopfs.errors import UsageError
from cocopfs.faces.pack import MANIFEST, open_clip
from cocopfs.world.training.clip import matching
from cocopfs.world.training.clip_batches import FORMS, NOBODY, PROMPTS_ALONE, ClipScenes
from cocopfs.world.training.clip_export import write_clip
from cocopfs.world.training.clip_material import SIDE, TOKENS, from_patches, to_patches, to_small
from cocopfs.world.training.clip_net import build_clip, embed_patches, embed_texts
from cocopfs.world.training.clip_words import CONTEXT, END, SPECIAL, START, build_tokenizer
from cocopfs.world.training.material import Arrays
from cocopfs.world.training.together import Together

CAPTIONS = ("A man riding a horse.", "a woman holds an apple", "The man eats.", "a", "an apple")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return build_tokenizer(CAPTIONS * 3, ["Falko Brall", "Perla-Mo d'Österova"] * 40)


@pytest.fixture(scope="module")
def net(tokenizer: Tokenizer) -> CLIPModel:
    torch.manual_seed(0)
    return build_clip(tokenizer.get_vocab_size()).eval()


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)


@pytest.fixture(scope="module")
def scenes(tokenizer: Tokenizer) -> tuple[Arrays, ClipScenes]:
    """Six scenes with four faces each, at places of which the last is at the edge."""
    rng = np.random.default_rng(1)
    base = rng.integers(0, 200, (6, TOKENS, 768), np.uint8)
    places = np.array([[80, 81, 94, 95], [30, 31, 44, 45], [182, 183, 195, 194]] * 2)
    found: Arrays = {
        "base": base,
        "person": rng.permutation(24).reshape(6, 4),
        "count": np.array([[0, 4, 4, 4]] * 6),
        "place": np.repeat(places, 3, axis=0).ravel(),
        "patch": rng.integers(0, 256, (6 * 3 * 4, 768), np.uint8),
        "plain": np.array([["A man riding a horse."] * 5] * 6),
        "in_place": np.array([[f"{TOKEN} riding a horse."] * 5] * 6),
        "in_parentheses": np.array([[f"A man ({TOKEN}) riding a horse."] * 5] * 6),
    }
    return found, ClipScenes(found, tokenizer)


def test_words_of_captions_are_whole_and_names_are_spelled(tokenizer: Tokenizer) -> None:
    found = tokenizer.encode("A man eats Quillor's apple").tokens
    assert [word for word in found if word.isalpha() and len(word) > 2] == ["man", "eats", "apple"]
    assert found[0] == START
    assert found[-1] == END
    first, second = (tokenizer.encode(name).ids for name in ("Zélika Ørbal", "Zélika Ørban"))
    assert first != second
    assert SPECIAL.index("<unk>") not in first + second


def test_a_name_that_returns_is_one_word(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("FALKO", add_special_tokens=False).tokens == ["falko"]


def test_patches_are_put_together_again(pixels: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(from_patches(to_patches(pixels[0])), pixels[0])


def test_pictures_are_scaled_as_the_processor_does() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (360, 480, 3), np.uint8)
    processor = CLIPImageProcessorPil(
        size={"height": SIDE, "width": SIDE},
        do_center_crop=False,
        do_normalize=False,
        rescale_factor=1.0,
    )
    expected = processor(picture[..., ::-1].copy(), return_tensors="np")["pixel_values"][0]
    np.testing.assert_array_equal(to_small(picture), expected.transpose(1, 2, 0))


def test_with_all_patches_it_is_transformers_picture_tower(
    net: CLIPModel, pixels: NDArray[np.uint8]
) -> None:
    patches = torch.from_numpy(np.stack([to_patches(one) for one in pixels]))
    values = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    with torch.no_grad():
        expected = net.get_image_features(pixel_values=values).pooler_output
        found = embed_patches(net, patches, torch.arange(TOKENS).expand(3, -1))
        shuffled = torch.randperm(TOKENS)
        again = embed_patches(net, patches[:, shuffled], shuffled.expand(3, -1))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(again, expected, atol=1e-5, rtol=1e-4)


def test_without_names_it_is_transformers_text_tower(net: CLIPModel, tokenizer: Tokenizer) -> None:
    texts = [tokenizer.encode(text).ids for text in CAPTIONS]
    words = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.int64)
    for row, text in zip(words, texts, strict=True):
        row[: len(text)] = torch.tensor(text)
    with torch.no_grad():
        expected = net.get_text_features(input_ids=words).pooler_output
        torch.testing.assert_close(embed_texts(net, words), expected, atol=1e-5, rtol=1e-4)


def test_a_names_vector_stands_where_the_name_is(net: CLIPModel, tokenizer: Tokenizer) -> None:
    (word,) = tokenizer.encode("man", add_special_tokens=False).ids
    table = net.text_model.embeddings.token_embedding
    plain = torch.tensor([[2, word, word + 1, 3]])
    named = torch.tensor([[2, tokenizer.get_vocab_size(), word + 1, 3]])
    with torch.no_grad():
        found = embed_texts(net, named, table.weight[word][None])
        torch.testing.assert_close(found, embed_texts(net, plain))


def test_a_picture_is_its_base_with_its_own_patches(scenes: tuple[Arrays, ClipScenes]) -> None:
    found, made = scenes
    np.testing.assert_array_equal(made.picture(2, 0), from_patches(found["base"][2]))
    expected = found["base"][2].copy()
    expected[[182, 183, 195, 194]] = found["patch"][2 * 12 + 4 : 2 * 12 + 8]
    np.testing.assert_array_equal(made.picture(2, 2), from_patches(expected))


def test_texts_fit_what_they_tell(scenes: tuple[Arrays, ClipScenes]) -> None:
    batch = scenes[1].batch(np.random.default_rng(3), scenes=5, faces=3, kept=20)
    assert batch.patches.shape == (15, 20, 768)
    assert batch.words.shape[1] <= CONTEXT
    assert np.diagonal(batch.fits).all()
    assert (np.diff(batch.places, axis=1) > 0).all()
    for row, told in zip(batch.fits, batch.told_person, strict=True):
        assert told != NOBODY or row.sum() >= 3
        assert told == NOBODY or row.sum() == 1
    assert {NOBODY} < set(batch.told_person.tolist())
    for words in batch.words.tolist():
        assert words[0] == SPECIAL.index(START)
        assert words.count(SPECIAL.index(END)) == 1


def test_near_faces_lie_in_one_place(scenes: tuple[Arrays, ClipScenes]) -> None:
    batch = scenes[1].batch(np.random.default_rng(4), 6, 4, 14, 0.0, PROMPTS_ALONE)
    middle = {90, 91, 104, 105, 76, 77, 118, 119}
    assert all(len(middle & set(row)) >= 6 for row in batch.places.tolist())
    assert (batch.told_scene == NOBODY).all()
    assert (batch.told_person == batch.person).all()


def test_the_shares_of_texts_are_all() -> None:
    assert sum(FORMS.values()) == pytest.approx(1)


def test_the_loss_is_clips_where_pairs_are_unique() -> None:
    scores = torch.randn(6, 6, generator=torch.manual_seed(5))
    own = torch.arange(6)
    expected = (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
    torch.testing.assert_close(matching(scores, torch.eye(6).bool()), expected)


def test_what_fits_alike_is_best_alike() -> None:
    fits = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    alike = matching(20 * fits.float(), fits)
    one = matching(20 * torch.eye(3), fits)
    assert alike < one
    assert alike == pytest.approx(2 / 3 * np.log(2), abs=1e-4)


def test_gradients_of_parts_are_those_of_the_whole() -> None:
    torch.manual_seed(6)
    whole = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4))
    x = torch.randn(10, 8)
    loss = whole(x[:7]).square().sum() + whole(x[7:]).sum()
    expected = torch.autograd.grad(loss, tuple(whole.parameters()))
    first, second, third = Together(whole, 2).run(
        (lambda: whole(x[:7]), lambda: whole(x[7:]), lambda: whole[0](x))
    )
    assert third.shape == (10, 16)
    (first.square().sum() + second.sum() + 0 * third.sum()).backward()
    for parameter, gradient in zip(whole.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


@pytest.fixture
def pack(tmp_path: Path, net: CLIPModel, tokenizer: Tokenizer) -> Path:
    (tmp_path / MANIFEST).write_text("name: own\nfiles: []\n")
    write_clip(tmp_path, net, tokenizer)
    return tmp_path


def test_transformers_reads_what_is_written(
    pack: Path, net: CLIPModel, tokenizer: Tokenizer
) -> None:
    folder = open_clip(pack)
    read, words = CLIPModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert read.dtype == torch.float32
    for name, value in net.state_dict().items():
        torch.testing.assert_close(read.state_dict()[name], value.half().float())
    inputs = words(list(CAPTIONS), padding=True, return_tensors="pt")
    assert inputs["input_ids"][0].tolist()[:3] == tokenizer.encode(CAPTIONS[0]).ids[:3]
    with torch.no_grad():
        padded = read.get_text_features(**inputs).pooler_output[3]
        alone = read.get_text_features(**words("a", return_tensors="pt")).pooler_output[0]
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-4)
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    picture = np.full((60, 80, 3), 255, np.uint8)
    values = processor(picture, return_tensors="pt")["pixel_values"]
    assert values.shape == (1, 3, SIDE, SIDE)
    torch.testing.assert_close(values, torch.full_like(values, 2.0))


def test_the_same_clip_has_the_same_bytes(pack: Path, net: CLIPModel, tokenizer: Tokenizer) -> None:
    first = (pack / MANIFEST).read_bytes()
    write_clip(pack, net, tokenizer)
    assert (pack / MANIFEST).read_bytes() == first


def test_a_changed_file_is_refused(pack: Path) -> None:
    with (pack / "clip" / "config.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(UsageError, match=r"config\.json is not the clip"):
        open_clip(pack)


def test_a_file_that_is_not_listed_is_refused(pack: Path) -> None:
    (pack / "clip" / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match=r"does not list: adapter_config\.json"):
        open_clip(pack)


def test_a_pack_without_a_clip_says_so(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("name: own\nfiles: []\n")
    with pytest.raises(UsageError, match="lists no CLIP"):
        open_clip(tmp_path)
