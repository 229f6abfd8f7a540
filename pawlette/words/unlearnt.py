"""What a reader is told of words that a model has not learnt, in their language. Knows no model."""

from pawlette.words.lexicon import name


def unknown_animal(animal: str, nearest: tuple[str, ...], language: str) -> str:
    names = [name(a, language) for a in nearest]
    if language == "zh":
        return f"我还没学会画{name(animal, 'zh')}。要不要试试{'、'.join(names)}?"
    return f"I have not learnt to draw a {animal} yet. Shall we try {' or '.join(names)}?"


def only_its_words(model: str, language: str) -> str:
    if language == "zh":
        return f"模型 {model} 只认识它学过的词,其他的可能画不出来。"
    return f"the model {model} knows only the words that it has learnt; it may not draw the rest"


def left_out(model: str, what: str, language: str) -> str:
    if language == "zh":
        return f"模型 {model} 还没学会“{what}”,这次先不画。"
    return f"the model {model} has not learnt {what!r} yet: left out"
