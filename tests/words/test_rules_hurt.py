"""Harm by word classes: a verb of hurt needs a victim, a tool a body, and nobody becomes a thing."""

import pytest

from pawlette.words import understand

VIOLENT = (
    "a rabbit with its paws nailed to a board",
    "a kitten with its mouth taped shut",
    "a chick pecked by hens",
    "a bird with its feathers pulled out",
    "a boy kicking a puppy",
    "a sword in a dragon",
    "a rope around a dog's neck",
    "小兔的爪子被钉在木板上",
    "把小猫踢出去",
    "小羊被劈成两块",
    "公鸡被拔毛",
    "剪刀在小猫的尾巴上",
)
MATERIAL = (
    "a crocodile turned into a handbag",
    "boots made of snake",
    "a snake belt",
    "a fox fur coat",
    "鳄鱼变成了手提包",
    "蛇做的靴子",
    "狐狸皮大衣",
)
HARMLESS = (
    "a woodpecker pecking a tree",
    "a mouse hammering a nail",
    "a squirrel cracking a nut",
    "a cat cutting a cake",
    "a chick hatching from a cracked egg",
    "a bear with a broken toy",
    "a dog with a stick in its mouth",
    "an elephant holding a hammer in its trunk",
    "a sloth hanging by its arms from a branch",
    "a caterpillar turned into a butterfly",
    "a frog turned into a prince",
    "a cat made of clouds",
    "a crocodile wearing boots and a belt",
    "a dog in a skeleton costume",
    "小鸡啄米",
    "小兔拔萝卜",
    "小熊切蛋糕",
    "小狗被雨淋湿了",
    "毛毛虫变成蝴蝶",
)


@pytest.mark.parametrize("text", VIOLENT)
def test_a_verb_of_hurt_with_a_victim_is_refused(text):
    assert understand(text).status == "refused"


@pytest.mark.parametrize("text", MATERIAL)
def test_nobody_becomes_a_thing(text):
    assert understand(text).status == "refused"


def test_the_code_says_material():
    assert understand("a crocodile turned into a handbag").code == "material"


@pytest.mark.parametrize("text", HARMLESS)
def test_the_same_words_without_a_victim_are_drawn(text):
    assert understand(text).status in ("accepted", "changed")


def test_a_ball_is_still_kicked():
    assert understand("a dog kicking a ball").status == "accepted"


@pytest.mark.parametrize("text", ["a skeleton of a cat", "a panda that is only bones", "只剩骨架的熊猫"])
def test_bones_alone_are_refused(text):
    assert understand(text).code == "death"
