"""What a small model has not learnt is left out and said, or named with what is near; its sizes are its own."""

import pytest

from pawlette.errors import BadJob, UnknownAnimal
from pawlette.studio import Studio
from tests.fakes import FakeModel


@pytest.fixture
def studio():
    return Studio(load=lambda folder, device: FakeModel())


def test_an_animal_that_the_model_has_not_learnt_is_named_with_the_nearest(studio):
    unlearnt = next(a for a in ("walrus", "ostrich", "aardvark") if a not in studio.family.species)
    with pytest.raises(UnknownAnimal, match=unlearnt) as caught:
        studio.accept(f"a cute {unlearnt}")
    assert caught.value.nearest
    assert set(caught.value.nearest) <= set(studio.family.species)


def test_what_the_model_has_not_learnt_is_left_out_and_said(studio):
    accepted = studio.accept("a panda riding a bicycle")
    assert "cycl" not in accepted.job.prompt.text
    assert any("cycling" in note for note in accepted.notes)


def test_a_size_that_the_builtin_model_does_not_draw(studio):
    with pytest.raises(BadJob, match="640x640"):
        studio.accept("a cat", size=(640, 640))


def test_transparent_is_asked_for_by_option_or_by_words(studio):
    assert studio.accept("a cat", transparent=True).job.transparent
    assert "transparent" in studio.accept("a cat", transparent=True).job.prompt.text
    assert not studio.accept("a cat").job.transparent


def test_a_style_that_the_model_has_not_learnt_is_said(studio):
    accepted = studio.accept("a cat", style="crayon")
    assert accepted.job.prompt.style == "storybook"
    assert any("crayon" in note for note in accepted.notes)


def test_a_sticker_keeps_its_alpha(studio):
    assert studio.accept("a cat", style="sticker").job.transparent


def test_open_text_still_names_an_animal_that_is_not_learnt():
    adult = Studio(studio_mode=True, load=lambda folder, device: FakeModel())
    with pytest.raises(UnknownAnimal, match="narwhal"):
        adult.accept("a narwhal")
    assert adult.accept("a panda").notes == ()
    assert adult.accept("a chrome robot panda in neon fog").notes
