"""The pieces of a sentence that passed the gate -> the slots of a Scene. Knows the grammar of a short wish.

Adjectives wait for the next noun; a verb waits for its object. What finds no slot is named as dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pawlette.words.lexicon import Meaning, lexicon
from pawlette.words.prompt import with_article
from pawlette.words.scene import Creature, Scene
from pawlette.words.sentence import Piece
from pawlette.words.verdict import Sentence

MOST = 3
COUNTS = {"one": 1, "two": 2, "three": 3, "many": 4}
YOUNG_GROUPS = ("mammal", "bird", "reptile", "fantasy", "sea/mammal", "amphibian")
"""Groups whose 小 form means a young one; elsewhere (bees, crabs) it means a tiny one."""
SINGLE = ("place", "weather", "season", "time", "mood", "style")
NOUNS = ("animal", "name", "accessory", "thing", "place", "colour")
RIDING = frozenset({"on", "in", "在"})
VERBS = ("wear", "hold", "eat", "with")
BEFORE_NOUNS = (*VERBS, "prep", "colour", "look", "mood", "small", "baby", "one", "two", "three", "many")
COATS = frozenset(
    {
        "fur",
        "feathers",
        "coat",
        "wings",
        "hair",
        "wool",
        "scales",
        "羽毛",
        "毛",
        "皮毛",
        "毛发",
        "鳞片",
        "翅膀",
    }
)
HEADS = frozenset(
    [
        "dog",
        "cat",
        "bear",
        "bird",
        "fish",
        "fox",
        "wolf",
        "horse",
        "cow",
        "sheep",
        "monkey",
        "shark",
        "whale",
        "duck",
        "dinosaur",
        "bunny",
        "mouse",
        "owl",
    ]
)
"""Kinds that may follow a breed: "corgi dog", "golden retriever puppy"."""
YOUNG_ONES = frozenset(
    [
        "cub",
        "cubs",
        "pup",
        "pups",
        "calf",
        "calves",
        "kit",
        "kits",
        "chick",
        "chicks",
        "foal",
        "foals",
        "joey",
        "hatchling",
        "kid",
        "kids",
    ]
)
"""Words for any young animal: "penguin chick", "jaguar cub"."""


@dataclass
class Filling:
    """A Scene in the making, and what was dropped or rewritten on the way."""

    language: str
    creatures: list[Creature] = field(default_factory=list)
    guessed: list[bool] = field(default_factory=list)  # whether a count comes from a bare plural
    single: dict[str, str] = field(default_factory=dict)
    action: str | None = None
    accessories: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    colour: str | None = None  # adjectives that wait for their noun
    looks: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # the words of those adjectives
    count: int | None = None
    baby: bool = False
    small: bool = False
    joined: bool = False  # "and" or "with" stands before
    verb: str | None = None  # the verb that waits for its object

    def drop(self, words: str) -> None:
        if words and words not in self.dropped:
            self.dropped.append(words)


def fill(sentence: Sentence, language: str) -> Filling:
    """Go through the sentence once, piece by piece."""
    filling = Filling(language)
    for i, piece in enumerate(sentence.pieces):
        if i in sentence.gone:
            filling.drop(piece.text)
        elif i not in sentence.hidden:
            _take(filling, sentence, i)
    _flush(filling)
    _fit_counts(filling)
    return filling


def scene_of(filling: Filling) -> Scene:
    """The finished Scene; the filling has at least one creature."""
    single = filling.single
    style = single.get("style")
    return Scene(
        tuple(filling.creatures),
        single.get("mood"),
        filling.action,
        tuple(filling.accessories[:3]),
        single.get("place"),
        single.get("weather"),
        single.get("season"),
        single.get("time"),
        style,
        transparent=style == "sticker",
        language=filling.language,
    )


def _take(filling: Filling, sentence: Sentence, i: int) -> None:
    piece = sentence.pieces[i]
    meaning = choose(sentence, i)
    if meaning is None:
        filling.drop(piece.text)
    elif (
        meaning.slot == "animal"
        and i
        and sentence.pieces[i - 1].has("animal")
        and _is_breed(filling, piece, meaning)
    ):
        filling.creatures[-1] = replace(
            filling.creatures[-1],
            baby=filling.creatures[-1].baby or meaning.young or piece.text in YOUNG_ONES,
        )
    elif meaning.slot in HANDLERS:
        HANDLERS[meaning.slot](filling, piece, meaning)
    elif meaning.slot in SINGLE:
        _single(filling, piece, meaning)
    elif meaning.slot in VERBS:
        filling.verb = meaning.slot
    elif meaning.slot == "prep":
        filling.verb = "ride" if piece.text in RIDING else filling.verb
    elif meaning.slot in COUNTS:
        filling.count = COUNTS[meaning.slot]
    elif meaning.slot == "part" and piece.text in COATS and filling.colour and filling.creatures:
        filling.verb = None
        _flush(filling)  # "a parrot with blue feathers" is a blue parrot
    elif meaning.slot in ("skip", "part", "liquid", "leak", "mouth", "take", "hunt", "no"):
        _drop_with_adjectives(filling, piece.text)


def _is_breed(filling: Filling, piece: Piece, meaning: Meaning) -> bool:
    """Whether this animal only says more about the one before it."""
    if not filling.creatures:
        return False
    table, before = lexicon().animals, filling.creatures[-1].animal
    return (
        piece.text in YOUNG_ONES
        or meaning.id == before
        or (
            meaning.id in HEADS
            and table[before].group.split("/")[-1] == table[meaning.id].group.split("/")[-1]
        )
    )


def choose(sentence: Sentence, i: int) -> Meaning | None:
    """The one meaning that a piece has here, judged by its neighbours."""
    piece = sentence.pieces[i]
    if len(piece.meanings) < 2:
        return piece.meanings[0] if piece.meanings else None
    near = sentence.after(i, ("filler",))
    behind = sentence.pieces[i - 1] if i else None
    noun_next = near is not None and sentence.pieces[near].has(*NOUNS, "baby", "small", "look")
    after_article = behind is not None and (behind.text in ("a", "an", "the") or behind.has(*BEFORE_NOUNS))
    if piece.has("animal") and piece.has("action"):
        return piece.get("animal") if after_article or behind is None else piece.get("action")
    for slot in ("colour", "look"):
        if piece.has(slot) and piece.has("place", "weather", "thing", "style", "action", "mood"):
            return piece.get(slot) if noun_next else next(m for m in piece.meanings if m.slot != slot)
    if piece.has("action") and piece.has("accessory", "thing", "place", "weather", "mood"):
        return next(m for m in piece.meanings if (m.slot == "action") != after_article)
    if piece.has("style") and piece.has("thing", "action"):
        return next(
            m for m in piece.meanings if (m.slot == "style") != (behind is not None and behind.has(*VERBS))
        )
    if piece.has("hold") and piece.has("action", "take"):
        return (
            piece.get("hold")
            if near is not None and sentence.pieces[near].has("thing", "colour")
            else piece.get("action") or piece.get("hold")
        )
    if piece.has("eat") and piece.has("action"):
        return piece.get("action")
    return min(
        piece.meanings, key=lambda meaning: ORDER.index(meaning.slot) if meaning.slot in ORDER else len(ORDER)
    )


ORDER = (
    "animal",
    "name",
    "style",
    "accessory",
    "thing",
    "place",
    "weather",
    "season",
    "time",
    "mood",
    "action",
    "colour",
    "look",
    "one",
    "two",
    "three",
    "many",
    "baby",
    "small",
    "wear",
    "hold",
    "eat",
    "with",
    "join",
    "filler",
    "prep",
    "skip",
)


def _animal(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    animal = lexicon().animals[meaning.id]
    young = meaning.young or filling.baby or (filling.small and animal.group.startswith(YOUNG_GROUPS))
    looks = list(dict.fromkeys(filling.looks + (["tiny"] if filling.small and not young else [])))
    count = filling.count or (2 if meaning.plural else 1)
    if count > MOST:
        filling.notes.append(("three", piece.text))
    creature = Creature(meaning.id, min(count, MOST), young, filling.colour, tuple(looks))
    guessed = filling.count is None and meaning.plural
    if meaning.slot == "name":
        filling.notes.append(("name", f"{piece.text}|{meaning.id}"))
    _add_creature(filling, creature, guessed, piece.text)
    _settle(filling)


def _add_creature(filling: Filling, creature: Creature, guessed: bool, words: str) -> None:
    """One more kind; the same kind named again ("the little bear … he is a bear") is the same animal."""
    for i, old in enumerate(filling.creatures):
        same = old.animal == creature.animal and (
            old.baby == creature.baby or not (filling.joined or creature.count > 1)
        )
        if same and (creature.colour in (None, old.colour) or old.colour is None):
            merged = replace(
                old,
                colour=old.colour or creature.colour,
                looks=tuple(dict.fromkeys(old.looks + creature.looks)),
            )
            filling.creatures[i] = merged
            return
    if len(filling.creatures) == MOST:
        filling.drop(words)
        return
    filling.creatures.append(creature)
    filling.guessed.append(guessed)


def _colour(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    if filling.colour:
        filling.drop(piece.text)
        return
    filling.colour = meaning.id
    filling.waiting.append(piece.text)


def _look(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    if meaning.id == "cute":  # every style is cute already
        return
    if meaning.id in filling.looks or len(filling.looks) == 3:
        return
    filling.looks.append(meaning.id)
    filling.waiting.append(piece.text)


def _accessory(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    words = (
        f"{filling.colour} {meaning.id}"
        if filling.colour and not meaning.id.startswith(filling.colour)
        else meaning.id
    )
    filling.colour = None
    _drop_adjectives(filling)
    if words in filling.accessories:
        return
    if len(filling.accessories) == MOST:
        filling.drop(piece.text)
    else:
        filling.accessories.append(words)


def _thing(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    kind = lexicon().kinds[meaning.id]
    words = f"{filling.colour} {meaning.id}" if filling.colour else meaning.id
    filling.colour = None
    _drop_adjectives(filling)
    action = _action_with(filling.verb, kind, words)
    filling.verb = None
    vague = filling.action in (
        "eating",
        "drinking",
        "playing",
        "playing music",
        "reading a book",
        "building",
        "looking around",
        "hugging",
        None,
    )
    if action and vague:
        filling.action = action
    else:
        filling.drop(piece.text)


def _action_with(verb: str | None, kind: str, words: str) -> str | None:
    """The action of a verb and its object; None where the two do not go together."""
    thing = with_article(words)
    if verb in ("eat", "eating") and kind in ("food", "drink"):
        return f"{'eating' if kind == 'food' else 'drinking'} {thing}"
    if verb == "playing" and kind == "toy":
        return f"playing with {thing}"
    if verb in ("playing", "playing music", "hold", "with") and kind == "instrument":
        return f"playing {thing}"
    if verb in ("hold", "with", "ride") and kind == "vehicle":
        return f"riding {thing}"
    if verb in ("hold", "with", "build") and kind == "build":
        return f"building {thing}"
    if verb in ("hold", "with", "wear", "hugging") and kind not in ("vehicle", "build"):
        return f"holding {thing}"
    return None


def _action(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    words = meaning.id
    filling.verb = {
        "eating": "eat",
        "drinking": "eat",
        "playing": "playing",
        "playing music": "playing",
        "building": "build",
        "hugging": "hugging",
    }.get(words)
    if filling.action is None or (filling.action == "playing" and words.startswith("playing")):
        filling.action = words
    elif words not in filling.action and filling.verb is None:
        filling.drop(piece.text)


def _single(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    slot = meaning.slot
    if slot != "mood":
        _drop_adjectives(filling, colour=True)
        filling.verb = None
    if filling.single.setdefault(slot, meaning.id) != meaning.id:
        filling.drop(piece.text)


def _baby(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """ "baby elephant", 大象宝宝: the word may stand on either side."""
    if filling.creatures and not piece.text.isascii() and not filling.joined:
        filling.creatures[-1] = replace(filling.creatures[-1], baby=True)
    else:
        filling.baby = True


def _small(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    filling.small = True


def _stop(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    _flush(filling)


def _join(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """ "a red and white cat" keeps its adjectives; "a rabbit and a carrot" holds what comes."""
    filling.joined = True
    filling.verb = filling.verb or "with"


def _flush(filling: Filling) -> None:
    """The end of a clause: a colour without a noun belongs to the animal before it ("the cat is pink")."""
    if filling.verb in ("with", "hold"):  # "a lamb with mint": no colour of the animal's
        for words in filling.waiting:
            filling.drop(words)
        filling.colour, filling.looks, filling.waiting = None, [], []
    if filling.creatures and (filling.colour or filling.looks):
        last = filling.creatures[-1]
        looks = tuple(dict.fromkeys(last.looks + tuple(filling.looks)))
        filling.creatures[-1] = replace(last, colour=last.colour or filling.colour, looks=looks)
        _settle(filling)
    if filling.baby and filling.creatures:  # "a kangaroo and her baby"
        if filling.joined:
            _add_creature(filling, Creature(filling.creatures[-1].animal, baby=True), False, "baby")
        else:
            filling.drop("baby")
    if filling.count and filling.count > 1:
        filling.drop(str(filling.count))
    filling.verb, filling.count, filling.baby, filling.joined = None, None, False, False


def _settle(filling: Filling) -> None:
    """The waiting words found their noun."""
    filling.colour, filling.looks, filling.waiting = None, [], []
    filling.count, filling.baby, filling.small, filling.verb, filling.joined = None, False, False, None, False


def _drop_adjectives(filling: Filling, colour: bool = False) -> None:
    """A noun that takes no looks ("a tiny hat"): they are named. Colours go too where nothing is coloured."""
    colours = lexicon().colours
    for words in filling.waiting:
        is_colour = any(
            meaning.slot == "colour" and meaning.id in colours
            for meaning in lexicon().find(tuple(words.split()))
        )
        if colour or not is_colour:
            filling.drop(words)
    filling.looks, filling.waiting, filling.count, filling.small = [], [], None, False
    if colour:
        filling.colour = None


def _drop_with_adjectives(filling: Filling, words: str) -> None:
    _drop_adjectives(filling, colour=True)
    filling.drop(words)


def _fit_counts(filling: Filling) -> None:
    """At most three animals in all: bare plurals give way first, then the largest count."""
    creatures = filling.creatures
    while sum(creature.count for creature in creatures) > MOST:
        several = [i for i, creature in enumerate(creatures) if creature.count > 1]
        guessed = [i for i in several if filling.guessed[i]]
        i = (guessed or sorted(several, key=lambda j: -creatures[j].count))[0]
        creatures[i] = replace(creatures[i], count=creatures[i].count - 1)
        if not guessed and not any(kind == "three" for kind, _ in filling.notes):
            filling.notes.append(("three", creatures[i].animal))


HANDLERS = {
    "animal": _animal,
    "name": _animal,
    "colour": _colour,
    "look": _look,
    "accessory": _accessory,
    "thing": _thing,
    "action": _action,
    "baby": _baby,
    "small": _small,
    "stop": _stop,
    "join": _join,
}
