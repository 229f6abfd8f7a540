"""The front desk: the gate stands before every picture, and a model is never asked for what it has not learnt."""

import shutil
from pathlib import Path

import pytest
import torch

from pawlette import studio as studio_module
from pawlette.errors import BadJob, BadModel, DrawingFailed, Refused
from pawlette.job import Finish, Sampling
from pawlette.model.family import Family
from pawlette.model.switches import Switches
from pawlette.studio import Studio, builtin_folder
from tests.fakes import FakeModel, load_for_studio
from tests.model.checkpoints import save_lora


@pytest.fixture
def studio():
    return Studio(load=lambda folder, device: FakeModel())


@pytest.fixture
def drawing():
    """A studio for pictures beside each other, and its model; closed in the end."""
    model = FakeModel(broken_seeds=(5,))
    with Studio(load=lambda folder, device: model) as studio:
        yield studio, model


def test_several_devices_draw_a_list_in_processes_of_their_own():
    with Studio(device="cpu,cpu", load=load_for_studio) as studio:
        studio.prepare(3)
        assert studio._model is None
        jobs = [studio.accept("a cute panda", seed=seed).job for seed in range(3)]
        drawn = [future.result() for future in studio.stream(jobs)]
        assert [picture.job for picture in drawn] == jobs
        assert studio.draw(jobs[0]).data == drawn[0].data


def test_pictures_drawn_beside_each_other_are_the_same_bytes(drawing):
    studio, _ = drawing
    jobs = [
        studio.accept("a panda", seed=seed, steps=1 + seed % 3, finish=Finish(0.5)).job for seed in range(4)
    ]
    futures = [studio.submit(job) for job in jobs]
    assert [future.result(30).data for future in futures] == [studio.draw(job).data for job in jobs]
    webp = studio.submit(jobs[0], form="webp", keep_words=False).result(30)
    assert webp.data == studio.draw(jobs[0], form="webp", keep_words=False).data


