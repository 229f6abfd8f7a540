"""Rules on harmful words and on what looks like harm: tripwires, disguises, missing parts, blood."""

from __future__ import annotations

from collections.abc import Iterator

from pawlette.words.lexicon import lexicon
from pawlette.words.sentence import Piece
from pawlette.words.verdict import SMALL_TALK, Sentence, Unfit, denial_of, deny, group_of, in_or_on

UNLESS_EATING = frozenset({"dish"})
BITING_PARTS = frozenset(
    [
        "teeth",
        "tooth",
        "mouth",
        "mouths",
        "paw",
        "paws",
        "claw",
        "claws",
        "neck",
        "necks",
        "throat",
        "belly",
        "tummy",
        "stomach",
        "chest",
        "hand",
        "hands",
        "face",
        "eyes",
        "eye",
        "body",
        "tongue",
        "嘴",
        "嘴巴",
        "嘴边",
        "嘴唇",
        "牙齿",
        "牙",
        "爪子",
        "爪",
        "脖子",
        "喉咙",
        "肚子",
        "胸",
        "眼睛",
        "眼",
        "身体",
        "身子",
        "手",
        "脸",
        "舌头",
        "嘴里",
        "口中",
    ]
)
"""Parts that look hurt when they are red or drip."""
GONE = frozenset(
    ["missing", "lost", "removed", "taken", "断了", "断掉", "没了", "掉了", "没有了", "不见了", "缺"]
)
PARTS_TOO = frozenset(
    {"shell", "wings", "coat", "spots", "stripes", "贝壳", "翅膀", "小翅膀", "大尾巴", "长耳朵"}
)
"""Words of other slots that are parts of a body after "without"."""
VESSELS = frozenset(
    ["bath", "baths", "bathtub", "tub", "pool", "paddling-pool", "浴缸", "澡盆", "浴盆", "浴缸里"]
)
"""Words of wet places that may be red themselves."""
PLUMAGE = frozenset(
    [
        "chest",
        "face",
        "belly",
        "tummy",
        "body",
        "neck",
        "throat",
        "胸",
        "脸",
        "肚子",
        "身体",
        "身子",
        "脖子",
        "喉咙",
    ]
)
"""Where birds wear red feathers."""
WATERS = frozenset(
    {"pond", "river", "lake", "under water", "snow", "swimming pool", "path", "bathroom", "water", "raining"}
)


def tripwires(sentence: Sentence) -> None:
    """Words that are never drawn, unless said once as "no …": then they are dropped."""
    for i in sentence.where("harm"):
        harm = sentence.pieces[i].get("harm")
        assert harm is not None
        denial = denial_of(sentence, i)
        if denial is None and not (
            harm.id in UNLESS_EATING and sentence.has_meal() and not in_or_on(sentence, i)
        ):
            raise Unfit(harm.id)
        if denial is None:
            sentence.gone.add(i)
        else:
            deny(sentence, denial, i)


def disguises(sentence: Sentence) -> None:
    """Unknown words that are a tripwire misspelt, reversed or glued to another word."""
    for piece in sentence.pieces:
        check_disguise(piece, None)


def parts_missing(sentence: Sentence) -> None:
    """ "without fur", "no head", 没有壳, "its tail is missing", "its head off"."""
    for i in sentence.where("part"):
        if {"off", "gone", "missing", "taken"} & {piece.text for piece in sentence.pieces[i + 1 : i + 3]}:
            raise Unfit("missing")
    for i in sentence.where("no"):
        near = sentence.after(i, (*SMALL_TALK, "hold", "prep", "wear", "with"))
        if near is not None and (
            sentence.pieces[near].has("part", "mouth") or sentence.pieces[near].text in PARTS_TOO
        ):
            raise Unfit("missing")
        if _is_gone(sentence, i):
            raise Unfit("missing")
        if near is not None and sentence.pieces[near].text in ("water", "水", "air", "空气"):
            raise Unfit("death")


