"""A person's words -> a Scene, or a kind refusal. The only door to the words room; fails closed.

Raw text never reaches a model in kid mode: the Scene is built from lexicon ids alone.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pawlette.errors import Refused
from pawlette.words import say
from pawlette.words.normalise import CJK, normalise
from pawlette.words.prompt import Prompt, compose
from pawlette.words.safety import check_open_text, judge
from pawlette.words.scene import Scene
from pawlette.words.sentence import cut
from pawlette.words.slots import Filling, fill, scene_of
from pawlette.words.spelling import corrected
from pawlette.words.styles import DEFAULT, STYLES
from pawlette.words.verdict import Unfit, animal_id

MOST_CHARACTERS = 500
MOST_OPEN_CHARACTERS = 8000  # of an adult's; what a model reads of them it says itself


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a text: everything that `pawlette words` shows."""

    text: str
    status: str  # "accepted", "changed" or "refused"
    code: str | None
    message: str
    suggestion: str | None
    language: str
    scene: Scene | None
    dropped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # sentences on what was rewritten
    prompt: Prompt | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of this reading."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["scene"] = dataclasses.asdict(self.scene) if self.scene else None
        fields["prompt"] = self.prompt.text if self.prompt else None
        return fields | {"dropped": list(self.dropped), "changed": list(self.changed)}


def read(text: str) -> Scene:
    """The Scene that the words describe; raises Refused."""
    return _read(text)[0]


def understand(text: str, *, studio: bool = False, style: str | None = None) -> Reading:
    """What became of the words, never Refused; `studio`: an adult's open text. KeyError for no such style."""
    if style is not None:
        STYLES[style]
    language = language_of(text)
    try:
        return _open(text, style, language) if studio else _understood(text, style, language)
    except Refused as refused:
        return Reading(
            text, "refused", refused.code, refused.message, refused.suggestion, refused.language, None
        )


def language_of(text: str) -> str:
    """ "zh" where Chinese characters are at least as many as Latin words."""
    chinese = len(re.findall(f"[{CJK}]", text))
    return "zh" if chinese and chinese >= len(re.findall(r"[A-Za-z]+", text)) else "en"


def _understood(text: str, style: str | None, language: str) -> Reading:
    scene, filling = _read(text)
    changed = tuple(say.note(kind, words, language) for kind, words in filling.notes)
    status = "changed" if filling.dropped or changed else "accepted"
    unknown = [words for words in filling.dropped if words in filling.unknown]
    undrawn = [words for words in filling.dropped if words not in filling.unknown]
    message = " ".join(part for part in (*changed, say.missing(unknown, undrawn, language)) if part)
    prompt = compose(scene, style or scene.style or DEFAULT)
    return Reading(
        text, status, None, message, None, language, scene, tuple(filling.dropped), changed, prompt
    )


def _open(text: str, style: str | None, language: str) -> Reading:
    """Studio mode: the text itself is the prompt, behind the tripwires."""
    _check_form(text, language, MOST_OPEN_CHARACTERS, "open_too_long")
    try:
        check_open_text(normalise(text))
    except Unfit as unfit:
        raise _refused(unfit.code, None, language) from None
    except Exception:
        raise _refused("cannot_check", None, language) from None
    chosen = STYLES[style or DEFAULT]
    return Reading(
        text,
        "accepted",
        None,
        "",
        None,
        language,
        None,
        prompt=Prompt(text, chosen.negative, None, chosen.name),
    )


def _read(text: str) -> tuple[Scene, Filling]:
    language = language_of(text)
    _check_form(text, language)
    animal = None
    try:
        plain = normalise(text)
        animal = _first_animal(plain)
        plain, respelt = corrected(plain) if animal is None else (plain, [])
        sentence = judge(plain)
        filling = fill(sentence, language)
        filling.notes[:0] = [*respelt, *sentence.notes]
        if any(kind == "sad" for kind, _ in filling.notes):
            filling.single.setdefault("mood", "sad")
        if not filling.creatures:
            raise Unfit("no_animal")
        return scene_of(filling), filling
    except Unfit as unfit:
        raise _refused(unfit.code, animal, language) from None
    except Exception:  # fails closed: whatever could not be checked is not drawn
        raise _refused("cannot_check", None, language) from None


def _check_form(text: str, language: str, most: int = MOST_CHARACTERS, code: str = "too_long") -> None:
    if not text.strip():
        raise _refused("empty", None, language)
    if len(text) > most:
        raise _refused(code, None, language)
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n\r" for char in text):
        raise _refused("control", None, language)


def _first_animal(plain: str) -> str | None:
    return next((animal for piece in cut(plain) if (animal := animal_id(piece))), None)


def _refused(code: str, animal: str | None, language: str) -> Refused:
    suggestion = say.suggestion(animal, language)
    return Refused(
        say.refusal(code, suggestion, language), code=code, suggestion=suggestion, language=language
    )
