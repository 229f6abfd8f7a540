"""Whole style runs: drawing, going on, what a state belongs to, and diffusers' reading."""

import csv
import dataclasses
import shutil

import pytest
import torch
from click.testing import CliRunner
from diffusers import QwenImage21Transformer2DModel, QwenImagePipeline, QwenImageTransformer2DModel
from PIL import Image
from safetensors.torch import load_file, save_file

from pawlette.cli_train import train
from pawlette.errors import BadJob, BadPicture, BadWeights
from pawlette.model import lora
from pawlette.model.qwen import QwenImage
from pawlette.studio import Studio
from pawlette.train.style import Plan
from pawlette.train.style_adapter import save_lora
from pawlette.train.style_log import Curve
from pawlette.train.style_run import Show, adapter_folder, train_style
from pawlette.train.style_state import load_state, save_state
from tests.train.styles import FAST, SIZE, trainer_of

SILENT = Show(log_every=1, save_every=2, sample_every=2, samples=("a cute panda",), sample_steps=2)


@pytest.fixture(scope="module")
def run_1(folders, pictures, tmp_path_factory):
    """A finished run on the 1.x checkpoint."""
    out = tmp_path_factory.mktemp("run")
    train_style(
        pictures, folders["1"], out, FAST, resolution=SIZE, device="cpu", show=SILENT, say=lambda _: None
    )
    return out


def test_a_run_leaves_a_curve_sheets_and_an_adapter(run_1):
    with (run_1 / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4]
    assert all(float(row["loss"]) > 0 for row in rows)
    assert [bool(row["perceptual"]) for row in rows] == [True, False, True, False]
    sheets = sorted((run_1 / "samples").iterdir())
    assert [path.stem for path in sheets] == ["step_000000", "step_000002", "step_000004"]
    assert len({path.read_bytes() for path in sheets}) == 3
    assert (run_1 / "pytorch_lora_weights.safetensors").exists()


def test_the_adapter_changes_the_picture_as_it_did_in_training(run_1, folders):
    studio = Studio(folders["1"], device="cpu")
    job = studio.accept("a cute panda", seed=0, size=(SIZE, SIZE), steps=2).job
    model = QwenImage.load(folders["1"])

    def drawn():
        latents = model.begin(job, model.encode([job])[0])
        while not latents.done:
            (latents,) = model.step([latents])
        return model.decode([latents])[0].tensor

    plain = drawn()
    lora.merge(model.denoiser, lora.read(run_1))
    styled = drawn()
    assert (styled.int() - plain.int()).abs().max() > 3
    sheet = torch.tensor(list(Image.open(run_1 / "samples" / "step_000004.png").tobytes())).view(
        SIZE, SIZE, 3
    )
    assert (styled.int() - sheet.int()).abs().max() <= 1


def read_and_load(transformer, folder):
    """As diffusers' pipeline of 1.x does it; it has none with LoRAs for 2.1, whose class loads them itself."""
    name = "pytorch_lora_weights.safetensors"
    if isinstance(transformer, QwenImage21Transformer2DModel):
        transformer.load_lora_adapter(folder, weight_name=name)
        return
    tensors, metadata = QwenImagePipeline.lora_state_dict(folder, weight_name=name, return_lora_metadata=True)
    QwenImagePipeline.load_lora_into_transformer(tensors, transformer, metadata=metadata)


def test_diffusers_draws_with_the_adapter_as_training_left_it(folders, pictures, kind, tmp_path):
    trainer = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, mlp=True))
    for _ in range(2):
        trainer.train_step()
    save_lora(trainer.learnt, tmp_path, FAST.rank, trainer.targets)
    grid, channels = trainer.data.grid, trainer.data.tokens.shape[2]
    count = grid[0] * grid[1]
    latents, embeds, sigmas = torch.randn(1, count, channels), torch.randn(1, 6, 48), torch.tensor([0.4])
    common = dict(
        hidden_states=latents, encoder_hidden_states=embeds, timestep=sigmas, img_shapes=[[(1, *grid)]],
        return_dict=False,
    )  # fmt: skip
    if kind == "1":
        theirs = QwenImageTransformer2DModel.from_pretrained(folders[kind] / "transformer")
        common["encoder_hidden_states_mask"] = torch.ones(1, 6, dtype=torch.bool)
    else:
        theirs = QwenImage21Transformer2DModel.from_pretrained(folders[kind] / "transformer")
        common["img_mask"] = torch.cat([torch.zeros(1, 6), torch.ones(1, count // 4)], dim=1).bool()
    with torch.no_grad():
        plain = theirs(**common)[0][:, -count:]
        read_and_load(theirs, tmp_path)
        got = theirs(**common)[0][:, -count:]
        wanted = trainer.model.denoiser(latents, embeds, sigmas, grid)
    torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)
    assert (got - plain).abs().max() > 1e-3


def test_a_run_that_stopped_goes_on_as_if_it_had_not(folders, pictures, kind, tmp_path):
    whole = trainer_of(folders[kind], pictures)
    for _ in range(4):
        whole.train_step()
    first = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, steps=2))
    for _ in range(2):
        first.train_step()
    save_state(first, tmp_path)
    torch.randn(7)  # other randomness in between changes nothing
    second = trainer_of(folders[kind], pictures)
    assert load_state(second, tmp_path) == 2
    for _ in range(2):
        second.train_step()
    assert second.step == whole.step
    for name, weight in whole.learnt.items():
        assert torch.equal(weight, second.learnt[name]), name