def _is_gone(sentence: Sentence, i: int) -> bool:
    """ "its tail is missing", 尾巴断了: a word of loss after a part."""
    if sentence.pieces[i].text not in GONE:
        return False
    behind = sentence.before(i)
    return behind is not None and (
        sentence.pieces[behind].has("part") or sentence.pieces[behind].text in ("bone", "骨头")
    )


def looks_like_blood(sentence: Sentence) -> None:
    """Red or sauce on water, on the ground, or on a mouth; anything that runs out of a body."""
    parts = [
        i
        for i in sentence.where("part", "mouth")
        if sentence.pieces[i].text in BITING_PARTS or sentence.pieces[i].has("mouth")
    ]
    reds = [i for i in sentence.where("colour") if _is_red(sentence.pieces[i])]
    wet = [i for i in sentence.where("liquid", "place", "thing", "weather") if _is_wet(sentence.pieces[i])]
    for i in reds:
        near = sentence.after(i, (*SMALL_TALK, "prep"))
        behind = sentence.before(i)
        if near is not None and _is_coloured_by_nature(sentence, near):
            continue
        if near is not None and (near in wet or near in parts):
            raise Unfit("blood")
        if behind is not None and (behind in parts or behind in wet) and not _colours_a_noun(sentence, i):
            raise Unfit("blood")
        if near is None and (parts or sentence.any("liquid")):
            raise Unfit("blood")
    if sentence.any("leak") and (sentence.any("part", "mouth", "sauce") or reds):
        raise Unfit("blood")
    if sentence.any("sauce") and (parts or sentence.any("liquid")):
        raise Unfit("blood")
    for i in sentence.where("sauce"):
        sentence.gone.add(i)


def _is_red(piece: Piece) -> bool:
    return any(meaning.slot == "colour" and meaning.id in ("red", "maroon") for meaning in piece.meanings)


def _is_coloured_by_nature(sentence: Sentence, near: int) -> bool:
    """A red bathtub without water, a bird's red breast."""
    text = sentence.pieces[near].text
    if text in VESSELS:
        return not any(piece.text in ("water", "水", "liquid", "paint") for piece in sentence.pieces)
    return text in PLUMAGE and all(group_of(kind).startswith("bird/") for kind in sentence.kinds())


def _is_wet(piece: Piece) -> bool:
    return piece.has("liquid") or any(meaning.id in WATERS for meaning in piece.meanings)


def _colours_a_noun(sentence: Sentence, i: int) -> bool:
    near = sentence.after(i)
    return near is not None and sentence.pieces[near].has("accessory", "thing", "animal")


def check_disguise(piece: Piece, codes: frozenset[str] | None) -> None:
    """Refuses an unknown word that hides a tripwire of these codes (None: of any)."""
    word = piece.text
    if piece.known or not word.isascii() or not word.isalpha() or not 4 <= len(word) <= 24:
        return
    for guess in _disguises(word):
        for meaning in lexicon().find((guess,)):
            if meaning.slot == "harm" and (codes is None or meaning.id in codes):
                raise Unfit(meaning.id)


def _disguises(word: str) -> Iterator[str]:
    """Words that this one may be hiding: reversed, letters swapped, doubled or lost, stretched, glued."""
    yield word[::-1]
    yield from _unstretched(word)
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if len(word) >= 5:
        yield from (word[:i] + word[i + 1 :] for i in range(1, len(word) - 1))
        for i in range(1, len(word)):
            letters = "abcdefghijklmnopqrstuvwxyz" if len(word) >= 6 else word[i - 1]
            yield from (word[:i] + letter + word[i:] for letter in letters)
    for i in range(3, len(word) - 2):
        if lexicon().find((word[:i],)) and lexicon().find((word[i:],)) and len(word) >= 7:
            yield from (part for part in (word[:i], word[i:]) if len(part) >= 4)


def _unstretched(word: str) -> Iterator[str]:
    kept = "".join(char for i, char in enumerate(word) if i < 2 or not char == word[i - 1] == word[i - 2])
    yield kept
    yield "".join(char for i, char in enumerate(word) if i == 0 or char != word[i - 1])
