"""Prompts -> what the denoiser reads of them. Knows no jobs and no pictures.

Tokenizer, template, and the language tower of a Qwen vision-language model: no vision tower, no LM head.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from pawlette.device import few
from pawlette.errors import BadModel
from pawlette.model.family import Family
from pawlette.model.folders import built_from, read_json
from pawlette.model.graphs import Graphs
from pawlette.model.packing import recurring
from pawlette.model.tokens import Tokens, load_tokenizer
from pawlette.model.tower import Tower, TowerConfig
from pawlette.model.weights import load_into, nowhere

LANGUAGE_PREFIXES = ("model.language_model.", "language_model.model.", "language_model.", "model.")
NOT_READ = ("visual.", "model.visual.", "lm_head.", "language_model.lm_head.")


class TextEncoder:
    """Texts in, one (tokens, width) tensor each out: the tower's last states behind the template's front."""

    def __init__(self, tower: Tower, tokenizer: Tokenizer, family: Family, device: torch.device) -> None:
        self.tower, self.tokenizer, self.device = tower, tokenizer, device
        self.tokens = Tokens(tokenizer, family)
        self.width = tower.config.hidden_size
        self.longest, self.dropped = self.tokens.longest, self.tokens.dropped
        self.multiple = (
            1  # lengths are rounded up to it, where each new one would be compiled or recorded anew
        )
        self.graphs: Graphs | None = None  # records the tower, where that is switched on

    @classmethod
    def load(cls, folder: Path, family: Family, device: torch.device, dtype: torch.dtype) -> "TextEncoder":
        """From a model folder with `text_encoder` and `tokenizer` (or `processor`)."""
        tokenizer = load_tokenizer(folder)
        tower = load_tower(folder / "text_encoder", device, dtype, final_norm=family.final_norm)
        rows = tower.config.vocab_size
        if (highest := max(tokenizer.get_vocab(with_added_tokens=True).values(), default=0)) >= rows:
            raise BadModel(
                f"{folder}: the tokenizer knows token {highest}, text_encoder has {rows} embeddings"
            )
        return cls(tower, tokenizer, family, device)

    def tokenize(self, text: str) -> list[int]:
        return self.tokens.read(text)

    def length(self, text: str) -> int:
        """Tokens behind the template's front, also those beyond the longest that is read."""
        return self.tokens.length(text)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> list[Tensor]:
        """All texts in one batch; each equals its single run.

        Padding stands behind the text, where a causal tower never looks, so that no mask is needed.
        Padding in front, as the published 2.1 has it, gives the same: the tower's positions are relative.
        """
        if not texts:
            return []
        rows = [self.tokenize(text) for text in texts]
        longest = -(-max(map(len, rows)) // self.multiple) * self.multiple
        spare = recurring(len(rows)) - len(rows) if self.multiple > 1 else 0  # rows whose states are dropped
        padded = [row + [0] * (longest - len(row)) for row in rows] + [[0] * longest] * spare
        ids = few(torch.tensor(padded), self.device)
        states = self.tower(ids) if self.graphs is None else self.graphs("text", lambda: self.tower, (ids,))
        return [state[self.dropped : len(row)].clone() for state, row in zip(states, rows, strict=False)]


def load_tower(folder: Path, device: torch.device, dtype: torch.dtype, *, final_norm: bool) -> Tower:
    """The language tower from a full vision-language checkpoint or from one that holds the tower alone."""
    settings = read_json(folder / "config.json")
    with built_from(folder / "config.json"), nowhere():
        tower = Tower(TowerConfig.from_dict(settings))
    if not final_norm:
        tower.norm = nn.Identity()
    return load_into(tower, folder, dtype=dtype, device=device, rename=language_only(final_norm)).to(device)


def language_only(final_norm: bool) -> Callable[[str], str | None]:
    """Checkpoint key -> the tower's own key, or None for what text alone does not need."""

    def rename(name: str) -> str | None:
        if name.startswith(NOT_READ):
            return None
        bare = next((name.removeprefix(p) for p in LANGUAGE_PREFIXES if name.startswith(p)), name)
        return None if bare == "norm.weight" and not final_norm else bare

    return rename
