"""Texts to draw, and a tokenizer in Qwen's form that is learnt from them: nothing is downloaded. Knows no model.

It reads a prompt as 54 to 66 tokens, ragged as prompts are, and 1.x's template as its 34: what the texts cost is real.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import Qwen2Tokenizer, Qwen3VLProcessor
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21

WORDS = 400  # of the vocabulary: more of them make prompts shorter
ANIMALS = (
    "panda", "fox", "cat", "bear", "bunny", "lion", "dog", "duck", "owl", "frog", "koala", "penguin",
)  # fmt: skip
MOODS = ("smiling", "sleepy")
PLACES = ("in the garden", "in the snow", "under a rainbow", "in the forest")
SPECIAL = (
    "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}{{ part.text }}{% endfor %}<|im_end|>\n{% endfor %}"
)


def texts() -> list[str]:
    """96 of them, all different: more than an engine remembers, so that each is read anew."""
    return [f"a {mood} {animal} {place}" for place, mood, animal in product(PLACES, MOODS, ANIMALS)]


def drawn_here() -> list[str]:
    """The texts, and the templates about them so often that they are learnt whole."""
    return texts() + [QWEN_IMAGE.template, QWEN_IMAGE_21.template] * 40


def make_tokenizer(sentences: Sequence[str] | None = None) -> Any:
    """Byte-level BPE with Qwen's splitting rule and chat tokens, learnt from these or from what is drawn here."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    learner.train_from_iterator(drawn_here() if sentences is None else sentences, trainer)
    learnt = json.loads(learner.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(merge) for merge in learnt["merges"]],
        additional_special_tokens=list(SPECIAL),
    )


class TextProcessor(Qwen3VLProcessor):
    """The reference processor with its tokenizer alone: text needs no image or video processor."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer, self.chat_template = tokenizer, CHAT_TEMPLATE
        self.image_processor = self.video_processor = None
        for name in ("image", "video"):
            setattr(self, f"{name}_token", f"<|{name}_pad|>")
            setattr(self, f"{name}_token_id", tokenizer.convert_tokens_to_ids(f"<|{name}_pad|>"))

    def __call__(self, text: list[str], **settings: Any) -> Any:
        return self.tokenizer(text, **settings)

    def apply_chat_template(self, messages: list[Any], **settings: Any) -> Any:
        return [self.tokenizer.apply_chat_template(messages, chat_template=CHAT_TEMPLATE, **settings)]
