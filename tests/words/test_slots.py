"""Words find their slots: counts, colours, young ones, several kinds, held things."""

import pytest

from pawlette.words import Creature, read, understand


def only(text):
    (creature,) = read(text).creatures
    return creature


@pytest.mark.parametrize(
    ("text", "creature"),
    [
        ("two cats", Creature("cat", 2)),
        ("cats", Creature("cat", 2)),
        ("a pair of mice", Creature("mouse", 2)),
        ("三只小猫", Creature("cat", 3, baby=True)),
        ("两只熊猫", Creature("panda", 2)),
        ("puppies", Creature("dog", 2, baby=True)),
        ("a baby elephant", Creature("elephant", baby=True)),
        ("大象宝宝", Creature("elephant", baby=True)),
        ("a golden retriever puppy", Creature("golden retriever", baby=True)),
        ("a penguin chick", Creature("penguin", baby=True)),
        ("小蜜蜂", Creature("bee", looks=("tiny",))),
        ("a fluffy bunny", Creature("bunny", looks=("fluffy",))),
        ("rabbit", Creature("bunny")),
        ("hippopotamus", Creature("hippo")),
        ("the cat is pink", Creature("cat", colour="pink")),
        ("a parrot with blue feathers", Creature("parrot", colour="blue")),
        ("a colourful parrot", Creature("parrot", colour="colourful")),
        ("a colorful parrot", Creature("parrot", colour="colourful")),
        ("小熊猫", Creature("red panda")),
    ],
)
def test_one_kind(text, creature):
    assert only(text) == creature


def test_colours_bind_to_the_nearest_noun():
    scene = read("a pink elephant in a red scarf")
    assert (scene.creatures[0].colour, scene.accessories) == ("pink", ("red scarf",))
    scene = read("戴着红围巾的蓝色大象")
    assert (scene.creatures[0].colour, scene.accessories) == ("blue", ("red scarf",))


@pytest.mark.parametrize("text", ["a fox and a crow", "a fox and his crow"])
def test_an_animal_that_is_also_a_verb(text):
    assert [creature.animal for creature in read(text).creatures] == ["fox", "crow"]


@pytest.mark.parametrize("text", ["a cat and a dog", "一只猫和一只狗"])
def test_several_kinds(text):
    assert [creature.animal for creature in read(text).creatures] == ["cat", "dog"]


def test_a_mother_and_her_young():
    assert read("a mother duck and her ducklings").creatures == (
        Creature("duck"),
        Creature("duck", 2, baby=True),
    )
    assert read("a kangaroo and her baby").creatures == (
        Creature("kangaroo"),
        Creature("kangaroo", baby=True),
    )


@pytest.mark.parametrize(
    "text", ["seven cats", "a hen and three chicks", "十只小狗", "three cats and three dogs"]
)
def test_more_than_three_become_three_and_it_is_told(text):
    reading = understand(text)
    assert sum(creature.count for creature in reading.scene.creatures) == 3
    assert reading.status == "changed"
    assert reading.changed


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("a cat holding a balloon", "holding a balloon"),
        ("a cat with a red balloon", "holding a red balloon"),
        ("a rabbit eating a carrot", "eating a carrot"),
        ("a bear riding a bike", "cycling"),
        ("a frog on a skateboard", "riding a scooter"),
        ("小猫拿着气球", "holding a balloon"),
        ("熊猫吃竹子", "eating bamboo"),
        ("a bird can fly", "flying"),
        ("an owl reading a book", "reading a book"),
    ],
)
def test_actions_and_their_objects(text, action):
    assert read(text).action == action


def test_everything_around():
    scene = read("a sleepy fox in the forest at night in winter, snowing, crayon drawing")
    assert (scene.mood, scene.place, scene.time, scene.season, scene.weather, scene.style) == (
        "sleepy", "forest", "night", "winter", "snowing", "crayon")  # fmt: skip


def test_stickers_are_transparent():
    assert read("a sticker of a cat").transparent
    assert not read("a cat").transparent


def test_a_second_value_is_named_as_dropped():
    assert "beach" in understand("a cat in the forest and on the beach").dropped


@pytest.mark.parametrize("text", ["a monkey's hat", "a monkey’s hat", "a monkeys hat", "小猴子的帽子"])
def test_a_possessive_is_no_plural(text):
    assert only(text).count == 1
    assert read(text).accessories == ("hat",)


def test_red_vessels_and_red_breasts_are_no_blood():
    for text in ("a bear in a red bath", "an elephant with a red bucket", "a finch with a red chest"):
        assert understand(text).status in ("accepted", "changed")
    for text in ("a bear in a bath of red water", "a wolf with a red chest"):
        assert understand(text).code == "blood"
