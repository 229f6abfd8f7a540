"""Rules on eating and cooking: nobody is eaten, and nobody stands where meals are made or served."""

from __future__ import annotations

from pawlette.words.lexicon import lexicon
from pawlette.words.verdict import INSIDE, SMALL_TALK, Sentence, Unfit, animal_id, group_of, in_or_on

SMALL_PREY = ("sea/fish", "sea/shell", "bug/", "sea/soft")
HUNTERS = (
    "mammal/cat",
    "mammal/dog",
    "mammal/bear",
    "reptile/croc",
    "reptile/lizard",
    "bird/raptor",
    "sea/fish",
)
PEOPLE = frozenset(
    [
        "child",
        "children",
        "boy",
        "boys",
        "girl",
        "girls",
        "kid",
        "toddler",
        "lady",
        "man",
        "woman",
        "person",
        "people",
        "human",
        "baby",
        "babies",
        "grandma",
        "granny",
        "grandmother",
        "grandpa",
        "人",
        "人类",
        "小孩",
        "小孩子",
        "孩子",
        "小朋友",
        "男孩",
        "女孩",
        "婴儿",
        "奶奶",
        "爷爷",
        "叔叔",
        "阿姨",
        "妈妈",
        "爸爸",
    ]
)
MEALS = frozenset({"rice", "noodles", "bread", "sandwich", "lettuce", "pancake", "dumpling", "pizza"})
"""Food that animals are served on."""
GAME = frozenset(["bunny", "deer", "frog", "snail", "turtle", "snake", "pigeon"])
EATEN = ("sea/fish", "sea/shell", "sea/soft", "bird/farm", "mammal/farm", "bird/water")


def prey(sentence: Sentence) -> None:
    """One animal eating, hunting or carrying off another; small prey is left out instead."""
    several = len(sentence.where("animal", "name")) > 1 or sentence.any("baby")
    if sentence.any("mouth") and (several or sentence.any("stove", "crockery") or _roast_pig(sentence)):
        raise Unfit("prey")
    for i in sentence.where("hunt"):
        near = sentence.after(i)
        made = sentence.pieces[i].text.startswith(
            "made "
        )  # "a hat made of rabbit", but "a moon made of cheese"
        if (several and not made) or (near is not None and sentence.pieces[near].has("animal", "name")):
            raise Unfit("prey")
        sentence.gone.add(i)
    for i in [i for i in range(len(sentence.pieces)) if sentence.eats(i)]:
        _check_meal(sentence, i)


def _check_meal(sentence: Sentence, i: int) -> None:
    following = [piece.text for piece in sentence.pieces[i + 1 : i + 5]]
    person = sentence.after(i, ("filler", "eat", "one", "two", "three", "small"))
    if (person is not None and sentence.pieces[person].text in PEOPLE) or (
        following[:1] and following[0] in PEOPLE
    ):
        raise Unfit("prey")
    near = sentence.after(i, (*SMALL_TALK, "eat", "no", "prep"))
    if near is not None and sentence.pieces[near].has("animal", "name") and near not in sentence.hidden:
        eaten = animal_id(sentence.pieces[near])
        assert eaten is not None
        small = group_of(eaten).startswith(SMALL_PREY)
        if not small or sentence.kinds() == {eaten}:
            raise Unfit("prey")
        sentence.hide(i, near)
        sentence.note("eating", f"{sentence.pieces[i].text}|{sentence.pieces[near].text}")
        return
    if _has_object(sentence, i) and not _joined_to_animal(sentence, i):
        return
    if len(sentence.kinds()) > 1 and any(piece.text == "把" for piece in sentence.pieces):
        raise Unfit("prey")
    hunters = [kind for kind in sentence.kinds() if group_of(kind).startswith(HUNTERS)]
    unfed = not sentence.has_meal() or _joined_to_animal(sentence, i)
    if hunters and len(sentence.kinds()) > 1 and unfed:
        sentence.gone.add(i)


def _has_object(sentence: Sentence, i: int) -> bool:
    near = sentence.after(i, (*SMALL_TALK, "eat", "skip", "stove"))
    return near is not None and sentence.pieces[near].has("thing")


