"""What a model folder is taken for, and how a wrong one is named."""

import dataclasses
import json

import pytest

from pawlette.errors import BadJob, BadModel
from pawlette.model.family import PAWLETTE, QWEN_IMAGE, QWEN_IMAGE_21, QWEN_IMAGE_21_TURBO, Family
from pawlette.words.scene import Creature, Scene
from tests.fakes import make_job

OWN = {
    "family": "pawlette", "name": "pawlette-1", "species": ["panda", "fox"], "size": 256, "steps": 12,
    "guidance": 2.5, "licence": "Apache-2.0",
}  # fmt: skip


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("file", "index", "family"),
    [
        ("model_index.json", {"_class_name": "QwenImagePipeline"}, QWEN_IMAGE),
        ("model_index.json", {"_class_name": "QwenImage21Pipeline"}, QWEN_IMAGE_21),
        ("modular_model_index.json", {"_class_name": "QwenImage21ModularPipeline"}, QWEN_IMAGE_21),
        ("modular_model_index.json", {"_class_name": "QwenImage21TurboModularPipeline"}, QWEN_IMAGE_21_TURBO),
    ],
)
def test_published_models_are_known_by_their_class(tmp_path, file, index, family):
    assert Family.from_folder(write(tmp_path, file, index)) == family


def test_known_classes_exist_in_diffusers():
    import diffusers

    from pawlette.model.family import PUBLISHED

    assert all(hasattr(diffusers, name) for name in PUBLISHED)


def test_a_grid_of_sigmas_makes_a_turbo(tmp_path):
    index = {"_class_name": "QwenImage21Pipeline", "sample_sigmas": [1, 0.5]}
    family = Family.from_folder(write(tmp_path, "model_index.json", index))
    assert family.explicit_sigmas == (1.0, 0.5)
    assert (family.steps, family.guidance) == (2, 1.0)


@pytest.mark.parametrize("grid", [[], [0.0], [1.5], ["x"], "half"])
def test_a_bad_grid_is_named(tmp_path, grid):
    index = {"_class_name": "QwenImage21Pipeline", "sample_sigmas": grid}
    with pytest.raises(BadModel, match="sample_sigmas"):
        Family.from_folder(write(tmp_path, "model_index.json", index))


def test_our_own_model_says_what_it_draws(tmp_path):
    family = Family.from_folder(write(tmp_path, "pawlette.json", OWN | {"longest_text": 48}))
    assert family.species == ("panda", "fox")
    assert (family.default_size, family.steps, family.guidance) == ((256, 256), 12, 2.5)
    assert (family.template, family.dropped, family.longest_text) == ("{}", 0, 48)
    assert family.generation == PAWLETTE.generation
    assert not family.reads_negative


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"), ({"species": None}, "species"), ({"species": []}, "species"),
        ({"species": [3]}, "species"), ({"size": 100}, "size"), ({"steps": True}, "steps"),
        ({"steps": 0}, "steps"), ({"learnt": {"hat": []}}, "learnt"), ({"guidance": 0.5}, "guidance"),
        ({"family": "other"}, "family"), ({"upscaled": 3}, "upscaled"), ({"upscaled": True}, "upscaled"),
        ({"guidable": 0}, "guidable"), ({"guidable": False}, "guidance 1, got 2.5"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path, change, word):
    with pytest.raises(BadModel, match=rf"pawlette\.json: .*{word}"):
        Family.from_folder(write(tmp_path, "pawlette.json", OWN | change))


def test_a_distilled_model_need_not_say_its_steps_and_guidance(tmp_path):
    bare = {key: value for key, value in OWN.items() if key not in ("steps", "guidance")}
    family = Family.from_folder(write(tmp_path, "pawlette.json", bare | {"guidable": False}))
    assert (family.steps, family.guidance, family.guidable) == (8, 1.0, False)
    with pytest.raises(BadJob, match="distilled"):
        family.check(make_job(guidance=2.0))
    with pytest.raises(BadModel, match="'guidance' is missing"):
        Family.from_folder(write(tmp_path, "pawlette.json", bare | {"guidable": True}))


def test_an_upscaler_adds_one_size(tmp_path):
    family = Family.from_folder(write(tmp_path, "pawlette.json", OWN | {"upscaled": 2}))
    assert family.sizes == ((256, 256), (512, 512))
    assert family.default_size == (256, 256)
    sides = (256, 512, 1024)
    assert [family.enlarges(make_job(width=side, height=side)) for side in sides] == [1, 2, 1]
    assert QWEN_IMAGE_21.enlarges(make_job(width=1024, height=1024)) == 1


def test_a_job_of_other_multiples_is_named():
    with pytest.raises(BadJob, match="multiples of 32; got 48x32"):
        QWEN_IMAGE_21.check(make_job(width=48))


def test_a_missing_setting_is_named(tmp_path):
    with pytest.raises(BadModel, match="'licence' is missing"):
        Family.from_folder(write(tmp_path, "pawlette.json", {k: v for k, v in OWN.items() if k != "licence"}))


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(BadModel, match="neither"):
        Family.from_folder(tmp_path)
    with pytest.raises(BadModel, match="is no folder"):
        Family.from_folder(tmp_path / "nowhere")
    with pytest.raises(BadModel, match="FluxPipeline"):
        Family.from_folder(write(tmp_path, "model_index.json", {"_class_name": "FluxPipeline"}))


def test_sizes_can_be_drawn():
    for family in (QWEN_IMAGE, QWEN_IMAGE_21, QWEN_IMAGE_21_TURBO, PAWLETTE):
        assert all(w % family.multiple == 0 == h % family.multiple for w, h in family.sizes)
        assert all((h, w) in family.sizes for w, h in family.sizes)
        assert family.multiple % (family.pixels_per_latent * family.patch) == 0


LEARNT = {"colour": ["pink"], "looks": ["fluffy"], "accessories": ["scarf"], "place": ["beach"], "mood": []}


def test_what_a_model_has_not_learnt_is_left_out_and_named(tmp_path):
    family = Family.from_folder(write(tmp_path, "pawlette.json", OWN | {"learnt": LEARNT}))
    panda = Creature("panda", count=2, colour="pink", looks=("fluffy", "tiny"))
    scene = Scene(
        (panda,), accessories=("red scarf", "crown"), place="beach", mood="sleepy", weather="rainbow"
    )
    fitted, left_out = family.fit(scene)
    assert fitted == Scene(
        (dataclasses.replace(panda, looks=("fluffy",)),), accessories=("red scarf",), place="beach"
    )
    assert sorted(left_out) == ["crown", "rainbow", "sleepy", "tiny"]


def test_a_scene_that_fits_is_left_as_it_is(tmp_path):
    scene = Scene((Creature("fox", colour="pink"),), place="beach")
    family = Family.from_folder(write(tmp_path, "pawlette.json", OWN | {"learnt": LEARNT}))
    assert family.fit(scene)[0] is scene
    anything = Scene((Creature("fox", colour="plaid"),), weather="rainbow")
    assert QWEN_IMAGE.fit(anything) == (anything, ())