def test_a_run_goes_on_from_the_command_line(folders, pictures, tmp_path):
    def run(steps, *more):
        return CliRunner().invoke(
            train,
            ["style", str(pictures), "--model", str(folders["21"]), "--out", str(tmp_path / "run"), "--device", "cpu",
             "--steps", str(steps), "--rank", "2", "--resolution", "64", "--sample-every", "1", *more],
        )  # fmt: skip

    first = run(1)
    assert first.exit_code == 0, first.output
    assert f"pawlette draw --lora {tmp_path / 'run'}" in first.output
    again = run(2)
    assert again.exit_code == BadJob.exit_code
    assert "--resume" in again.output
    second = run(2, "--resume")
    assert "going on from step 1" in second.output
    assert len((tmp_path / "run" / "curve.csv").read_text().splitlines()) == 3
    other = run(3, "--resume", "--learning-rate", "0.5")
    assert "was made with learning_rate = 0.0001, now it is 0.5" in other.output


def with_changed_weights(folder, copy):
    """The same model after a little training: every shape and name stays."""
    shutil.copytree(folder, copy)
    (path,) = (copy / "transformer").glob("*.safetensors")
    save_file({name: value + 1e-4 for name, value in load_file(path).items()}, path)
    return copy


def test_a_state_belongs_to_its_model_pictures_and_captions(folders, pictures, tmp_path):
    mine = shutil.copytree(pictures, tmp_path / "pictures")

    def run(plan, **changes):
        given = {"pictures": mine, "model": folders["21"], "out": tmp_path / "run", "resolution": SIZE}
        train_style(**(given | changes), plan=plan, device="cpu", show=Show(), say=lambda _: None)

    one, two = (dataclasses.replace(FAST, steps=steps) for steps in (1, 2))
    run(one)
    with pytest.raises(BadJob, match="was made with seed = 0, now it is 5"):
        run(dataclasses.replace(two, seed=5), resume=True)
    with pytest.raises(BadJob, match="was made with weights = "):
        run(two, resume=True, model=with_changed_weights(folders["21"], tmp_path / "other"))
    (mine / "1.txt").write_text("another ball")
    with pytest.raises(BadJob, match="was made with captions = "):
        run(two, resume=True)
    shutil.copyfile(pictures / "1.txt", mine / "1.txt")
    shutil.copyfile(pictures / "2.png", mine / "1.png")
    with pytest.raises(BadJob, match="was made with pictures = "):
        run(two, resume=True)
    shutil.copyfile(pictures / "1.png", mine / "1.png")
    run(two, resume=True)


def test_a_curve_that_is_ahead_of_its_state_is_cut(tmp_path):
    (tmp_path / "curve.csv").write_bytes(b"step,loss\r\n1,0.5\r\n2,0.4\r\n3,")
    Curve(tmp_path / "curve.csv", "cpu", from_step=1)
    assert (tmp_path / "curve.csv").read_bytes() == b"step,loss\r\n1,0.5\r\n"


def test_what_cannot_run_is_said_before_the_first_step(folders, pictures, tmp_path):
    def run(**changes):
        given = {"pictures": pictures, "model": folders["21"], "out": tmp_path / "run", "plan": FAST}
        given |= {"resolution": SIZE, "device": "cpu", "show": SILENT, "say": lambda _: None}
        train_style(**(given | changes))

    with pytest.raises(BadPicture, match="no folder"):
        run(pictures=tmp_path / "nowhere")
    with pytest.raises(BadJob, match="multiples of 32; got 50"):
        run(resolution=50)
    with pytest.raises(BadJob, match="holds no run to go on with"):
        run(resume=True)
    (tmp_path / "run" / "state.safetensors").write_bytes(b"x" * 40)
    with pytest.raises(BadWeights, match=r"state\.safetensors is no safetensors file"):
        run(resume=True)
    assert not list((tmp_path / "run").glob("pytorch*"))


def test_a_name_lies_among_the_persons_own(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    assert adapter_folder("fox") == tmp_path / ".pawlette" / "loras" / "fox"
    assert adapter_folder("./fox").name == "fox"
    assert adapter_folder(str(tmp_path / "fox")) == tmp_path / "fox"


@pytest.mark.parametrize("name", ["fox:2", "fox:0.8", "fox:nan", "./styles/fox:1", ":2"])
def test_a_name_that_reads_as_a_strength_is_refused(name):
    with pytest.raises(BadJob, match="strength"):
        adapter_folder(name)


def test_a_colon_within_a_name_is_no_strength():
    assert adapter_folder("fox:soft").name == "fox:soft"


def test_a_lora_of_the_same_name_is_never_written_over(tmp_path):
    there = tmp_path / "pytorch_lora_weights.safetensors"
    there.write_bytes(b"another")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.new("RGB", (64, 64), "orange").save(pictures / "one.png")
    (pictures / "one.txt").write_text("a fox", encoding="utf-8")
    with pytest.raises(BadJob, match=there.name):
        train_style(pictures, "builtin", tmp_path, Plan(steps=1))
    assert there.read_bytes() == b"another"
