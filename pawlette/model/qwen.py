"""A Qwen-Image model as the engine wants it: encode, begin, step, decode.

Knows no queue, no thread and no file of pictures; what differs between generations it reads from its Family.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pawlette.device import current, few, finish_work, free_memory, use_attention
from pawlette.errors import BadJob, BadModel, DrawingFailed
from pawlette.job import FULL, Conditioning, Job, Latents, Pixels
from pawlette.model import fast, rehearsal, table
from pawlette.model import lora as adapters
from pawlette.model.additions import Additions, find_quick_decoder, load_light_decoder, load_upscaler
from pawlette.model.compiled import allow_shapes, alone
from pawlette.model.family import Family
from pawlette.model.generations import GENERATIONS
from pawlette.model.graphs import Graphs
from pawlette.model.packing import pack, recurring, spread, unpack
from pawlette.model.parts import UPSCALER_FOLDER, DecoderChoice, LoraChoice
from pawlette.model.precision import PartTypes
from pawlette.model.prefix import dropped, with_prefixes
from pawlette.model.schedule import Schedule, constant_shift
from pawlette.model.switches import Switches
from pawlette.model.text import TextEncoder
from pawlette.model.velocity import FEW, Velocity
from pawlette.model.weights import blank, load_into


class QwenImage:
    """One loaded model: functions from one noun to the next, with nothing kept between calls."""

    def __init__(
        self,
        family: Family,
        text: TextEncoder,
        denoiser: nn.Module,
        autoencoder: nn.Module,  # without weights, on the meta device, where a light decoder stands in for it
        schedule: Schedule,
        additions: Additions | None = None,
        device: torch.device | None = None,  # where it draws; None: where its weights lie
        switches: Switches | None = None,  # None: plain; the parts are prepared for them already
        source: table.Source | None = None,  # of the modulation, with the switch `table`
    ) -> None:
        self.family, self.text, self.schedule = family, text, schedule
        self.denoiser, self.autoencoder = denoiser, autoencoder
        self.additions = additions or Additions()
        self.decoder: Any = self.additions.light_decoder or autoencoder
        weight = next(denoiser.parameters())
        self.device, self.dtype = device or weight.device, weight.dtype
        self.switches = switches or Switches.plain()
        self.graphs = Graphs(str(self.device)) if self.switches.graphs else None
        self.text.graphs = self.graphs
        self.velocity = Velocity(
            denoiser, self.switches, table=None if source is None else self._table(source), graphs=self.graphs
        )
        reads: Any = denoiser.config
        config: Any = autoencoder.config
        self.latent_channels = int(config.z_dim)
        self.latents_mean = spread(torch.tensor(config.latents_mean, device=self.device))
        self.latents_std = spread(torch.tensor(config.latents_std, device=self.device))
        per_token = self.latent_channels * family.patch**2
        if reads.in_channels != per_token:
            raise BadModel(
                f"transformer/config.json: in_channels is {reads.in_channels}, vae gives {per_token}"
            )
        text_width = getattr(reads, GENERATIONS[family.generation].text_width)
        if text_width != text.width:
            raise BadModel(
                f"transformer/config.json: it reads texts {text_width} wide, text_encoder gives {text.width}"
            )

    @classmethod
    def load(
        cls,
        folder: str | Path,
        device: str | torch.device = "cpu",
        dtype: torch.dtype | None = None,
        *,
        decoder: DecoderChoice | None = None,
        lora: LoraChoice | None = None,
        in_turns: bool = False,
        switches: Switches | None = None,
    ) -> "QwenImage":
        """From a folder in the diffusers layout. `dtype` of all parts: else the switches say it.

        A LoRA is merged into the denoiser for good. `in_turns`: the weights wait in the host's memory until `bring`.
        Raises BadModel or BadWeights, naming the file at fault, and BadJob where the device cannot do what is asked.
        """
        folder, device, switches = Path(folder), torch.device(device), switches or Switches.plain()
        home = torch.device("cpu") if in_turns else device
        family = Family.from_folder(folder)
        fast.check(switches, family, device, in_turns=in_turns)
        types = PartTypes.of(str(device), switches.precision, dtype)
        generation = GENERATIONS[family.generation]
        # The small files first: what is wrong with them is said before gigabytes are read.
        schedule = Schedule.from_folder(folder / "scheduler", family.explicit_sigmas)
        transformer, vae = folder / "transformer", folder / "vae"
        denoiser = blank(generation.denoiser, generation.denoiser_config, transformer)
        autoencoder: Any = blank(generation.autoencoder, generation.autoencoder_config, vae)
        adapter = adapters.read(lora.path) if lora is not None else None
        additions = Additions(
            load_light_decoder(decoder, family, autoencoder.config.z_dim, vae, home, types.decoder),
            load_upscaler(folder / UPSCALER_FOLDER, family, home),
            decoder.name if decoder else FULL,
            lora.label if lora else None,
            partial(find_quick_decoder, folder, family, autoencoder.config.z_dim, device, types.decoder),
        )
        strength = 1.0 if lora is None else lora.strength
        source = fast.fill_denoiser(
            denoiser, transformer, adapter, strength, switches, types.denoiser, device, home
        )
        if additions.light_decoder is None:
            load_into(
                autoencoder, vae, dtype=types.decoder, device=home,
                adapt=lambda weights: generation.adapt(autoencoder.config, weights),
            )  # fmt: skip
        text = TextEncoder.load(folder, family, home, types.text)
        text.device = device
        draws: Any = additions.light_decoder or autoencoder
        fast.prepare(switches, denoiser, draws, text, device)
        denoiser.to(home)
        if device.type == "cpu":  # a quarter faster; the same sums in another order
            draws.to(memory_format=torch.channels_last)
        model = cls(family, text, denoiser, autoencoder, schedule, additions, device, switches, source)
        if not in_turns:
            model.make_table(family.default_size, family.steps)
        finish_work(str(device))  # what was changed on the device is there for every lane
        return model

    def _table(self, source: table.Source) -> table.ModulationTable:
        embedder: Any = self.denoiser.time_text_embed["timestep_embedder"]  # type: ignore[index]
        layers = len(self.denoiser.transformer_blocks)  # type: ignore[arg-type]
        return table.ModulationTable(source, layers, lambda sigma: embedder(self._times([sigma]), self.dtype))

    @torch.inference_mode()
    def make_table(self, size: tuple[int, int], steps: int) -> None:
        """Where there is a table: have it ready for a size (width, height) in pixels; others come when met."""
        if self.velocity.table is not None:
            pixels = self.family.pixels_per_latent * self.family.patch
            sigmas = self.schedule.sigmas(steps, size[0] // pixels * (size[1] // pixels))
            self.velocity.table.prepare(sigmas)

    def bring(self, stage: str) -> None:
        """Have on the device what "encode", "denoise" or "decode" needs; the rest waits in the host's memory."""
        parts: dict[str, list[nn.Module]] = {
            "encode": [self.text.tower],
            "denoise": [self.denoiser],
            "decode": [self.decoder, *filter(None, [self.additions.upscaler])],
        }
        for name in sorted(parts, key=stage.__eq__):  # the others leave first
            for part in parts[name]:
                part.to(self.device if name == stage else "cpu")

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """What PyTorch keeps for a process or a thread, as this model's switches want it; entered to call a part."""
        use_attention(self.switches.attention)
        with current(str(self.device)), alone() if self.switches.compiled else nullcontext():
            if self.switches.compiled:
                allow_shapes()
            yield

    def encode(self, jobs: Sequence[Job]) -> list[Conditioning]:
        """Every distinct text of the jobs once, in one batch; of guided jobs the negative text too."""
        negatives = [self.negative(job) for job in jobs]
        wanted = [job.prompt.text for job in jobs] + [text for text in negatives if text is not None]
        texts = list(dict.fromkeys(wanted))
        with self._settled():
            embeds = dict(zip(texts, self.text.encode(texts), strict=True))
        return [
            Conditioning(embeds[job.prompt.text], None if negative is None else embeds[negative])
            for job, negative in zip(jobs, negatives, strict=True)
        ]

    def negative(self, job: Job) -> str | None:
        """The text that a guided job is pushed away from; None where it is not guided."""
        if job.guidance <= 1.0:
            return None
        return self.family.negative_of(job.prompt)

    def grid(self, job: Job) -> tuple[int, int]:
        """(height, width) in tokens; an upscaled job's is that of the smaller picture."""
        pixels = self.family.pixels_per_latent * self.family.patch * self.family.enlarges(job)
        return job.height // pixels, job.width // pixels

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        """Noise of the job's seed and size alone: drawn on the CPU in float32, whatever the device."""
        self._check(job)
        height, width = self.grid(job)
        patch = self.family.patch
        noise = torch.randn(
            1, self.latent_channels, height * patch, width * patch,
            generator=torch.Generator("cpu").manual_seed(job.seed),
        )  # fmt: skip
        shift = job.sampling.shift
        sigmas = (
            self.schedule.sigmas(job.steps, height * width)
            if shift is None
            else constant_shift(job.steps, shift)
        )
        tokens = pack(noise, patch)[0].contiguous()
        return Latents(job, conditioning, tokens.to(self.device), sigmas)

    @torch.inference_mode()
    def prefetch(self, latents: Latents) -> None:
        """Where there is a table: have a waiting job's schedule in it, for which a third of the weights is read.

        Not where memory is short, or while the denoiser waits for its turn elsewhere.
        """
        if self.velocity.table is None or next(self.denoiser.parameters()).device.type != self.device.type:
            return
        free = free_memory(str(self.device))
        if free is None or free > table.ROOM:
            self.velocity.table.prefetch(latents.sigmas)

    def _check(self, job: Job) -> None:
        """Raise BadJob for a job of another kind of model, or of this one loaded with other parts."""
        self.family.check(job)
        if job.lora != self.additions.lora:
            loaded = self.additions.lora or "no LoRA"
            raise BadJob(f"{self.family.name} is loaded with {loaded}; got a job for LoRA {job.lora!r}")
        if job.decoder != self.additions.decoder:
            raise BadJob(
                f"{self.family.name} is loaded with the decoder {self.additions.decoder}; got {job.decoder!r}"
            )

    @torch.inference_mode()
    def step(self, latents: Sequence[Latents]) -> list[Latents]:
        """One Euler step for each row, at its own sigma and guidance, in one forward of the denoiser.

        Rows are of one shape. A guided row stands in the batch twice; an unguided one does not pay for it.
        """
        if len({row.job.shape for row in latents}) != 1:
            raise ValueError("the rows of a step have one shape")
        if len(latents) > 1 and self._fills_a_card(latents[0]):
            return [moved for row in latents for moved in self.step([row])]
        guided = [index for index, row in enumerate(latents) if row.job.guidance > 1.0]
        for row in (latents[index] for index in guided):
            if row.conditioning.negative is None:
                raise BadJob(f"guidance {row.job.guidance} needs a negative text; it was encoded without one")
        before = torch.stack([row.tensor for row in latents])
        with self._settled():
            if self.switches.prefix:
                latents = with_prefixes(latents, self.velocity.read, self.velocity.bucket)
            rows = [*latents, *(latents[index] for index in guided)]
            sigmas = [row.sigmas[row.at] for row in rows]
            velocity = self.velocity(
                torch.cat([before, *(before[index : index + 1] for index in guided)]).to(self.dtype),
                [
                    row.conditioning.read_by_denoiser(negative=at >= len(latents))
                    for at, row in enumerate(rows)
                ],
                self._times(sigmas),
                self.grid(latents[0].job),
                sigmas,
                [row.sigmas for row in rows],
            ).float()
        if guided:
            velocity = self._guide(velocity, guided, [latents[index].job for index in guided])
        strides = [row.sigmas[row.at + 1] - row.sigmas[row.at] for row in latents]
        after = before + self._floats(strides)[:, None, None] * velocity
        moved = [row.advanced(tensor) for row, tensor in zip(latents, after.unbind(), strict=True)]
        return [dropped(row) if row.done and self.switches.prefix else row for row in moved]

    @torch.inference_mode()
    def velocity_at(self, tokens: Tensor, texts: list[Tensor], sigmas: Sequence[float], grid: tuple[int, int],
                    schedule: Sequence[float] = ()) -> Tensor:  # fmt: skip
        """For a sampler of somebody else's, unguided: (rows, tokens, channels), and each row's text (tokens, width) and
        sigma, all on the model's device -> float32 velocities. `schedule`: the sigmas that will be asked for, where
        that is known; with a table of modulations every one that is not among them reads a third of the weights.
        """
        texts = [text.to(self.dtype) for text in texts]
        with self._settled():
            if self.switches.prefix:
                texts = [self.velocity.read(text[None])[0] for text in texts]
            times, schedules = self._times(sigmas), [(*schedule, *sigmas)]
            return self.velocity(tokens.to(self.dtype), texts, times, grid, sigmas, schedules).float()

    def _fills_a_card(self, latents: Latents) -> bool:
        """Whether a row alone is as quick as its share of a batch, and each count would be compiled or recorded."""
        return self.velocity.bucket > 1 and latents.tensor.shape[0] > FEW

    def _floats(self, values: Sequence[float]) -> Tensor:
        return few(torch.tensor(values, dtype=torch.float32), self.device)

    def _times(self, sigmas: Sequence[float]) -> Tensor:
        # The published pipelines round 1000 sigma to the latents' dtype, then divide: copy that.
        return (self._floats(sigmas) * 1000.0).to(self.dtype) / 1000.0

    def _guide(self, velocity: Tensor, guided: Sequence[int], jobs: Sequence[Job]) -> Tensor:
        """(rows + guided, tokens, channels), unguided twins last -> (rows, tokens, channels)."""
        rows = len(velocity) - len(guided)
        index = few(torch.tensor(guided), self.device)
        plain, blank = velocity[:rows], velocity[rows:]
        asked = plain.index_select(0, index)
        scales = self._floats([job.guidance for job in jobs])
        pushed = blank + scales[:, None, None] * (asked - blank)
        rescaled = [self.family.rescales(job) for job in jobs]
        if any(rescaled):
            length = asked.norm(dim=-1, keepdim=True) / pushed.norm(dim=-1, keepdim=True)
            if not all(rescaled):  # rows that keep their own length are multiplied by 1
                length = torch.where(few(torch.tensor(rescaled), self.device)[:, None, None], length, 1.0)
            pushed = pushed * length
        return plain.index_copy(0, index, pushed)

    def _decoded(self, scaled: Tensor, decoder: Any) -> Tensor:
        """(batch, channels, height, width) -> (batch, colours, height, width) in [-1, 1]."""
        count = len(scaled)
        if self.velocity.bucket > 1 and (spare := recurring(count) - count):
            scaled = torch.cat([scaled, scaled[-1:].expand(spare, *scaled.shape[1:])])
        if self.graphs is None:
            pixels: Tensor = decoder.decode(scaled)
        else:
            pixels = self.graphs(("pixels", decoder is self.decoder), lambda: decoder.decode, (scaled,))
        return pixels[:count]

    def rehearsal(self, jobs: Sequence[Job], most: int) -> Iterator[list[Job]]:
        """Groups that meet, drawn one behind the other, every shape that jobs like these (of one shape) will meet.

        None where nothing is compiled or recorded. `most`: as the engine's Rehearsing says.
        """
        if self.velocity.bucket > 1:
            yield from rehearsal.groups(jobs, self.family, self.text.tokens, most)

    def _upscaled(self, pixels: Tensor) -> Tensor:
        if self.additions.upscaler is None:
            raise BadModel(f"{self.family.name} is loaded without its upscaler")
        return self.additions.upscaler(pixels)

    def decode(self, latents: Sequence[Latents]) -> list[Pixels]:
        """Finished latents of one shape -> (height, width, channels) uint8; raises DrawingFailed at NaN."""
        return self._decode(latents, self.decoder, self.family.enlarges(latents[0].job) > 1)

    def preview(self, latents: Sequence[Latents]) -> list[Pixels]:
        """As `decode`, for a passing look: by the light decoder where there is one, and never enlarged."""
        return self._decode(latents, self.additions.quick_decoder() or self.decoder, False)

    @torch.inference_mode()
    def _decode(self, latents: Sequence[Latents], decoder: Any, enlarged: bool) -> list[Pixels]:
        if len({row.job.shape for row in latents}) != 1:
            raise ValueError("the rows of a decode have one shape")
        if len(latents) > 1 and self._fills_a_card(latents[0]):
            return [pixels for row in latents for pixels in self._decode([row], decoder, enlarged)]
        tokens = torch.stack([row.tensor for row in latents])
        grid = self.grid(latents[0].job)
        scaled = unpack(tokens, grid, self.family.patch) * self.latents_std + self.latents_mean
        with self._settled():
            pixels = self._decoded(scaled.to(next(decoder.parameters()).dtype), decoder).float()
        if enlarged:
            pixels = self._upscaled(pixels)
        # Latents too: the decoder's clamp would turn an infinity into plain black.
        whole = tokens.isfinite().flatten(1).all(1) & pixels.isfinite().flatten(1).all(1)
        if broken := [row.job.seed for row, fine in zip(latents, whole.tolist(), strict=True) if not fine]:
            raise DrawingFailed(
                f"what came out is no picture (not finite) for seed {', '.join(map(str, broken))}; "
                f"computed in {str(self.dtype).removeprefix('torch.')}: --precision bf16 or fp32 may help"
            )
        rounded = ((pixels + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        return [Pixels(row.job, picture) for row, picture in zip(latents, rounded.contiguous(), strict=True)]
