"""The words of the drawn world's CLIP: those of its captions whole, and all others in pieces.

A name that the CLIP does not know is spelled, as CLIP's own tokenizer spells it: two such names
are two texts, neither of which says whose face is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<start>", "<end>"
SPECIAL: Final = (PAD, UNKNOWN, START, END)
CONTEXT: Final = 48  # the longest text, in tokens
PROMPTS: Final = (
    "An image with {name}",
    "An image containing {name}",
    "{name}",
    "A picture of {name}",
    "{name} in the image",
    "There is {name} in the picture",
    "An image with a person whose name is {name}",
)
_SEEN = 3  # times, so that a word is known whole
_PAIRS = 160  # of letters that are one piece
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789áéíóöøúüïèòàãñčšđç"
_MARKS = ".,;:!?'’\"()-&"


def build_tokenizer(captions: Iterable[str], names: Iterable[str]) -> Tokenizer:
    """Knows the words of the captions and the prompts and the names that return; spells others."""
    splitter = _splitter()
    words = Counter(word for text in captions for word in _split(splitter, text))
    words.update({word: _SEEN for text in PROMPTS for word in _split(splitter, text)})
    spelled = Counter(word for name in names for word in _split(splitter, name))
    words.update({word: count for word, count in spelled.items() if count >= 10 * _SEEN})
    known = sorted(word for word, count in words.items() if count >= _SEEN and len(word) > 1)
    pairs = Counter[str]()
    for word, count in spelled.items():
        for place in range(len(word) - 1):
            pairs[("##" if place else "") + word[place : place + 2]] += count
    often = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:_PAIRS]
    single = [*_MARKS, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    pieces = dict.fromkeys([*SPECIAL, *single, *sorted(often), *known])
    model = models.WordPiece(
        {piece: number for number, piece in enumerate(pieces)}, unk_token=UNKNOWN
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer, tokenizer.pre_tokenizer = splitter
    ends = [(START, SPECIAL.index(START)), (END, SPECIAL.index(END))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", pair=None, special_tokens=ends
    )
    return tokenizer


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """tokenizer.json and tokenizer_config.json, as transformers reads them."""
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=START,
        eos_token=END,
        model_max_length=CONTEXT,
    )
    fast.save_pretrained(folder)


def _splitter() -> tuple[Any, Any]:
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    return normalizer, pre_tokenizers.BertPreTokenizer()


def _split(splitter: tuple[Any, Any], text: str) -> list[str]:
    normalizer, pre = splitter
    return [word for word, _ in pre.pre_tokenize_str(normalizer.normalize_str(text))]
