"""The groups of a rehearsal: every count and padded length, distinct texts of the lengths that were wanted."""

import itertools
from dataclasses import replace

import pytest

from pawlette.job import Finish
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21, QWEN_IMAGE_21_TURBO
from pawlette.model.qwen import QwenImage
from pawlette.model.rehearsal import groups
from pawlette.model.tokens import Tokens, load_tokenizer
from tests.model.drawing import job


@pytest.fixture(scope="module")
def tokenizer(checkpoint_21):
    return load_tokenizer(checkpoint_21.folder)


TALE = "a very long tale about the sea, the snow and two pandas under a rainbow " * 2


def made(family, tokenizer, *, most=8, jobs=None):
    asked = jobs or [job("a cat", finish=Finish(0.5, 0.5), words="a cat"), job(TALE)]
    return list(groups(asked, family, Tokens(tokenizer, family), most))


def padded(length):
    return -(-length // 32) * 32


@pytest.mark.parametrize("family", [QWEN_IMAGE, QWEN_IMAGE_21], ids=lambda family: family.generation)
def test_every_count_meets_every_length(tokenizer, family):
    tokens = Tokens(tokenizer, family)
    short, long = tokens.length("a cat"), tokens.length(TALE)
    assert long - short > 64  # so that there are three lengths at least
    found = {
        (len(group), padded(tokens.length(one.prompt.text) + front))
        for group in made(family, tokenizer)
        for one in group
        for front in (0, tokens.dropped)
    }
    every = {padded(n + front) for n in range(short, long + 1) for front in (0, tokens.dropped)}
    assert found == set(itertools.product((1, 2, 4, 8), every))


def test_jobs_are_short_and_no_text_comes_twice(tokenizer):
    jobs = [one for group in made(QWEN_IMAGE_21, tokenizer) for one in group]
    assert len({one.prompt.text for one in jobs}) == len(jobs)
    assert {(one.steps, one.finish, one.words, one.shape) for one in jobs} == {(1, Finish(), "", (64, 96))}


def test_the_texts_of_a_group_are_of_one_length(tokenizer):
    """Else the longest would hide the shorter ones' padding."""
    tokens = Tokens(tokenizer, QWEN_IMAGE_21)
    for group in made(QWEN_IMAGE_21, tokenizer):
        assert len({tokens.length(one.prompt.text) for one in group}) == 1


def test_guided_jobs_have_each_a_negative_text_of_the_length_that_was_asked(tokenizer):
    """Else fewer texts would meet in a batch than of jobs that were read one by one."""
    tokens = Tokens(tokenizer, QWEN_IMAGE)
    asked = job(TALE, guidance=2.0)
    jobs = [one for group in made(QWEN_IMAGE, tokenizer, jobs=[asked]) for one in group]
    texts = {one.prompt.text for one in jobs} | {one.prompt.negative for one in jobs}
    assert len(texts) == 2 * len(jobs)
    assert {tokens.length(one.prompt.negative) for one in jobs} == {tokens.length(asked.prompt.negative)}
    unguided = made(QWEN_IMAGE, tokenizer, most=1, jobs=[job(TALE)])
    assert {one.prompt.negative for group in unguided for one in group} == {asked.prompt.negative}


def test_a_model_of_fixed_steps_takes_them(tokenizer):
    steps = QWEN_IMAGE_21_TURBO.steps
    jobs = [one for group in made(QWEN_IMAGE_21_TURBO, tokenizer, jobs=[job(steps=steps)]) for one in group]
    assert {one.steps for one in jobs} == {steps}


@pytest.mark.parametrize(
    ("most", "counts"), [(1, [1]), (4, [1, 2, 4]), (11, [1, 2, 4, 8, 11]), (16, [1, 2, 4, 8, 16])]
)
def test_counts(tokenizer, most, counts):
    assert [len(group) for group in made(QWEN_IMAGE_21, tokenizer, most=most, jobs=[job()])] == counts


def test_a_text_that_is_cut_off_counts_as_what_is_read(tokenizer):
    family = replace(QWEN_IMAGE_21, longest_text=20)
    tokens = Tokens(tokenizer, family)
    found = made(family, tokenizer, most=1, jobs=[job(TALE)])
    assert [tokens.length(one.prompt.text) for group in found for one in group] == [20]


def test_a_model_that_compiles_and_records_nothing_rehearses_nothing(checkpoint_21):
    model = QwenImage.load(checkpoint_21.folder)
    assert list(model.rehearsal([job()], 16)) == []
