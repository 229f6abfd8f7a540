"""What a Pawlette node was asked for, from its inputs, and what the prompts that wait in a queue will ask for. Pure.

A waiting prompt is looked into only where its inputs stand in it as they are; what other nodes compute is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.desk import MOST_AHEAD, Key, Wish
from pawlette.errors import BadJob, PawletteError
from pawlette.job import MAX_SEED, Finish, Job
from pawlette.studio import Accepted, Studio

LOAD, DRAW = "PawletteLoad", "PawletteDraw"
LITERALS = (
    "PrimitiveString",
    "PrimitiveStringMultiline",
    "PrimitiveInt",
    "PrimitiveFloat",
    "PrimitiveBoolean",
)
KID, STUDIO = "kid", "studio"
NONE = "none"
FROM_WORDS = "as the words say"
MOST_PICTURES = 64  # of one node


@dataclass(frozen=True, slots=True)
class Asked:
    """What one Draw node draws, one after the other."""

    accepted: tuple[Accepted, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(one.job for one in self.accepted)

    @property
    def said(self) -> tuple[str, ...]:
        """What the reader should hear of the words, once each."""
        return tuple(dict.fromkeys(sentence for one in self.accepted for sentence in one.said))


def wish_of(
    model: str = "builtin", precision: str = "auto", gate: str = KID, decoder: str = "full", lora: str = NONE,
    lora_strength: float = 1.0, *, device: str = "auto", find_model: Callable[[str], str] = str,
    find_lora: Callable[[str], str] = str,
) -> Wish:  # fmt: skip
    """The Wish of a Load node's inputs; `find_model` and `find_lora` turn a list's names into paths."""
    if gate not in (KID, STUDIO):
        raise BadJob(f"a gate is {KID} or {STUDIO}; got {gate!r}")
    chosen = None if lora == NONE or lora_strength == 0 else f"{find_lora(lora)}:{lora_strength:g}"
    return Wish(find_model(model), device, precision, decoder, chosen, studio_mode=gate == STUDIO)


def asked_of(
    studio: Studio, words: str, style: str = FROM_WORDS, seed: int = 0, count: int = 1, width: int = 0,
    height: int = 0, steps: int = 0, guidance: float = 0.0, transparent: bool = False, finish: str = "off",
) -> Asked:  # fmt: skip
    """A Job for each line of the words, `count` times, seeds counting up; 0 is the model's own number.

    Raises Refused, UnknownAnimal or BadJob.
    """
    lines = [line.strip() for line in words.splitlines() if line.strip()] or [""]
    if not 1 <= count * len(lines) <= MOST_PICTURES:
        raise BadJob(f"one node draws 1 to {MOST_PICTURES} pictures; got {len(lines)} lines x {count}")
    if bool(width) != bool(height):
        raise BadJob(f"width and height are both given or both 0; got {width}x{height}")
    if seed + count * len(lines) - 1 > MAX_SEED:
        raise BadJob(f"seeds count up from the first and end at {MAX_SEED}; got {seed}")
    return Asked(
        tuple(
            studio.accept(
                line, seed=seed + at, size=(width, height) if width else None, steps=steps or None,
                guidance=guidance or None, style=None if style == FROM_WORDS else style, transparent=transparent,
                finish=Finish.read(finish),
            )
            for at, line in enumerate(line for line in lines for _ in range(count))
        )
    )  # fmt: skip


class Outlook:
    """The pictures that a queue's prompts will ask for, as far as they can be told; each prompt is looked into once.

    `wish` reads a Load node's inputs; `studio` gives a Studio where one is open.
    """

    def __init__(
        self, wish: Callable[[Mapping[str, Any]], Wish], studio: Callable[[Wish], Studio | None]
    ) -> None:
        self._wish, self._studio = wish, studio
        self._seen: dict[str, list[Key]] = {}

    def keys(self, prompts: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Key]:
        """`prompts`: id and API format, oldest first; those far behind are left for later."""
        seen = {id: self._seen.get(id) or self._look(prompt) for id, prompt in prompts[:MOST_AHEAD]}
        self._seen = seen
        return [key for keys in seen.values() for key in keys]

    def _look(self, prompt: Mapping[str, Any]) -> list[Key]:
        found: list[Key] = []
        for loaded, drawn in _draws(prompt):
            try:
                wanted = self._wish(loaded)
                studio = self._studio(wanted)
                if studio is not None:
                    found += [(wanted, job) for job in asked_of(studio, **drawn).jobs]
            except (PawletteError, TypeError, ValueError):
                continue  # its own node will say what is wrong, when its turn comes
        return found


def _draws(prompt: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The inputs of each Draw node and of the Load node before it."""
    for node in prompt.values():
        if node.get("class_type") != DRAW:
            continue
        inputs = dict(node.get("inputs") or {})
        link = inputs.pop("pawlette", None)
        loader = prompt.get(link[0]) if isinstance(link, list) and link else None
        if loader is None or loader.get("class_type") != LOAD:
            continue
        loaded, drawn = _literal(prompt, loader.get("inputs") or {}), _literal(prompt, inputs)
        if loaded is not None and drawn is not None:
            yield loaded, drawn


def _literal(prompt: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """The inputs' values; None where one is not known before other nodes have run."""
    values: dict[str, Any] = {}
    for name, value in inputs.items():
        if isinstance(value, list):
            source = prompt.get(value[0], {}) if value else {}
            value = source.get("inputs", {}).get("value", []) if source.get("class_type") in LITERALS else []
            if isinstance(value, list):
                return None
        values[name] = value
    return values
