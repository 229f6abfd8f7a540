"""What would become of words, as /v1/words and the jobs tell it. Every text goes through the Studio's gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pawlette.errors import Refused, UnknownAnimal
from pawlette.serve.api.answers import WordsAnswer
from pawlette.serve.api.metrics import Metrics
from pawlette.studio import Studio
from pawlette.words import name
from pawlette.words.read import language_of


def answer_words(studio: Studio, text: str, style: str | None, metrics: Metrics) -> WordsAnswer:
    """What would be drawn of the text; raises BadJob for no such style."""
    try:
        understood = studio.accept(text, style=style).to_dict()
    except Refused as refused:
        count_refusal(metrics, refused)
        return _nothing(text, "refused", refused.code, refused.message, refused.suggestion, refused.language)
    except UnknownAnimal as unknown:
        language = language_of(text)
        metrics.decided("model", "unknown_animal", None, language)
        suggestion = name(unknown.nearest[0], language) if unknown.nearest else None
        answer = _nothing(text, "unknown_animal", "unknown_animal", str(unknown), suggestion, language)
        return answer.model_copy(update={"nearest": list(unknown.nearest)})
    count_reading(metrics, understood)
    return WordsAnswer(**understood | {"message": " ".join(understood["said"]), "nearest": []})


def count_refusal(metrics: Metrics, refused: Refused) -> None:
    metrics.decided("words", "refused", refused.code, refused.language)


def count_reading(metrics: Metrics, understood: Mapping[str, Any]) -> None:
    metrics.decided("words", str(understood["status"]), None, str(understood["language"]))


def _nothing(
    text: str, status: Any, code: str, message: str, suggestion: str | None, language: str
) -> WordsAnswer:
    return WordsAnswer(
        text=text, status=status, code=code, message=message, suggestion=suggestion or None,
        language="zh" if language == "zh" else "en", said=[message], dropped=[], changed=[], scene=None, prompt=None,
        nearest=[],
    )  # fmt: skip
