"""Rules on words that do harm in company: a verb of hurt and its victim, a tool in a body, skins made into goods.

Over classes of words (`data/hurts.tsv`), not phrases: "a bear nailing a sign" is drawn without the nailing,
"a paw nailed to a board" is refused. Knows no tripwires and no meals.
"""

from __future__ import annotations

from pawlette.words.rules_harm import PARTS_TOO
from pawlette.words.rules_meals import PEOPLE
from pawlette.words.rules_scene import HANGERS
from pawlette.words.verdict import SMALL_TALK, Sentence, Unfit, animal_id, group_of

PRONOUNS = frozenset(["him", "them", "it", "itself", "himself", "herself", "themselves"]) | {"each other"}
GRIPS = frozenset(
    [
        "hand",
        "hands",
        "paw",
        "paws",
        "mouth",
        "beak",
        "trunk",
        "claw",
        "claws",
        "teeth",
        "手",
        "爪子",
        "爪",
        "嘴",
        "嘴巴",
    ]
)
"""Parts that hold a tool without harm."""
RESULTS = tuple("进在住裂断破扁烂开掉下吊到得了")
"""Last characters of Chinese verbs that say what became of whoever stands before them."""
HELD_FAST = tuple("进在住入")
"""Those after which a thing is where somebody is held, not what is hurt."""
OTHERWISE = ("tool", "thing", "action", "style", "accessory", "hold", "animal")
"""Slots that a word of hurt may have as well."""
ARTICLES = frozenset({"a", "an", "the", "its", "his", "her", "their", "my", "some"})
PIERCING = frozenset({"through", "in", "into", "inside", "around", "round"})
LEATHER = ("reptile/croc", "reptile/lizard", "reptile/turtle", "mammal/weasel")
FURS = frozenset(
    {"fox", "arctic fox", "seal", "chinchilla", "raccoon", "wolf", "leopard", "tiger", "ostrich"}
)
COSTUMES = frozenset(
    [
        "costume",
        "costumes",
        "outfit",
        "pyjamas",
        "pajamas",
        "suit",
        "onesie",
        "dinosaur",
        "museum",
        "服",
        "服装",
        "睡衣",
        "博物馆",
    ]
)
STORY = frozenset(
    [
        "prince",
        "princess",
        "king",
        "queen",
        "公主",
        "王子",
        "国王",
        "女王",
        "超人",
        "超级英雄",
        "宇航员",
        "仙女",
    ]
)
"""What somebody may become in a fairy tale."""
WISHES = frozenset({"变成", "变成了", "变为", "became", "become", "becomes"})
"""Verbs that also tell fairy tales ("became a prince"): only goods count after them."""


def hurting(sentence: Sentence) -> None:
    """A verb of hurt with a victim is refused; with a thing for its object it is only left out."""
    for i in sentence.where("hurt"):
        piece = sentence.pieces[i]
        if _is_noun(sentence, i) or _hangs_by_nature(sentence, i):
            continue
        harms = _hurts_in_english if piece.text.isascii() else _hurts_in_chinese
        if harms(sentence, i):
            raise Unfit("violence")
        if not piece.has(*OTHERWISE):  # "kicking a ball" is drawn
            sentence.gone.add(i)
    _done_to_somebody(sentence)


def _is_noun(sentence: Sentence, i: int) -> bool:
    """ "a saw", "the nail", "its nails": a word of another slot after an article."""
    return bool(i) and sentence.pieces[i].has(*OTHERWISE) and sentence.pieces[i - 1].text in ARTICLES


def _hangs_by_nature(sentence: Sentence, i: int) -> bool:
    """Sloths and monkeys hang by their arms."""
    return sentence.pieces[i].text.startswith("hang") and all(
        group_of(kind).startswith(HANGERS) for kind in sentence.kinds()
    )


def _hurts_in_english(sentence: Sentence, i: int) -> bool:
    if _is_victim(sentence, sentence.after(i, (*SMALL_TALK, "prep"))) or _pronoun_follows(sentence, i):
        return True
    if all(meaning.id != "passive" for meaning in sentence.pieces[i].meanings):
        return False
    if i + 1 < len(sentence.pieces) and not sentence.pieces[i + 1].known:  # "cracked eggs", "sliced bread"
        return _is_victim(sentence, sentence.before(i))
    inward = sentence.pieces[i].text.endswith((" in", " into", " inside", " by", " on", " to", " down"))
    return inward or not (_acts_on_thing(sentence, i) or _said_of_thing(sentence, i))


def _pronoun_follows(sentence: Sentence, i: int) -> bool:
    following = [piece.text for piece in sentence.pieces[i + 1 : i + 3]]
    return following == ["her"] or any(word in PRONOUNS for word in following[:1])


def _acts_on_thing(sentence: Sentence, i: int) -> bool:
    """ "pecked the corn", "a cracked egg": a thing, with nothing but an article or adjectives between."""
    for piece in sentence.pieces[i + 1 :]:
        if piece.has("thing", "accessory", "skip", "style", "tool") or not piece.known:
            return True
        if not (
            piece.has("colour", "look", "one", "two", "three")
            or piece.text in ("a", "an", "the", "some", "its")
        ):
            return False
    return False


