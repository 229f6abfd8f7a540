"""Captions: true of the scene in count, species and colour, in both languages, and of many kinds."""

import random
import re

import pytest

from pawlette.train import chinese
from pawlette.train.art.animals import SPECIES
from pawlette.train.captions import (
    PLACES,
    SYNONYMS,
    TIMES,
    WEATHER,
    YOUNG,
    animals,
    caption,
    composed,
    english_caption,
    four_captions,
    is_sticker,
    plural,
)
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


def test_a_sticker_is_said_to_be_one_and_nothing_else_is() -> None:
    scene = Scene((Creature("cat"),), transparent=True)
    for seed in range(60):
        rng = random.Random(seed)
        said = [english_caption(scene, rng, True), chinese_caption(scene, rng, True)]
        assert "sticker" in said[0]
        assert "贴纸" in said[1]
        clear = [english_caption(scene, rng).lower(), chinese_caption(scene, rng)]
        assert "sticker" not in clear[0]
        assert "background" in clear[0]
        assert "贴纸" not in clear[1]
        assert "背景" in clear[1]


def test_two_of_four_captions_are_what_the_model_reads_in_the_style_of_the_picture() -> None:
    scene = Scene((Creature("cat"),), transparent=True)
    for sticker, style in ((True, "sticker"), (False, "storybook")):
        texts = four_captions(scene, random.Random(1), sticker)
        assert texts[:2] == [composed(scene, style)] * 2
        assert len(set(texts)) == 3
    choices = [is_sticker(scene, random.Random(seed)) for seed in range(400)]
    assert abs(sum(choices) / 400 - 0.6) < 0.07
    assert not is_sticker(Scene((Creature("cat"),)), random.Random(1))


@pytest.mark.parametrize("scene", SCENES[:300], ids=str)
def test_where_and_when_are_never_left_out(scene: Scene) -> None:
    english = english_caption(scene, random.Random(8)).lower()
    chinese_text = chinese_caption(scene, random.Random(8))
    slots = ((scene.place, PLACES, chinese.PLACES), (scene.weather, WEATHER, chinese.WEATHER),
             (scene.time, TIMES, chinese.TIMES))  # fmt: skip
    for value, phrases, written in slots:
        assert value is None or any(phrase in english for phrase in phrases[value]), english
        assert value is None or any(phrase in chinese_text for phrase in written[value]), chinese_text
    assert scene.season is None or f"in {scene.season}" in english
    assert scene.season is None or any(word in chinese_text for word in chinese.SEASONS[scene.season])


def test_little_is_left_unsaid() -> None:
    dressed, rng = [scene for scene in SCENES if scene.accessories], random.Random(6)
    told = sum(scene.accessories[0].split()[-1] in english_caption(scene, rng) for scene in dressed)
    assert 0.87 < told / len(dressed) < 0.99


def test_the_mood_is_said_of_the_first_kind_only() -> None:
    scene = Scene((Creature("cow"), Creature("pig")), mood="surprised")
    for seed in range(40):
        text = english_caption(scene, random.Random(seed)).lower()
        assert "surprised" not in text.partition(" and ")[2]


@pytest.mark.parametrize("scene", SCENES[:300], ids=str)
def test_what_is_composed_names_every_slot(scene: Scene) -> None:
    text = composed(scene)
    for creature in scene.creatures:
        assert all(look in text for look in creature.looks)
        assert creature.colour is None or creature.colour in text
    for value in (scene.mood, scene.action, scene.season, *scene.accessories):
        assert value is None or value in text
    nothing = not (scene.place or scene.weather or scene.season or scene.time or scene.transparent)
    assert ("pastel background" in text) == nothing
