"""What the project publishes of a recognition benchmark: one JSON of figures, and the page that explains them.

Knows how the pictures were made and measured; measures nothing itself.
"""

from __future__ import annotations

from typing import Any

from pawlette.bench.benchmark_pictures import ANIMALS, PICTURES, PROMPT, seeds

UNSEEN = "twemoji"  # the family whose figure stands for the recogniser's own accuracy
GOAL = 0.7  # of the recogniser's own accuracy on art that it never saw
METHOD = {
    "question": f"which of these {len(ANIMALS)} animals is it?",
    "recogniser": "EfficientNet-lite0: a ridge head on frozen features, and the upper half tuned; their probabilities "
    "are multiplied, after the mean of three views of the picture",
    "learnt from": "Fluent Emoji (MIT) and Noto Emoji (Apache-2.0) in made-up scenes, on made-up bodies",
    "never learnt from": "anything that the generator or the model drew, and the families under CC-BY",
    "chosen by": "the two readers and their product: leaving out one maker's art at a time. The big eyes, bodies and "
    "windows of the made-up scenes were designed knowing the style of our pictures, and an earlier head's mistakes "
    "on them",
    "accuracy": "the mean over animals of the share named right",
}


def published(figures: dict[str, Any], scores: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures of the recogniser, of the model's pictures and of the generator's; all of it fits in JSON."""
    own = figures["never_seen"][UNSEEN]["together"]
    model, generator = scores["model"], scores["generator"]
    return {
        "method": METHOD,
        "prompt": PROMPT,
        "animals": list(ANIMALS),
        "seeds": {animal: [seeds(animal)[0], seeds(animal)[-1]] for animal in ANIMALS},
        "pictures_of_each": PICTURES,
        "chance": 1 / len(ANIMALS),
        "accuracy": {
            f"{UNSEEN}, never seen": own["accuracy"],
            f"{UNSEEN}, never seen, in made-up scenes": own["accuracy_in_scenes"],
            "generator": generator["accuracy"],
            "model": model["accuracy"],
        },
        "ratio": {
            f"model to {UNSEEN}": model["accuracy"] / own["accuracy"],
            f"model to {UNSEEN} in made-up scenes": model["accuracy"] / own["accuracy_in_scenes"],
            "model to generator": model["accuracy"] / generator["accuracy"],
        },
        "goal": GOAL,
        "recogniser": figures,
        "model": {key: model[key] for key in ("pictures", "per_animal", "confusion")},
        "generator": {key: generator[key] for key in ("pictures", "per_animal", "confusion")},
    }


def as_report(figures: dict[str, Any], scores: dict[str, dict[str, Any]]) -> str:
    """The same as a page of markdown, with both confusion tables."""
    result = published(figures, scores)
    parts = ["# How often a recogniser names the animal", ""]
    parts += [f"- {key}: {value}" for key, value in METHOD.items()]
    parts += [
        f"- pictures: {scores['model']['pictures']} of the model, {scores['generator']['pictures']} of the"
    ]
    parts[-1] += f" generator; prompt {PROMPT!r}; none left out"
    parts += ["", "| pictures | accuracy |", "|---|---|"]
    parts += [f"| {name} | {value:.3f} |" for name, value in result["accuracy"].items()]
    parts += [f"| chance | {result['chance']:.3f} |", "", "| ratio | value |", "|---|---|"]
    parts += [f"| {name} | {value:.3f} |" for name, value in result["ratio"].items()]
    reached = result["ratio"][f"model to {UNSEEN}"] >= GOAL
    parts += ["", f"The goal of {GOAL:.2f} (model to {UNSEEN}) is {'reached' if reached else 'missed'}.", ""]
    for section in ("never_seen", "maker_left_out"):
        parts += _families(section.replace("_", " "), figures.get(section, {}))
    for who in ("model", "generator"):
        parts += [f"## What was seen in the pictures of the {who}", "", scores[who]["markdown"], ""]
    return "\n".join(parts)


def _families(title: str, families: dict[str, Any]) -> list[str]:
    if not families:
        return []
    lines = [f"## Families: {title}", "", "| family | reader | drawings | on white | in scenes |"]
    lines.append("|---|---|---|---|---|")
    for name, readers in families.items():
        for reader, one in readers.items():
            figures = f"{one['accuracy']:.3f} | {one['accuracy_in_scenes']:.3f}"
            lines.append(f"| {name} | {reader} | {one['drawings']} | {figures} |")
    return [*lines, ""]
