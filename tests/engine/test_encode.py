"""Reading prompts: each text once, in groups, the latest remembered; an error goes to its own job."""

from pawlette.engine.encode import Encoder, text_key
from pawlette.engine.limits import BatchLimit, Memory
from pawlette.errors import BadJob
from pawlette.job import Latents
from tests.fakes import FakeModel, make_job


def encoder(model, most=8, **settings):
    return Encoder(model, BatchLimit(most, Memory.of("cpu")), **settings)


def rows(*texts, **changes):
    return [(index, make_job(text, seed=index, **changes)) for index, text in enumerate(texts)]


def test_equal_texts_are_read_once_in_one_group():
    model = FakeModel()
    read = encoder(model)(rows("a cute panda", "a fox", "a cute panda"))
    assert [len(texts) for texts in model.read] == [2]
    assert [latents.job.seed for _, latents in read] == [0, 1, 2]
    assert read[0][1].conditioning is read[2][1].conditioning


def test_what_was_read_lately_is_remembered_and_the_oldest_forgotten():
    model = FakeModel()
    read = encoder(model, remembered=2)
    for text in ("a fox", "a cat", "a fox", "a dog", "a fox", "a cat"):
        read(rows(text))
    assert len(model.read) == 4  # fox, cat, dog, and cat again


def test_guidance_makes_another_conditioning():
    plain, guided = make_job(), make_job(guidance=2.0)
    assert text_key(plain) == text_key(make_job(seed=99, steps=1, width=128))
    assert text_key(plain) != text_key(guided)
    assert text_key(guided) == text_key(make_job(guidance=7.0))


def test_errors_go_to_their_own_jobs():
    class Picky(FakeModel):
        def encode(self, jobs):
            if any("fox" in job.prompt.text for job in jobs):
                raise BadJob("no foxes")
            return super().encode(jobs)

        def begin(self, job, conditioning):
            if job.seed == 2:
                raise BadJob("not 2")
            return super().begin(job, conditioning)

    read = dict(encoder(Picky())(rows("a cat", "a fox", "a dog", "a pig")))
    assert [type(read[index]) for index in range(4)] == [Latents, BadJob, BadJob, Latents]
    assert str(read[1]) == "no foxes"
