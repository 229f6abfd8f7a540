"""The commands of `pawlette train`. Each imports the [train] extra when it is called; knows no other command."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pawlette.cli_errors import needs_extra, plain_errors
from pawlette.cli_options import device_option, model_option


@click.group()
def train() -> None:
    """Train parts of a model on your own machine."""


@train.command()
@model_option
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to make: what `--decoder` takes.",
)
@click.option(
    "--latents",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of raw latents (.safetensors), instead of drawing them.",
)
@click.option(
    "--prompts",
    type=click.IntRange(2),
    default=200,
    show_default=True,
    help="How many pictures to draw for their latents.",
)
@click.option("--steps", type=click.IntRange(1), help="Training steps. 2000 if --seconds is left out too.")
@click.option("--seconds", type=click.FloatRange(1.0), help="Training time; whichever ends first.")
@click.option("--batch", type=click.IntRange(1), default=16, show_default=True, help="Latents in a step.")
@click.option(
    "--width",
    type=click.FloatRange(0.25, 4.0),
    default=1.0,
    show_default=True,
    help="Widens the decoder: closer to the full one, and slower.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@device_option
@click.option("--seed", type=click.IntRange(0, 2**32), default=0, show_default=True)
def decoder(
    model: str, out: Path, latents: Path | None, prompts: int, steps: int | None, seconds: float | None, batch: int,
    width: float, resume: bool, device: str, seed: int,
) -> None:  # fmt: skip
    """Distil the model's decoder into a light one, and score it against the full one."""
    with plain_errors(), needs_extra("train"):
        from pawlette.device import choose
        from pawlette.studio import Studio
        from pawlette.train.course import Length
        from pawlette.train.light_decoder_folder import Wish, make_light_decoder

        length = Length(seconds, 2000 if steps is None and seconds is None else steps)
        chosen = choose(device)
        wish = Wish(out, length, latents, prompts, batch, width, seed, chosen, resume)
        record = make_light_decoder(Studio(model, device=chosen), wish, click.echo)
        click.echo(json.dumps(record))
        click.echo(f"{out}  draw with it: pawlette draw --decoder {out}")


@train.command()
@click.argument("pictures", type=click.Path(path_type=Path, exists=True, file_okay=False))
@model_option
@click.option(
    "--out",
    required=True,
    metavar="NAME_OR_FOLDER",
    help="What `draw --lora` takes: a name among your own, or a folder.",
)
@click.option("--steps", type=click.IntRange(1), default=1000, show_default=True, help="Of the whole run.")
@click.option(
    "--rank",
    type=click.IntRange(1, 512),
    default=16,
    show_default=True,
    help="Width of the adapter: more learns finer things, and needs more pictures.",
)
@click.option("--mlp", is_flag=True, help="Adapt the MLPs too, not the attention alone.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, help="Pictures in a step.")
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, 1, min_open=True),
    default=1e-4,
    show_default=True,
    help="As large models want it; the built-in one takes 1e-3.",
)
@click.option(
    "--cartoon",
    type=click.FloatRange(0),
    default=0.1,
    show_default=True,
    help="Weight of the cartoonisation loss; 0 is off.",
)
@click.option(
    "--saturation",
    type=click.FloatRange(0),
    default=0.05,
    show_default=True,
    help="Weight of the saturation term; 0 is off.",
)
@click.option(
    "--target-saturation",
    type=click.FloatRange(0, 1),
    help="Pull colours at least up to this; the pictures' own if left out.",
)
@click.option("--resolution", type=click.IntRange(32), help="Pixels on a side. The model's own if left out.")
@click.option(
    "--sample",
    "samples",
    multiple=True,
    default=("a cute panda",),
    show_default=True,
    help="Words of a picture on the sample sheets. May be given several times.",
)
@click.option("--sample-every", type=click.IntRange(1), default=100, show_default=True, help="Steps.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@device_option
@click.option("--seed", type=click.IntRange(0, 2**32), default=0, show_default=True)
def style(
    pictures: Path, model: str, out: str, steps: int, rank: int, mlp: bool, batch: int, learning_rate: float,
    cartoon: float, saturation: float, target_saturation: float | None, resolution: int | None,
    samples: tuple[str, ...], sample_every: int, resume: bool, device: str, seed: int,
) -> None:  # fmt: skip
    """Teach a model the look of the folder PICTURES, as a LoRA.

    Captions: panda.txt beside panda.png, or metadata.jsonl, metadata.csv or captions.csv (file_name, text).
    """
    with plain_errors(), needs_extra("train"):
        from pawlette.train.style import Plan
        from pawlette.train.style_run import Show, adapter_folder, train_style

        plan = Plan(
            steps=steps, rank=rank, mlp=mlp, batch=batch, learning_rate=learning_rate, cartoon=cartoon,
            saturation=saturation, target_saturation=target_saturation, seed=seed,
        )  # fmt: skip
        show = Show(sample_every=sample_every, samples=samples)
        adapter = train_style(
            pictures, model, adapter_folder(out), plan, resolution=resolution, device=device, resume=resume,
            show=show, say=click.echo,
        )  # fmt: skip
        click.echo(f"{adapter}  draw with it: pawlette draw --lora {out}")
