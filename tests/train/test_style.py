"""Steps of a style run on the small checkpoints of both generations: what they see, and what learns."""

import dataclasses

import torch

from pawlette.model.packing import unpack
from pawlette.model.qwen import QwenImage
from pawlette.train.pictures import flatten
from pawlette.train.style import StyleTrainer, learnt_sigmas
from pawlette.train.style_data import encode_examples, find_examples
from tests.train.styles import FAST, SIZE, trainer_of


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