def _said_of_thing(sentence: Sentence, i: int) -> bool:
    """ "a sign nailed to a tree", but no shell or rope."""
    subject = sentence.before(i)
    if subject is None or _is_victim(sentence, subject) or sentence.pieces[subject].has("tool"):
        return False
    return sentence.pieces[subject].has("thing", "skip", "accessory")


def _hurts_in_chinese(sentence: Sentence, i: int) -> bool:
    earlier = _clause_before(sentence, i)
    if any(sentence.pieces[j].has("passive") for j in earlier):
        return True
    held = [j for j in earlier if sentence.pieces[j].text in ("把", "将", "给")]
    if held and any(_is_victim(sentence, j) for j in range(held[0] + 1, i)):
        return True
    if _is_victim(sentence, sentence.after(i, (*SMALL_TALK, "prep"))):
        return True
    subject = sentence.before(i, ("filler",))
    if subject is not None and sentence.pieces[subject].has("part"):
        return True
    text = sentence.pieces[i].text
    held_fast = text.endswith(HELD_FAST) or not _acts_on_thing(sentence, i)
    return text.endswith(RESULTS) and held_fast and _is_victim(sentence, subject)


def _clause_before(sentence: Sentence, i: int) -> list[int]:
    """The pieces before i back to the last stop."""
    stops = [j for j in range(i) if sentence.pieces[j].has("stop")]
    return list(range(stops[-1] + 1 if stops else 0, i))


def _is_victim(sentence: Sentence, i: int | None) -> bool:
    if i is None:
        return False
    piece = sentence.pieces[i]
    return piece.has("animal", "name", "part", "mouth") or piece.text in PEOPLE | PARTS_TOO


def _done_to_somebody(sentence: Sentence) -> None:
    """被 and a part with words that nobody knows: what cannot be understood here is taken for harm."""
    for i in sentence.where("passive"):
        rest = sentence.pieces[i + 1 :]
        end = next((j for j, piece in enumerate(rest) if piece.has("stop")), len(rest))
        clause = rest[:end]
        kind = any(piece.has("action", "mood", "hold", "gentle", "wear", "comfort") for piece in clause)
        if not kind and any(not piece.known for piece in clause):
            raise Unfit("violence")
    for i in sentence.where("part"):
        following = sentence.pieces[i + 1] if i + 1 < len(sentence.pieces) else None
        if following and not following.known and following.text.endswith("ed") and following.text.isascii():
            raise Unfit("violence")


def tools(sentence: Sentence) -> None:
    """A hammer in a paw is fine; a nail through a paw, a rope around a neck are not."""
    for i in sentence.where("tool"):
        link = sentence.after(i)
        if link is not None and sentence.pieces[link].has("prep") and _enters_body(sentence, link):
            raise Unfit("violence")


def _enters_body(sentence: Sentence, link: int) -> bool:
    """Whether a preposition leads to a body: "through it", "around a dog's neck", "in an eye"."""
    how, target = sentence.pieces[link].text, sentence.after(link)
    if how == "through" and _pronoun_follows(sentence, link):
        return True
    if target is None:
        return False
    if sentence.pieces[target].has("animal", "name"):
        owned = sentence.after(target)
        return how in PIERCING or (owned is not None and sentence.pieces[owned].has("part"))
    return sentence.pieces[target].has("part") and not (
        sentence.pieces[target].text in GRIPS and how in ("in", "在")
    )


def material(sentence: Sentence) -> None:
    """Nobody becomes a thing: "turned into a handbag", "a belt made from a crocodile", "a snake belt", 蛇做的靴子."""
    for i in sentence.where("make"):
        subject, target = sentence.before(i), sentence.after(i)
        if subject is None or target is None or not sentence.where("animal", "name"):
            continue
        piece = sentence.pieces[target]
        thing = (
            piece.has("goods", "thing", "accessory")
            and not piece.has("animal", "style")
            and piece.text not in STORY
        )
        unknown = not piece.known and sentence.pieces[i].text not in WISHES and piece.text.isascii()
        if thing or unknown:
            raise Unfit("material")
    for i in sentence.where("goods"):
        if _is_skin(sentence, i):
            raise Unfit("material")


def _is_skin(sentence: Sentence, i: int) -> bool:
    """Whether the words right before these goods say whose skin they are: "snake boots", "fox fur coat", 蛇做的靴子."""
    before = [piece for piece in sentence.pieces[max(0, i - 4) : i] if piece.text not in ("的", "了")]
    if not before:
        return False
    last = before[-1]
    if last.has("hide") and (len(before) > 1 and before[-2].has("animal")):
        return True
    if last.text in ("做", "做的", "制", "制的"):
        last = before[-2] if len(before) > 1 else last
        return last.has("animal", "hide")
    kind, text = animal_id(last), sentence.pieces[i].text
    if kind is None or not text.isascii():
        return kind is not None and text.startswith("皮")  # 蛇皮鞋
    return kind in FURS or group_of(kind).startswith(LEATHER)


def bones(sentence: Sentence) -> None:
    """Bones are fit to be held, chewed or dug up; a skeleton is fit for a costume."""
    dressed = bool(COSTUMES & {piece.text for piece in sentence.pieces}) or sentence.any("wear")
    for i in sentence.where("bones"):
        near = sentence.before(i)
        holder = near is not None and (
            sentence.pieces[near].has("hold", "eat", "skip") or sentence.eats(near)
        )
        if not dressed and not holder:
            raise Unfit("death")
        sentence.gone.add(i)
