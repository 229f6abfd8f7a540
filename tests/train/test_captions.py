"""Captions: true of the scene in count, species and colour, in both languages, and of many kinds."""

import random
import re

import pytest

from pawlette.train import chinese
from pawlette.train.art.animals import SPECIES
from pawlette.train.captions import SYNONYMS, YOUNG, animals, caption, composed, english_caption, plural
from pawlette.train.chinese import chinese_caption
from pawlette.train.scenes import sample_scene
from pawlette.words.scene import Creature, Scene

RNG = random.Random(3)
SCENES = [sample_scene(RNG) for _ in range(1500)]
COLOUR_WORDS = {
    "white",
    "black",
    "grey",
    "brown",
    "orange",
    "yellow",
    "pink",
    "purple",
    "blue",
    "green",
    "red",
    "golden",
}


def names(animal: str) -> set[str]:
    return {animal, YOUNG.get(animal, animal), *SYNONYMS.get(animal, ())}


@pytest.mark.parametrize("scene", SCENES[:400], ids=str)
def test_english_says_species_and_count(scene: Scene) -> None:
    text = english_caption(scene, random.Random(1)).lower()
    for creature in scene.creatures:
        forms = names(creature.animal)
        wanted = forms if creature.count == 1 else {plural(name) for name in forms}
        assert any(re.search(rf"\b{re.escape(form)}\b", text) for form in wanted), text
        if creature.count > 1:
            assert re.search({2: r"\b(two|2)\b", 3: r"\b(three|3)\b"}[creature.count], text), text
    if all(creature.count == 1 for creature in scene.creatures):
        assert not re.search(r"\b(two|three|2|3)\b", text), text


def test_english_names_no_species_that_is_not_there() -> None:
    for scene in SCENES[:400]:
        text = english_caption(scene, random.Random(2)).lower()
        for creature in scene.creatures:
            for form in sorted(names(creature.animal) | {plural(n) for n in names(creature.animal)}, key=len)[
                ::-1
            ]:
                text = re.sub(rf"\b{re.escape(form)}\b", "", text)
        for other in SPECIES:
            assert not re.search(rf"\b{re.escape(other)}\b", text), text


def test_colours_named_are_the_scenes_and_the_animals_is_always_named() -> None:
    for scene in SCENES:
        text = english_caption(scene, random.Random(5)).lower().replace("red panda", "")
        things = " ".join(
            (*scene.accessories, scene.action or "", *(c.colour or "" for c in scene.creatures))
        )
        assert COLOUR_WORDS & set(re.findall(r"[a-z]+", text)) <= COLOUR_WORDS & set(things.split())
        assert all(
            c.colour is None or c.colour in text.replace("colorful", "colourful") for c in scene.creatures
        )


def test_chinese_says_species_count_and_colour() -> None:
    for scene in SCENES:
        text = chinese_caption(scene, random.Random(4))
        assert not re.search("[a-z]", text), text
        for creature in scene.creatures:
            assert any(name in text for name in chinese.ANIMALS[creature.animal].split()), text
            assert creature.count == 1 or "零一两三"[creature.count] in text, text
            assert creature.colour is None or chinese.COLOURS[creature.colour] + "色" in text, text
        if all(creature.count == 1 for creature in scene.creatures):
            assert not {"两", "三"} & set(text), text


def test_every_species_has_a_chinese_name() -> None:
    assert set(SPECIES) <= set(chinese.ANIMALS)


def test_whole_sentences() -> None:
    scene = Scene((Creature("elephant", colour="pink"),), accessories=("red scarf",))
    english = {english_caption(scene, random.Random(seed)) for seed in range(80)}
    assert "a pink elephant wearing a red scarf" in english
    written = {chinese_caption(scene, random.Random(seed)) for seed in range(80)}
    assert "一只戴着红围巾的粉色大象" in written
    pandas = Scene((Creature("panda", 2),), weather="rainbow")
    assert "两只熊猫在彩虹下" in {chinese_caption(pandas, random.Random(seed)) for seed in range(80)}


def test_a_baby_panda_is_not_called_a_red_panda() -> None:
    scene = Scene((Creature("panda", baby=True),))
    assert not any("小熊猫" in chinese_caption(scene, random.Random(seed)) for seed in range(60))


def test_the_benchmarks_own_words_come() -> None:
    def said(scene: Scene) -> set[str]:
        return {english_caption(scene, random.Random(seed)) for seed in range(300)}

    assert "a cute panda" in said(Scene((Creature("panda"),)))
    assert "a smiling dolphin" in said(Scene((Creature("dolphin"),), mood="smiling"))
    assert "a fluffy bunny" in said(Scene((Creature("bunny", looks=("fluffy",)),)))
    assert "a baby elephant" in said(Scene((Creature("elephant", baby=True),)))
    assert "a colorful parrot" in said(Scene((Creature("parrot", colour="colourful"),)))


def test_plurals_and_articles() -> None:
    assert [plural(n) for n in ("mouse", "fox", "red panda", "sheep", "bunny")] == [
        "mice", "foxes", "red pandas", "sheep", "bunnies",
    ]  # fmt: skip
    assert animals(Scene((Creature("unicorn"),)), random.Random(1), 1.0).startswith(("a ", "unicorn"))


def test_half_of_the_captions_are_composed_and_a_quarter_chinese() -> None:
    scene = Scene((Creature("fox", colour="blue"),), action="waving", place="forest")
    texts = [caption(scene, random.Random(seed)) for seed in range(800)]
    assert abs(sum(text == composed(scene) for text in texts) / 800 - 0.5) < 0.07
    assert abs(sum("蓝" in text for text in texts) / 800 - 0.25) < 0.06


def test_a_sticker_is_said_to_be_one() -> None:
    scene = Scene((Creature("cat"),), transparent=True)
    texts = [chinese_caption(scene, random.Random(seed)) for seed in range(50)]
    assert any("透明背景" in text for text in texts)
    assert any("贴纸" in text for text in texts)
    assert any("transparent background" in english_caption(scene, random.Random(seed)) for seed in range(50))