def test_the_readmes_python_runs(monkeypatch, tmp_path):
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(studio_module, "load_model", lambda *given, **parts: FakeModel())
    monkeypatch.chdir(tmp_path)
    blocks = readme.split("```python\n")[1:]
    assert blocks
    for block in blocks:
        exec(block.split("```")[0], {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["panda-0.png", "panda-1.png", "panda-2.png"]


def test_a_stream_is_in_order_goes_past_errors_and_runs_little_ahead(drawing):
    studio, _ = drawing
    asked = []

    def jobs():
        for seed in range(30):
            asked.append(seed)
            yield studio.accept("a panda", seed=seed, steps=1).job

    drawn = studio.stream(jobs())
    next(drawn)
    assert len(asked) < 20
    rest = list(drawn)
    assert all(future.done() for future in rest)
    with pytest.raises(DrawingFailed):
        rest.pop(4).result()
    assert [future.result().job.seed for future in rest] == [1, 2, 3, 4, *range(6, 30)]


def test_a_closed_studio_has_finished_and_can_be_asked_again(drawing):
    studio, _ = drawing
    job = studio.accept("a panda", seed=1, steps=2).job
    first = studio.submit(job)
    studio.close()
    assert first.done()
    assert studio.submit(job).result(30).data == first.result().data


def test_parts_that_take_turns_draw_the_same(drawing):
    studio, _ = drawing
    model = FakeModel(broken_seeds=(5,))
    turning = Studio(in_turns=True, load=lambda folder, device: model)
    jobs = [studio.accept("a panda", seed=seed, steps=2).job for seed in (4, 5, 6)]
    first, broken, last = turning.stream(jobs)
    assert [one.result().data for one in (first, last)] == [studio.draw(jobs[i]).data for i in (0, 2)]
    with pytest.raises(DrawingFailed):
        broken.result()
    assert turning.draw(jobs[0]).data == studio.draw(jobs[0]).data
    with pytest.raises(BadJob, match="stream a list"):
        turning.submit(jobs[0])


def test_the_precision_is_a_setting_of_the_studio():
    assert (Studio(precision="bf16").precision, Studio(precision="bf16").switches) == ("bf16", None)
    assert Studio(switches=Switches(packed=True)).switches.packed
    with pytest.raises(BadJob, match="'int8'"):
        Studio(precision="int8")
    with pytest.raises(BadJob, match="'bf16' beside them"):
        Studio(precision="bf16", switches=Switches())
    model = studio_module.load_model(
        studio_module.builtin_folder(), "cpu", switches=Switches(precision="bf16")
    )
    assert (model.dtype, next(model.decoder.parameters()).dtype) == (torch.bfloat16,) * 2


def test_a_device_draws_with_what_is_best_for_it_unless_switches_are_named(monkeypatch):
    from pawlette import device
    from pawlette.model import qwen

    given = []
    monkeypatch.setattr(device, "capability", lambda name: (9, 0))
    monkeypatch.setattr(device, "is_nvidia", lambda: True)
    monkeypatch.setattr(device, "choose", lambda name: name)
    monkeypatch.setattr(qwen.QwenImage, "load", lambda *_, switches, **__: given.append(switches))
    folder = studio_module.builtin_folder()
    for name, asked in (("cuda:1", {}), ("cuda", {"switches": Switches()}), ("cpu", {})):
        studio_module.load_model(folder, name, precision="auto" if asked else "fp8", **asked)
    best = Switches.best("cuda:1", Family.from_folder(folder), "fp8")
    assert given == [best, Switches(), Switches(precision="fp8", prefix=True)]
    assert best.packed


def test_a_picture_that_finds_no_memory_is_told_what_may_do():
    studio = Studio(load=lambda folder, device: FakeModel(fits=0))
    with pytest.raises(DrawingFailed, match="smaller --size"):
        studio.draw(studio.accept("a panda").job)


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


def test_kid_mode_never_passes_raw_text(studio):
    accepted = studio.accept("a cat blorpzing the frumious zzyx")
    assert "blorp" not in accepted.job.prompt.text


def test_a_finish_is_off_unless_asked_for(studio):
    adult = Studio(studio_mode=True, load=lambda folder, device: FakeModel())
    for one in (studio, adult):
        assert not one.accept("a panda").job.finish
        assert one.accept("a panda", finish=Finish(0.5)).job.finish == Finish(saturation=0.5)


def test_a_finish_changes_the_picture_and_nothing_else_does(studio):
    plain, off, finished = (
        studio.draw(studio.accept("a panda", seed=1, finish=finish).job).data
        for finish in (None, Finish(), Finish(0.5, 0.5))
    )
    assert plain == off
    assert plain != finished


def test_jobs_carry_the_parts_that_the_studio_is_loaded_with(tmp_path):
    light, lora = tmp_path / "small", save_lora(tmp_path / "fox.safetensors")
    light.mkdir()
    (light / "config.json").write_text("{}")
    studio = Studio(decoder=str(light), lora=f"{lora}:0.5", load=lambda folder, device: FakeModel())
    job = studio.accept("a panda").job
    assert (job.decoder, job.lora) == ("small/", "fox:0.5")
    assert len(studio.labels().lora_digest) == 16


def test_parts_that_are_not_there_are_named_at_once():
    with pytest.raises(BadJob, match="'lite'"):
        Studio(decoder="lite")
    with pytest.raises(BadJob, match="no LoRA 'bear'"):
        Studio(lora="bear")


def test_a_job_for_another_kind_of_model_is_named_before_loading(tmp_path):
    (tmp_path / "modular_model_index.json").write_text('{"_class_name": "QwenImage21TurboModularPipeline"}')
    with pytest.raises(BadJob, match="takes no guidance"):
        Studio(tmp_path).accept("a panda", guidance=3.0)
    with pytest.raises(BadJob, match="multiples of 32; got 1040x1040"):
        Studio(tmp_path).accept("a panda", size=(1040, 1040))


def test_a_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(BadModel, match=str(tmp_path)):
        Studio(tmp_path)


def test_a_negative_text_of_ones_own_is_for_studio_mode(studio):
    with pytest.raises(BadJob, match="studio mode"):
        studio.accept("a panda", negative="blurry")
    adult = Studio(studio_mode=True, load=lambda folder, device: FakeModel())
    assert adult.accept("a panda", negative="blurry").job.prompt.negative == "blurry"


def test_a_distilled_model_keeps_its_own_sigmas(studio):
    with pytest.raises(BadJob, match="its own sigmas"):
        studio.accept("a panda", sampling=Sampling(3.1))


def test_an_adults_text_may_be_as_long_as_the_model_reads(tmp_path):
    """1.x reads 512 tokens; this tokenizer makes a token of about every word."""
    (tmp_path / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    shutil.copytree(builtin_folder() / "tokenizer", tmp_path / "tokenizer")
    adult = Studio(tmp_path, studio_mode=True, load=lambda folder, device: FakeModel())
    words = "a happy fox with a red balloon in a green meadow, "
    text = words * 20
    assert len(text) > 500
    assert adult.accept(text, seed=1, negative=text).job.prompt.text == text
    with pytest.raises(BadJob, match=r"reads 512 tokens of a text; the text has [0-9]+"):
        adult.accept(words * 100, seed=1)
    with pytest.raises(BadJob, match=r"reads 512 tokens of a text; the negative text has"):
        adult.accept("a fox", seed=1, negative=words * 100)
    assert adult.accept("a fox", seed=1, guidance=1.0, negative=words * 100).job.guidance == 1.0  # not read


def test_what_a_small_model_would_not_read_is_refused_and_children_tell_short_stories(studio):
    adult = Studio(studio_mode=True, load=lambda folder, device: FakeModel())
    assert adult.accept("a wet cat in the rain", seed=1).job
    with pytest.raises(BadJob, match=r"reads 40 tokens of a text; the text has"):
        adult.accept("a wet cat in the rain " * 20, seed=1)
    with pytest.raises(Refused) as refused:
        adult.accept("cat " * 2001, seed=1)
    assert refused.value.code == "open_too_long"
    with pytest.raises(Refused) as refused:
        studio.accept("cat " * 126, seed=1)
    assert refused.value.code == "too_long"
