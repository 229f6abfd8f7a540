"""The front desk: the gate stands before every picture, and a model is never asked for what it has not learnt."""

import pytest

from pawlette.errors import BadJob, BadModel, Refused, UnknownAnimal
from pawlette.studio import Studio, replay
from tests.fakes import FakeModel


@pytest.fixture
def studio():
    return Studio(load=lambda folder, device: FakeModel())


def test_words_become_a_job_and_a_picture(studio):
    accepted = studio.accept("a smiling dolphin", seed=3, steps=2)
    assert "dolphin" in accepted.job.prompt.text
    assert accepted.job.words == "a smiling dolphin"
    picture = studio.draw(accepted.job)
    assert picture.data.startswith(b"\x89PNG")


def test_refused_words_never_load_the_model():
    loads = []
    studio = Studio(load=lambda *given: loads.append(given))
    with pytest.raises(Refused) as caught:
        studio.accept("a pig on a plate with a fork")
    assert caught.value.code
    assert studio.accept(caught.value.suggestion).job
    assert loads == []


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
    with pytest.raises(BadJob, match="512x512"):
        studio.accept("a cat", size=(512, 512))


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


def test_kid_mode_never_passes_raw_text(studio):
    accepted = studio.accept("a cat blorpzing the frumious zzyx")
    assert "blorp" not in accepted.job.prompt.text


def test_a_record_can_be_drawn_again(studio):
    from pawlette.engine.labels import Labels, describe

    job = studio.accept("two foxes in the snow", seed=11, steps=3, style="storybook").job
    again = studio.accept(**replay(describe(job, Labels("m", "0")))).job
    assert again == job


@pytest.mark.parametrize(
    "change",
    [
        {"words": None},
        {"seed": "1"},
        {"seed": True},
        {"steps": 1.5},
        {"guidance": "x"},
        {"guidance": 10**400},
        {"style": 3},
    ],
)
def test_a_forged_record_is_refused(studio, change):
    record = {
        "words": "a cat",
        "seed": 1,
        "steps": 2,
        "guidance": 2.0,
        "width": 256,
        "height": 256,
        "style": "storybook",
    }
    with pytest.raises(BadJob):
        replay(record | change)


def test_a_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(BadModel, match=str(tmp_path)):
        Studio(tmp_path)
