"""Rules on places and one animal upon another, and on what is said not to be there."""

from __future__ import annotations

from pawlette.words.verdict import (
    INSIDE,
    Sentence,
    Unfit,
    deny,
    group_of,
    in_or_on,
    slot_ids,
)

SIDE_BY_SIDE = INSIDE | {
    "around",
    "across",
    "against",
    "through",
    "past",
    "behind",
    "under",
    "underneath",
    "beneath",
    "over",
    "above",
    "below",
    "下",
    "下面",
    "atop",
    "upon",
}
ROADS = frozenset(
    ["road", "street", "busy", "crosswalk", "马路", "公路", "路上", "大街", "街上", "马路上"]
) | {"busy street"}
UNDERGROUND = frozenset({"underground", "under the ground", "below ground", "beneath the ground"})
HANGERS = (
    "mammal/primate",
    "mammal/sloth",
    "mammal/marsupial",
    "mammal/small",
    "mammal/bear",
    "bug/",
    "bird/parrot",
    "reptile/lizard",
    "mammal/rodent",
)
ROOFS = frozenset(
    {"tree", "sky", "christmas tree", "window", "bedroom", "city", "under water", "tent", "space"}
)
"""Places that one may be under."""
BAGS = frozenset(
    [
        "bag",
        "handbag",
        "suitcase",
        "box",
        "cardboard",
        "box",
        "briefcase",
        "袋子",
        "箱子",
        "盒子",
        "纸箱",
        "行李箱",
        "包",
    ]
)
DRY = frozenset({"beach", "living room", "kitchen", "path", "desert", "farm", "city", "meadow", "mountains"})
STRIKING = frozenset(["打", "打着", "踢", "kick", "kicks", "kicking", "throw", "throws", "throwing"])

BETWEEN_TEETH = frozenset({"叼", "叼着", "衔着"})


def places(sentence: Sentence) -> None:
    """Where an animal would come to harm: under the ice, in a bag in the water, a fish on the sofa."""
    waters = slot_ids(sentence, "place") & {"river", "lake", "pond", "under water"}
    if waters and BAGS & {piece.text for piece in sentence.pieces}:
        raise Unfit("death")
    for i in sentence.where("place"):
        meaning = sentence.pieces[i].get("place")
        near = sentence.before(i)
        how = sentence.pieces[near].text if near is not None else ""
        below = how in ("under", "beneath", "underneath", "below")
        fish = all(group_of(kind) == "sea/fish" for kind in sentence.kinds())
        dry = (
            fish
            and meaning is not None
            and meaning.id in DRY
            and (
                how in ("on", "onto", "at") or sentence.pieces[i].text.endswith("上") or in_or_on(sentence, i)
            )
        )
        if meaning is not None and ((below and meaning.id not in ROOFS) or dry):
            sentence.gone.add(i)
    hangs = sentence.has_action("hanging from a branch")
    if hangs and (sentence.any("part") or {"rope", "绳子"} & {piece.text for piece in sentence.pieces}):
        raise Unfit("cruelty")
    if hangs and not all(group_of(kind).startswith(HANGERS) for kind in sentence.kinds()):
        sentence.gone.update(
            i
            for i in sentence.where("action")
            if "hanging from a branch" in {m.id for m in sentence.pieces[i].meanings}
        )


def lying_still(sentence: Sentence) -> None:
    """Lying or sleeping where it means harm: on a road, under the ground."""
    if not sentence.has_action("lying down", "sleeping"):
        return
    texts = {piece.text for piece in sentence.pieces}
    if "fly" in sentence.kinds() and len(sentence.kinds()) > 1:
        raise Unfit("death")
    if texts & ROADS:
        raise Unfit("machine")
    if texts & UNDERGROUND or "地下" in "".join(texts):
        raise Unfit("death")


def grasping(sentence: Sentence) -> None:
    """ "chasing a deer", "holding a mouse", "on a mouse": the animals stand side by side instead."""
    for i in sentence.where("take", "hold", "wear", "prep"):
        piece = sentence.pieces[i]
        near = sentence.after(i)
        chinese_in = piece.text in INSIDE and not piece.text.isascii()
        target = sentence.before(i) if chinese_in else near
        if (
            target is None
            or not sentence.pieces[target].has("animal")
            or len(sentence.where("animal", "name")) < 2
        ):
            continue
        if piece.text in STRIKING:
            raise Unfit("violence")
        if piece.text in BETWEEN_TEETH:
            raise Unfit("prey")
        if piece.has("take", "hold", "wear") or (
            piece.text in SIDE_BY_SIDE and not _is_verb_place(sentence, i)
        ):
            sentence.hide(i)
            sentence.note("side by side", piece.text)


def _is_verb_place(sentence: Sentence, i: int) -> bool:
    """在 before a place ("小鸟在…") says nothing about two animals."""
    return sentence.pieces[i].text in ("在",)


def denials(sentence: Sentence) -> None:
    """ "without a hat", "not sleeping": both words go, and are named. Not swimming under water is refused."""
    for i in sentence.where("no"):
        near = sentence.after(i, ("filler", "one", "two", "wear", "hold", "prep", "with"))
        while (
            near is not None
            and sentence.pieces[near].has("colour", "look", "mood")
            and sentence.after(near) == near + 1
        ):
            near += 1
        if near is not None and _not_swimming(sentence, near):
            raise Unfit("death")
        if (
            near is not None
            and sentence.pieces[near].has("animal")
            and len(sentence.where("animal", "name")) == 1
        ):
            near = None
        deny(sentence, i, near if near is not None else i)


def _not_swimming(sentence: Sentence, near: int) -> bool:
    moves = {"swimming", "waving"} & {meaning.id for meaning in sentence.pieces[near].meanings}
    return bool(moves) and "under water" in slot_ids(sentence, "place")
