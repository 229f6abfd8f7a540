"""Texts as the tokens that a model's tower reads. Knows no weights and no tensors: the front desk may count by it.

transformers is imported only for a tokenizer of the older form, which it converts.
"""

import importlib
from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from pawlette.errors import BadModel
from pawlette.model.family import Family


class Tokens:
    """A tokenizer behind its family's template."""

    def __init__(self, tokenizer: Tokenizer, family: Family) -> None:
        self.tokenizer, self.template, self.longest = tokenizer, family.template, family.longest_text
        front = family.dropped
        self.dropped = front if isinstance(front, int) else len(tokenizer.encode(front).ids)

    def whole(self, text: str) -> list[int]:
        # Qwen has no token for the start, so an empty text would leave nothing to read.
        ids: list[int] = self.tokenizer.encode(self.template.format(text or " ")).ids
        return ids

    def read(self, text: str) -> list[int]:
        """Those that the tower is given."""
        ids = self.whole(text)
        return ids if self.longest is None else ids[: self.dropped + self.longest]

    def length(self, text: str) -> int:
        """Tokens behind the template's front, also those beyond the longest that is read."""
        return len(self.whole(text)) - self.dropped


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder; raises BadModel naming the file."""
    for name in ("tokenizer", "processor"):
        if (folder / name / "tokenizer.json").exists():
            return _prepared(folder / name / "tokenizer.json", lambda path: Tokenizer.from_file(str(path)))
        if (folder / name / "vocab.json").exists():  # the older form, which transformers converts
            return _prepared(folder / name, _converted)
    raise BadModel(f"{folder / 'tokenizer' / 'tokenizer.json'} is missing")


def _converted(folder: Path) -> Tokenizer:
    classes = importlib.import_module("transformers.models.qwen2.tokenization_qwen2")
    return classes.Qwen2Tokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer


def _prepared(path: Path, load: Callable[[Path], Tokenizer]) -> Tokenizer:
    try:
        tokenizer = load(path)
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise BadModel(f"{path} is no tokenizer: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
