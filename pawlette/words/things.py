"""What a scene's animals wear and hold, taken apart again: "red scarf" is a colour and a thing. Knows no pixels."""

from pawlette.words.lexicon import lexicon


def split_colour(words: str) -> tuple[str | None, str]:
    """("red", "scarf") of "red scarf"; (None, "party hat") of "party hat", and an "orange slice" is a thing."""
    book = lexicon()
    if any((slot, words) in book.phrases for slot in ("accessory", "thing")):
        return None, words
    fitting = [colour for colour in book.colours if words.startswith(f"{colour} ")]
    if not fitting:
        return None, words
    colour = max(fitting, key=len)  # "teal blue", not "teal"
    return colour, words.removeprefix(f"{colour} ")


def held_item(action: str | None) -> str | None:
    """The "red balloon" of "holding a red balloon"; None for actions that hold nothing."""
    if action is None or not action.startswith("holding "):
        return None
    return action.removeprefix("holding ").removeprefix("a ").removeprefix("an ")
