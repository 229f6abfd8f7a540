"""Text as people type it -> plain lower-case text that the lexicon can be asked about.

Undoes what hides a word: full width, zero width and combining signs, look-alike letters, digits for letters,
s p a c e d letters, traditional characters, emoji. Knows which words exist, not what they mean.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from pawlette.words.lexicon import lexicon, rows, tokens

CJK = "\u3400-\u4dbf\u4e00-\u9fff"
LOOKALIKES = {
    ord(pair[0]): pair[1]
    for pair in [
        "аa",
        "еe",
        "оo",
        "рp",
        "сc",
        "уy",
        "хx",
        "іi",
        "јj",
        "ѕs",
        "ԁd",
        "һh",
        "ӏl",
        "вb",
        "кk",
        "мm",
        "нh",
        "тt",
        "пn",
        "гr",
        "ԛq",
        "ԝw",
        "ɡg",
        "αa",
        "βb",
        "εe",
        "ιi",
        "κk",
        "οo",
        "ρp",
        "τt",
        "υu",
        "χx",
        "ωw",
        "ηn",
        "νv",
        "γy",
        "łl",
        "øo",
        "đd",
        "ıi",
        "ßs",
        "ɑa",
        "ɩi",
        "ʟl",
        "ʏy",
        "ɴn",
        "ɪi",
        "ʀr",
        "ᴀa",
        "ʙb",
        "ᴄc",
        "ᴅd",
        "ᴇe",
        "ɢg",
        "ʜh",
        "ᴊj",
        "ᴋk",
        "ᴍm",
        "ᴏo",
        "ᴘp",
        "ᴛt",
        "ᴜu",
        "ᴠv",
        "ᴡw",
        "ᴢz",
        "зe",
    ]
}
"""Cyrillic, Greek, IPA and small-capital letters that look like Latin ones."""
DIGITS = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "g",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "l",
    "+": "t",
    "€": "e",
    "£": "l",
}
LEET = re.compile(r"[a-z0-9@$!|+€£*]*(?:[a-z][0-9@$!|+€£*]|[0-9@$|+€£][a-z])[a-z0-9@$!|+€£*]*")
SPACED = re.compile(r"(?<![a-z0-9])[a-z]([\s\-._*•·/|~+,]{1,3})[a-z0-9@$](?:\1[a-z0-9@$])+(?![a-z0-9])")
BETWEEN = re.compile(rf"(?<=[{CJK}])[\s\-_*·•/|~+xX.]+(?=[{CJK}])")


def normalise(text: str) -> str:
    """The text in the form that `lexicon.tokens` expects."""
    text = _emoji(unicodedata.normalize("NFKC", text.replace("\ufe0f", "")))
    text = "".join(char for char in unicodedata.normalize("NFKD", text) if _visible(char))
    text = unicodedata.normalize("NFKC", text).lower().translate(LOOKALIKES).translate(_simplified())
    text = BETWEEN.sub("", text)
    text = SPACED.sub(lambda found: _despaced(found.group()), text)
    return LEET.sub(lambda found: _unleeted(found.group()), text)


def is_known(word: str) -> bool:
    """Whether the lexicon holds these words as one entry."""
    return bool(lexicon().find(tuple(tokens(word))))


def _visible(char: str) -> bool:
    return (
        unicodedata.category(char) not in ("Mn", "Me", "Cf", "Co", "Cn")
        and not 0x1F3FB <= ord(char) <= 0x1F3FF
    )


@functools.cache
def _emoji_table() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {sign.replace("\ufe0f", ""): words for sign, words in rows("emoji")}
    return re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True))), table


def _emoji(text: str) -> str:
    pattern, table = _emoji_table()
    return pattern.sub(lambda found: f" {table[found.group()]} ", text)


@functools.cache
def _simplified() -> dict[int, str]:
    return {ord(old): new for new, olds in rows("traditional") for old in olds}


def _despaced(run: str) -> str:
    """ "b l o o d y" -> bloody; a leading "a" or "i" stays a word where that makes a known one."""
    letters = re.sub(r"[\s\-._*·•/|~+,]", "", run)
    if is_known(letters) or letters[0] not in "ai":
        return f" {letters} "
    return f" {letters[0]} {letters[1:]} "


def _unleeted(word: str) -> str:
    """ "kn1fe" -> knife; left alone where it is known as it stands ("3d") or starts a count ("2cats")."""
    core = word.rstrip("!")
    count = re.fullmatch(r"([0-9]+)([a-z]+)", core)
    if is_known(core) or not re.search(r"[0-9@$!|+€£*]", core):
        return word
    if count and is_known(count[2]):
        return f"{count[1]} {count[2]}"
    guesses = [_letters(core), _letters(core.replace("1", "l")), core.replace("*", "")]
    return next((guess for guess in guesses if is_known(guess)), guesses[0])


def _letters(word: str) -> str:
    return "".join(DIGITS.get(char, char) for char in word)
