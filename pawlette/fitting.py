"""A prompt and a size as one kind of model can draw them, and what had to be left out. Knows no weights."""

from __future__ import annotations

import dataclasses

from pawlette import words as room
from pawlette.errors import BadJob, Refused, UnknownAnimal
from pawlette.model.family import Family
from pawlette.words import Prompt, Scene, unlearnt
from pawlette.words.styles import DEFAULT


def check_size(family: Family, size: tuple[int, int] | None) -> tuple[int, int]:
    """The size, or the usual one for None; raises BadJob for one that a small model has not learnt."""
    if size is None:
        return family.default_size
    if family.species is not None and size not in family.sizes:
        known = ", ".join(f"{w}x{h}" for w, h in family.sizes)
        raise BadJob(f"the model {family.name} draws {known}; got {size[0]}x{size[1]}")
    return size


def fit(family: Family, prompt: Prompt, transparent: bool, language: str) -> tuple[Prompt, tuple[str, ...]]:
    """The prompt as this model can draw it, and what had to be left out, said in `language`; raises UnknownAnimal."""
    scene = prompt.scene
    if scene is None:
        return prompt, _doubts(family, prompt.text, language)
    _check_species(family, scene, language)
    if transparent:
        scene = dataclasses.replace(scene, transparent=True)
    scene, left_out = family.fit(scene)
    style = prompt.style
    if not family.draws_style(style):
        style, left_out = DEFAULT, (*left_out, style)
    if room.STYLES[style].transparent:
        scene = dataclasses.replace(scene, transparent=True)
    notes = tuple(unlearnt.left_out(family.name, what, language) for what in left_out)
    return room.compose(scene, style), notes


def _doubts(family: Family, text: str, language: str) -> tuple[str, ...]:
    """Open text cannot be fitted to a small model, but an animal it has not learnt is still named."""
    if family.species is None:
        return ()
    doubts = (unlearnt.only_its_words(family.name, language),)
    try:
        scene = room.read(text)
    except Refused:
        return doubts
    _check_species(family, scene, language)
    return () if family.fit(scene)[0] is scene else doubts


def _check_species(family: Family, scene: Scene, language: str) -> None:
    if family.species is None:
        return
    for creature in scene.creatures:
        if creature.animal not in family.species:
            nearest = room.nearest(creature.animal, family.species)
            said = unlearnt.unknown_animal(creature.animal, nearest, language)
            raise UnknownAnimal(creature.animal, nearest, message=said)
