"""What would become of words, as /v1/words and the jobs tell it. Every text goes through the Studio's gate."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pawlette.errors import Refused, UnknownAnimal
from pawlette.serve.api.answers import WordsAnswer
from pawlette.serve.api.metrics import Metrics
from pawlette.studio import Accepted, Studio
from pawlette.words import name, understand
from pawlette.words.read import language_of


def answer_words(studio: Studio, text: str, style: str | None, metrics: Metrics) -> WordsAnswer:
    """What would be drawn of the text; raises BadJob for no such style."""
    try:
        accepted = studio.accept(text, style=style)
    except Refused as refused:
        count_refusal(metrics, refused)
        return _nothing(text, "refused", refused.code, refused.message, refused.suggestion, refused.language)
    except UnknownAnimal as unknown:
        language = language_of(text)
        metrics.decided("model", "unknown_animal", None, language)
        suggestion = None if not unknown.nearest else name(unknown.nearest[0], language)
        kept = understand(text, studio=studio.studio_mode, style=style)
        answer = _nothing(text, "unknown_animal", "unknown_animal", str(unknown), suggestion, language)
        return answer.model_copy(update={"nearest": list(unknown.nearest), "said": [*_said(kept.changed), str(unknown)]})
    metrics.decided("words", accepted.reading.status, None, accepted.reading.language)
    return _accepted(text, accepted)


def count_refusal(metrics: Metrics, refused: Refused) -> None:
    metrics.decided("words", "refused", refused.code, refused.language)


def _said(sentences: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(sentences))


def _accepted(text: str, accepted: Accepted) -> WordsAnswer:
    reading = accepted.reading
    scene = accepted.job.prompt.scene
    said = said_of(accepted)
    changed = reading.status == "changed" or bool(accepted.notes)
    return WordsAnswer(
        text=text, status="changed" if changed else "accepted", code=None, message=" ".join(said), suggestion=None,
        language=_language(reading.language), said=said, dropped=list(reading.dropped), changed=list(reading.changed),
        scene=None if scene is None else dataclasses.asdict(scene), prompt=accepted.job.prompt.text, nearest=[],
    )  # fmt: skip


def said_of(accepted: Accepted) -> list[str]:
    """Each sentence once: a reading's message repeats what was changed."""
    reading = accepted.reading
    message = (reading.message,) if reading.message else reading.changed
    return _said((*message, *accepted.notes))


def _nothing(text: str, status: Any, code: str, message: str, suggestion: str | None, language: str) -> WordsAnswer:
    return WordsAnswer(
        text=text, status=status, code=code, message=message, suggestion=suggestion or None, language=_language(language),
        said=[message], dropped=[], changed=[], scene=None, prompt=None, nearest=[],
    )  # fmt: skip


def _language(language: str) -> Any:
    return "zh" if language == "zh" else "en"


def understood_by(accepted: Accepted, text: str) -> Mapping[str, Any]:
    """The same answer, to be kept with a job."""
    return _accepted(text, accepted).model_dump()
