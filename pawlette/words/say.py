"""What Pawlette says to a child about the words: kind, short, in the reader's language. Decides nothing."""

from __future__ import annotations

from pawlette.words.lexicon import lexicon

REFUSALS = {
    "empty": ("Tell me which animal you would like to see.", "告诉我你想看什么小动物吧。"),
    "too_long": (
        "That is a very long story. Can you tell it in a few words?",
        "这个故事好长呀，可以说得短一点吗？",
    ),
    "open_too_long": ("An open text has at most 8,000 characters.", "自由描述最多 8000 个字符。"),
    "control": ("I could not read some of those signs.", "有些符号我看不懂。"),
    "no_animal": ("I draw animals. Which one would you like?", "我会画小动物，你想看哪一种呢？"),
    "cannot_check": ("I could not read that. Let's try other words.", "我没有看懂，我们换个说法吧。"),
    "tricks": ("Let's just draw something nice together.", "我们一起画点可爱的吧。"),
    "prey": ("My animals are all friends, so nobody gets eaten.", "我画的动物都是好朋友，谁也不吃谁。"),
    "missing": (
        "I draw animals whole and well, with everything they need.",
        "我画的动物都是完完整整、健健康康的。",
    ),
    "scary": (
        "That could be a bit frightening. I draw friendly animals.",
        "这个有点吓人，我只画友好的小动物。",
    ),
}
HARMFUL = (
    "I want my animals to be safe and happy, so I won't draw that.",
    "我希望小动物们平平安安、开开心心，这个我就不画啦。",
)
INSTEAD = ("Let's draw {} instead!", "我们画{}吧！")
NOTES = {
    "name": ("I don't draw {0}, but I can draw {1}.", "我不画{0}，但我会画{1}。"),
    "three": ("Three animals are the most I can draw at once.", "我一次最多画三只。"),
    "left out": ("I left out “{0}”.", "我没有画“{0}”。"),
    "friendly": ("I made it friendly, not “{0}”.", "我把它画得很友好，没有画“{0}”。"),
    "big": ("I made it big and gentle, not “{0}”.", "我把它画得大大的、很温柔，没有画“{0}”。"),
    "fear": (
        "I left out the frightening part: “{0}”.",
        "我没有画让人害怕的部分：“{0}”。",
    ),
    "sad": ("I made it a little sad instead of “{0}”.", "我画它有一点难过，没有画“{0}”。"),
    "side by side": (
        "I drew the animals side by side instead of “{0}”.",
        "我让小动物们待在一起，没有画“{0}”。",
    ),
    "eating": (
        "Nobody is eaten in my pictures: I left out “{0} {1}”.",
        "我的画里谁也不会被吃掉：没有画“{0}{1}”。",
    ),
    "spelling": ("I read “{0}” as “{1}”.", "我把“{0}”当作“{1}”。"),
}
UNKNOWN = ("I don't know {} yet.", "我还不认识{}。")
UNDRAWN = ("I left out {}.", "我没有画{}。")


def refusal(code: str, suggestion: str, language: str) -> str:
    """Why not, in a sentence, and what to draw instead."""
    instead = _in(INSTEAD, language).format(_quoted(suggestion, language))
    return _gap(language).join((_in(REFUSALS.get(code, HARMFUL), language), instead))


def suggestion(animal: str | None, language: str) -> str:
    """A wish that will be drawn, with the animal that was asked for where there is one."""
    known = lexicon().animals[animal or "panda"]
    if language == "zh":
        return f"一{known.measure}开心的{known.chinese}"
    return f"a happy {known.id}"


def note(kind: str, words: str, language: str) -> str:
    """A sentence on something that was rewritten."""
    parts = words.split("|")
    if kind == "name":
        parts[1] = lexicon().animals[parts[1]].chinese if language == "zh" else _a(parts[1])
    return _in(NOTES[kind], language).format(*parts)


def missing(unknown: list[str], undrawn: list[str], language: str) -> str:
    """What was not understood, and what was understood and not drawn."""
    said = [
        _in(text, language).format(_list(words, language))
        for text, words in ((UNKNOWN, unknown), (UNDRAWN, undrawn))
        if words
    ]
    return _gap(language).join(said)


def _list(words: list[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(_quoted(word, language) for word in words)


def _quoted(words: str, language: str) -> str:
    return f"“{words}”"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _in(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language == "zh" else pair[0]


def _gap(language: str) -> str:
    return "" if language == "zh" else " "
