"""Style runs on the small checkpoints of both generations: learning, drawing, going on, and diffusers' reading."""

import csv
import dataclasses
import shutil

import pytest
import torch
from click.testing import CliRunner
from diffusers import QwenImage21Transformer2DModel, QwenImagePipeline, QwenImageTransformer2DModel
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from pawlette.cli_train import train
from pawlette.errors import BadJob, BadPicture, BadWeights
from pawlette.model import lora
from pawlette.model.packing import unpack
from pawlette.model.qwen import QwenImage
from pawlette.studio import Studio
from pawlette.train.pictures import flatten
from pawlette.train.style import Plan, StyleTrainer, learnt_sigmas
from pawlette.train.style_adapter import save_lora
from pawlette.train.style_data import encode_examples, find_examples
from pawlette.train.style_log import Curve
from pawlette.train.style_run import Show, adapter_folder, train_style
from pawlette.train.style_state import load_state, save_state
from tests.model import checkpoints

SIZE = 64
FAST = Plan(steps=4, batch=2, rank=4, learning_rate=5e-3, warm_up=1, finish_every=2, crop=32)
SILENT = Show(log_every=1, save_every=2, sample_every=2, samples=("a cute panda",), sample_steps=2)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return {
        kind: checkpoints.save(parts(), root / kind, {"_class_name": name})
        for kind, parts, name in (
            ("1", checkpoints.components_1, "QwenImagePipeline"),
            ("21", checkpoints.components_21, "QwenImage21Pipeline"),
        )
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for index, colour in enumerate(("orange", "teal", "crimson")):
        picture = Image.new("RGB", (80, 72), "white")
        ImageDraw.Draw(picture).ellipse((10 + 4 * index, 10, 60, 60), fill=colour)
        picture.save(folder / f"{index}.png")
        (folder / f"{index}.txt").write_text(f"a {colour} ball")
    return folder


@pytest.fixture(params=["1", "21"])
def kind(request):
    return request.param


def trainer_of(folder, pictures, plan=FAST):
    model = QwenImage.load(folder)
    data = encode_examples(model, find_examples(pictures), SIZE, say=lambda _: None)
    return StyleTrainer(model, data, plan)


def test_the_loss_of_a_fixed_batch_falls(folders, pictures, kind):
    trainer = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, cartoon=0.0, saturation=0.0))
    fixed = trainer.batch(0)
    trainer.batch = lambda _: fixed
    losses = [trainer.train_step()["loss"].item() for _ in range(12)]
    assert losses[-1] < 0.9 * losses[0]
    assert all(later < losses[0] for later in losses[4:])


def test_every_term_reaches_the_adapter(folders, pictures, kind):
    for weights in ({"cartoon": 0.0}, {"saturation": 0.0, "target_saturation": None}):
        plan = dataclasses.replace(
            FAST, **({"cartoon": 0.5, "saturation": 0.5, "target_saturation": 1.0} | weights)
        )
        trainer = trainer_of(folders[kind], pictures, plan)
        batch = trainer.batch(0)
        plain, whole = trainer.losses(batch, finish=False), trainer.losses(batch, finish=True)
        torch.testing.assert_close(plain["flow"], whole["flow"])
        (whole["loss"] - whole["flow"]).backward()
        grads = {name: weight.grad for name, weight in trainer.learnt.items() if weight.grad is not None}
        assert any(grad.abs().sum() > 0 for name, grad in grads.items() if "lora_B" in name)
        shown = {"saturation"} if not plan.cartoon else {"smoothness", "quantisation", "perceptual"}
        assert whole.keys() - plain.keys() == shown


def test_the_guess_out_of_a_true_velocity_is_the_picture(folders, pictures, kind):
    """x - s v, with the velocity noise - picture, is what the image encoder made of the picture."""
    trainer = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, crop=SIZE))
    seen = {}
    trainer._finish = lambda guess, row, corner: (
        seen.update(guess=guess, row=row) or {"weighted": guess.sum()}
    )
    batch = trainer.batch(1)
    truth = batch.noise - trainer.data.tokens[list(batch.rows)].float()
    trainer.model.denoiser.forward = lambda *_: truth
    trainer.losses(batch, finish=True)
    assert seen["row"] == batch.rows[min(range(2), key=batch.sigmas.__getitem__)]  # the clearer one
    torch.testing.assert_close(
        seen["guess"][0], trainer.data.tokens[seen["row"]].float(), atol=1e-4, rtol=1e-4
    )


