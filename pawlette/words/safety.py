"""The gate: which known words may stand together in a child's picture. Knows no models and fills no slots.

Each rule looks at a whole sentence and either refuses it (raises `Unfit` with a code) or takes words away and
says so. Unknown words never reach a picture, so the rules are about words that are harmless alone.
"""

from __future__ import annotations

from collections.abc import Callable

from pawlette.words.rules_feelings import frights, laughter, small_fears, tears
from pawlette.words.rules_harm import check_disguise, disguises, looks_like_blood, parts_missing, tripwires
from pawlette.words.rules_hurt import bones, hurting, material, tools
from pawlette.words.rules_meals import crockery, garnished, kitchen, on_a_meal, prey
from pawlette.words.rules_scene import denials, grasping, lying_still, places
from pawlette.words.sentence import cut
from pawlette.words.verdict import Sentence, Unfit

CODES = {
    "empty": "there are no words",
    "too_long": "more than 500 characters",
    "open_too_long": "an adult's open text of more than 8,000 characters",
    "control": "control characters in the text",
    "no_animal": "no animal that we know is named",
    "cannot_check": "the words could not be checked",
    "weapon": "weapons",
    "blood": "blood and wounds, or something that looks like them",
    "death": "death, graves, killing",
    "violence": "fighting, hurting, accidents",
    "cruelty": "being cruel to somebody, shutting in, bullying",
    "selfharm": "hurting oneself",
    "sexual": "nakedness and sex",
    "drugs": "alcohol, smoking, drugs",
    "gambling": "playing for money",
    "hate": "hatred and politics",
    "scary": "frightening pictures",
    "tricks": "words that try to get round the rules",
    "prey": "one animal eating another",
    "food": "an animal as a meal",
    "heat": "an animal in fire or in a cooking pot",
    "dish": "an animal on a plate",
    "material": "an animal made into a thing",
    "machine": "an animal in a dangerous place",
    "missing": "an animal without a part of its body",
}
"""Every code of a refusal, and what it means."""
STUDIO_CODES = frozenset({"sexual", "blood", "hate", "selfharm", "death", "violence"})
"""What an adult's open text is refused for, too."""
RULES: tuple[Callable[[Sentence], None], ...] = (
    tripwires, disguises, parts_missing, material, hurting, tools, bones, looks_like_blood, prey, on_a_meal,
    garnished, places, kitchen, crockery, laughter, small_fears, frights, tears, lying_still, grasping, denials,
)  # fmt: skip


def judge(text: str) -> Sentence:
    """The sentence with every rule applied; raises Unfit."""
    sentence = Sentence(cut(text))
    for rule in RULES:
        rule(sentence)
    return sentence


def check_open_text(text: str) -> None:
    """Studio mode: only the tripwires; raises Unfit."""
    for piece in cut(text):
        for meaning in piece.meanings:
            if meaning.slot == "harm" and meaning.id in STUDIO_CODES:
                raise Unfit(meaning.id)
        check_disguise(piece, STUDIO_CODES)