def _joined_to_animal(sentence: Sentence, i: int) -> bool:
    """ "eating cake and a rabbit": food, a joining word, then an animal that does nothing of its own."""
    near = sentence.after(i)
    join = sentence.after(near) if near is not None and sentence.pieces[near].has("thing") else None
    if join is None or not sentence.pieces[join].has("join"):
        return False
    animal = sentence.after(join)
    return animal is not None and sentence.pieces[animal].has("animal") and not any(
        piece.has("action", "hold", "eat", "wear") for piece in sentence.pieces[animal:])  # fmt: skip


def _roast_pig(sentence: Sentence) -> bool:
    """A pig with an apple in its mouth is a roast."""
    return "pig" in sentence.kinds() and any(
        meaning.slot == "thing" and lexicon().kinds[meaning.id] == "food"
        for i in sentence.where("thing")
        for meaning in sentence.pieces[i].meanings
    )


def on_a_meal(sentence: Sentence) -> None:
    """An animal on rice or in bread is a dish; beside such food, one that people eat goes without it."""
    eaten = any(group_of(kind).startswith(EATEN) for kind in sentence.kinds())
    for i in sentence.where("thing"):
        meaning = sentence.pieces[i].get("thing")
        if meaning is None or meaning.id not in MEALS:
            continue
        near = sentence.before(i)
        before = sentence.pieces[near] if near is not None else None
        if (before is not None and before.has("prep") and before.text.isascii()) or in_or_on(sentence, i):
            raise Unfit("food")
        if eaten and before is not None and before.has("with", "join", "thing") and not sentence.any("eat"):
            sentence.gone.add(i)


def crockery(sentence: Sentence) -> None:
    """Plates and spoons are left out beside a meal, where somebody holds them, or where nobody there is eaten."""
    for i in sentence.where("crockery"):
        near = sentence.before(i)
        held = near is not None and sentence.pieces[near].has("hold", "action") and not sentence.pieces[
            near].has("prep")  # fmt: skip
        if in_or_on(sentence, i) and not _only_fish_in_bowl(sentence, i) and not _meal_in(sentence, i):
            raise Unfit("dish")
        if not (
            held or sentence.has_meal() or not _anybody_eaten(sentence) or _only_fish_in_bowl(sentence, i)
        ):
            raise Unfit("dish")
        sentence.gone.add(i)


def _anybody_eaten(sentence: Sentence) -> bool:
    return any(kind in GAME or group_of(kind).startswith(EATEN) for kind in sentence.kinds())


def _only_fish_in_bowl(sentence: Sentence, i: int) -> bool:
    return sentence.pieces[i].text == "bowl" and all(
        group_of(kind) == "sea/fish" for kind in sentence.kinds()
    )


def _meal_in(sentence: Sentence, i: int) -> bool:
    """ "pancakes on a plate", 碗里的种子: what lies there is a meal."""
    if not sentence.pieces[i].text.isascii():
        content = sentence.after(i, (*SMALL_TALK, "prep"))
        return content is not None and sentence.pieces[content].has("thing")
    link = sentence.before(i)
    before = sentence.before(link) if link is not None else None
    return before is not None and (sentence.pieces[before].has("thing") or sentence.eats(before))


def garnished(sentence: Sentence) -> None:
    """ "a duck with lemon and herbs": an animal that people eat, served with something."""
    holds = sentence.any("hold") or any(sentence.eats(i) for i in range(len(sentence.pieces)))
    for i in sentence.where("garnish"):
        link = sentence.before(i)
        served = link is not None and (
            sentence.pieces[link].has("with", "join", "garnish") or sentence.pieces[link].text in INSIDE
        )
        if served and not holds and _anybody_eaten(sentence):
            raise Unfit("food")


def kitchen(sentence: Sentence) -> None:
    """Pots and ovens: in or on them never; beside a meal that is no animal they are left out."""
    for i in sentence.where("stove"):
        near = sentence.before(i)
        if in_or_on(sentence, i):
            raise Unfit("heat")
        held = near is not None and sentence.pieces[near].has("hold", "with") and not _anybody_eaten(sentence)
        if not held and not sentence.has_meal():
            raise Unfit("dish")
        sentence.gone.add(i)
    for i in sentence.where("warm"):
        if in_or_on(sentence, i):
            raise Unfit("heat")
        sentence.gone.add(i)