def test_the_crop_of_the_guess_lies_where_that_of_the_picture_does(folders, pictures, kind):
    trainer = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, crop=32))
    model, clean = trainer.model, trainer.data.tokens[:1].float()
    whole = unpack(clean, trainer.data.grid, model.family.patch) * model.latents_std + model.latents_mean
    scale = model.family.pixels_per_latent
    drawn, reference = trainer._decoded_crop(clean, 0, (1.0, 0.0))  # the lower left
    picture = trainer.data.picture(0)
    assert torch.equal(reference[0], picture[:3, -32:, :32])  # nothing is seen through
    inside = model.autoencoder.post_quant_conv(whole[:, :, -32 // scale :, : 32 // scale])
    wanted = model.autoencoder.decoder(inside)
    wanted = wanted if wanted.shape[1] == 3 else flatten(wanted, torch.ones(1, 3, 1, 1))
    torch.testing.assert_close(drawn, wanted)


def test_recomputing_blocks_changes_no_gradient(folders, pictures, kind, monkeypatch):
    found = []
    for recomputed in (True, False):
        if not recomputed:
            monkeypatch.setattr("pawlette.train.style.recompute", lambda blocks: None)
        trainer = trainer_of(folders[kind], pictures)
        trainer.losses(trainer.batch(3), finish=True)["loss"].backward()
        found.append([weight.grad for weight in trainer.learnt.values()])
    for got, wanted in zip(*found, strict=True):
        torch.testing.assert_close(got, wanted)


def test_only_the_adapter_learns(folders, pictures, kind):
    trainer = trainer_of(folders[kind], pictures, dataclasses.replace(FAST, mlp=True))
    before = {name: value.clone() for name, value in trainer.model.denoiser.state_dict().items()}
    trainer.train_step()
    after = trainer.model.denoiser.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(".lora_" in name for name in changed)
    assert any("img_mlp" in name for name in changed)


def test_captions_are_dropped_only_where_guidance_draws(folders, pictures):
    plan = dataclasses.replace(FAST, caption_dropout=1.0)
    guided, plain = (trainer_of(folders[kind], pictures, plan) for kind in ("1", "21"))
    assert all(torch.equal(text, guided.data.blank) for text in guided.texts(guided.batch(0)))
    assert not any(plain.batch(0).dropped)


def test_every_picture_is_seen_once_a_round(folders, pictures):
    trainer = trainer_of(folders["21"], pictures, dataclasses.replace(FAST, batch=3))
    rounds = [trainer.batch(step).rows for step in range(6)]
    assert all(sorted(rows) == [0, 1, 2] for rows in rounds)
    assert len(set(rounds)) > 1


def distilled(folder, steps=8):
    """As the built-in model is: drawn in a few steps of one forward each."""
    model = QwenImage.load(folder)
    model.family = dataclasses.replace(model.family, steps=steps, guidable=False)
    return model


def test_a_distilled_model_learns_only_where_it_draws(folders, pictures):
    model = distilled(folders["21"])
    data = encode_examples(model, find_examples(pictures), SIZE, say=lambda _: None)
    trainer = StyleTrainer(model, data, FAST)
    drawn_at = model.schedule.sigmas(8, data.tokens.shape[1])[:-1]
    seen = [sigma for step in range(150) for sigma in trainer.batch(step).sigmas]
    assert set(seen) == set(drawn_at)
    assert all(20 < seen.count(sigma) < 60 for sigma in drawn_at)  # of 300: all alike
    plain = trainer_of(folders["21"], pictures)
    assert len({sigma for step in range(50) for sigma in plain.batch(step).sigmas}) > 80


def test_a_fixed_grid_of_a_distilled_model_is_what_it_learns_at(folders):
    model = distilled(folders["21"], steps=3)
    model.schedule = dataclasses.replace(model.schedule, explicit=(1.0, 0.9, 0.4))
    assert learnt_sigmas(model, 16) == model.schedule.sigmas(3, 16)[:3]


def test_captions_that_are_cut_are_named_once(folders, pictures):
    model, said = QwenImage.load(folders["21"]), []
    examples = find_examples(pictures)
    encode_examples(model, examples, SIZE, say=said.append)
    assert not any("tokens" in line for line in said)
    model.text.longest = 4
    examples[1] = dataclasses.replace(examples[1], caption="a " * 30)
    lengths = [model.text.length(example.caption) for example in examples]
    said.clear()
    encode_examples(model, examples, SIZE, say=said.append)
    (line,) = [line for line in said if "tokens" in line]
    assert said.index(line) == 0
    assert "4 tokens" in line
    for length, example in zip(lengths, examples, strict=True):
        assert (f"{example.path.name} ({length})" in line) == (length > 4)
    assert f"1.png ({lengths[1]})" in line


# -- whole runs ----------------------------------------------------------------------------------------------


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
