"""How many bytes of a device a picture needs, stage by stage. Knows no card.

Exact counts of what PyTorch's eager kernels hold at the fullest moment of each forward, written as sums that follow the
code; tests run the modules without memory and compare. Compiled blocks need less, so for them it is a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from pawlette.advise.constants import CONVOLUTION_COPIES, SLACK, TEXT_TOKENS
from pawlette.advise.sizes import Denoiser, Sizes
from pawlette.model.switches import Switches

WIDE = 4  # bytes of a float32
STAGES = ("encode", "denoise", "decode")
ROTARY = 5 * WIDE  # turning a query: its float32 copy, the swapped one, two products, their sum


@dataclass(frozen=True, slots=True)
class Load:
    """How a model is loaded and what it is asked for."""

    switches: Switches  # with a precision that is not auto
    width: int  # pixels
    height: int
    rows: int = 1  # pictures in a forward
    guided: bool = False
    decoder: str = "full"
    text_tokens: int = TEXT_TOKENS
    half: bool = True  # has the device bfloat16? else text and decoder are float32 beside fp16

    @property
    def size(self) -> int:
        """Bytes of a number in the denoiser."""
        return WIDE if self.switches.precision == "fp32" else 2

    @property
    def other_size(self) -> int:
        """Bytes of a number in text tower and decoder."""
        wide = self.switches.precision == "fp32" or (self.switches.precision == "fp16" and not self.half)
        return WIDE if wide else 2

    @property
    def forward_rows(self) -> int:
        return self.rows * (2 if self.guided else 1)


@dataclass(frozen=True, slots=True)
class Stage:
    """Bytes of one stage: its part's weights, and the most that its work holds beside them."""

    weights: int
    work: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a model needs, by stage. `workspace`: what the matrix library keeps for each lane that works. `stays`: of
    the denoiser's weights, what does not leave the device with it while parts take turns."""

    encode: Stage
    denoise: Stage
    decode: Stage
    workspace: int = 0
    stays: int = 0

    @property
    def stages(self) -> tuple[Stage, ...]:
        return self.encode, self.denoise, self.decode

    @property
    def weights(self) -> int:
        return sum(stage.weights for stage in self.stages)

    def allocated(self, stage: str, *, in_turns: bool) -> int:
        """The most that tensors hold in a stage of one picture drawn alone."""
        one: Stage = getattr(self, stage)
        stays = self.stays if stage != "denoise" else 0
        return (one.weights + stays if in_turns else self.weights) + one.work + self.workspace

    def alone(self, *, in_turns: bool) -> int:
        """The most that tensors hold while a picture is drawn alone, or a list a stage at a time."""
        return max(self.allocated(stage, in_turns=in_turns) for stage in STAGES)

    def beside(self) -> int:
        """The most while all three stages work on different pictures, each in its own lane."""
        return self.weights + sum(stage.work for stage in self.stages) + 3 * self.workspace

    def reserved(self, allocated: int) -> int:
        """What PyTorch takes of the device for that, where all weights lie on it."""
        return round(allocated + SLACK * max(0, allocated - self.weights))

    def reserved_in_turns(self) -> int:
        """What PyTorch takes of the device while parts take turns: in the stage that takes most."""
        work = {stage: getattr(self, stage).work for stage in STAGES}
        return max(round(self.allocated(stage, in_turns=True) + SLACK * work[stage]) for stage in STAGES)


def need(sizes: Sizes, load: Load, *, workspace: int = 0) -> Need:
    """The bytes of each stage."""
    return Need(
        Stage(sizes.tower.parameters * load.other_size, tower_work(sizes, load)),
        Stage(denoiser_weights(sizes, load), denoiser_work(sizes, load)),
        Stage(decoder_weights(sizes, load), decoder_work(sizes, load)),
        workspace,
        table_held(sizes, load),
    )


def grid_tokens(sizes: Sizes, load: Load) -> int:
    """Image tokens of one picture; an upscaled one's are those of the smaller picture."""
    side = sizes.family.pixels_per_latent * sizes.family.patch * enlarged(sizes, load)
    return (load.width // side) * (load.height // side)


def enlarged(sizes: Sizes, load: Load) -> int:
    """1, or how much larger the learned upscaler makes it."""
    times = sizes.family.upscaled
    default = sizes.family.default_size
    return times if (load.width, load.height) == (default[0] * times, default[1] * times) else 1


def template_tokens(sizes: Sizes) -> int:
    """What the tower reads before the prompt, roughly: a token is four letters."""
    dropped = sizes.family.dropped
    return dropped if isinstance(dropped, int) else len(dropped) // 4


def tower_work(sizes: Sizes, load: Load) -> int:
    """The feed-forward: three tensors of its width, beside the stream, its norm and two copies."""
    tower = sizes.tower
    tokens = (template_tokens(sizes) + load.text_tokens) * load.forward_rows
    return tokens * load.other_size * (3 * tower.hidden + 4 * tower.width)


# -- the denoiser --------------------------------------------------------------------------------------------------


def denoiser_weights(sizes: Sizes, load: Load) -> int:
    denoiser, switches = sizes.denoiser, load.switches
    count = denoiser.parameters - (denoiser.modulation if switches.table else 0)
    held = count * load.size
    if switches.precision == "fp8":
        held += denoiser.rounded * (1 - load.size) + denoiser.rounded_rows * WIDE
    return held + table_held(sizes, load)


def table_held(sizes: Sizes, load: Load) -> int:
    """The modulation table of the family's own schedule. It is no module, so it stays where it was made."""
    denoiser = sizes.denoiser
    timesteps = sizes.family.steps if load.switches.table else 0
    return timesteps * denoiser.layers * 12 * denoiser.width * load.size


def denoiser_work(sizes: Sizes, load: Load) -> int:
    """The fullest moment of a step, with what rows carry from step to step."""
    denoiser, rows, tokens = sizes.denoiser, load.forward_rows, grid_tokens(sizes, load)
    if denoiser.generation == "1.x":
        work = rows * _joint_block(denoiser, load, tokens)
        if load.switches.table:  # each row's entry of the table
            work += rows * denoiser.layers * 12 * denoiser.width * load.size
    elif load.switches.prefix:
        work = max(_behind(denoiser, load, tokens), _reading(denoiser, load))
    else:
        work = rows * _single_block(denoiser, load, tokens)
    return work + latents_held(sizes, load)


def latents_held(sizes: Sizes, load: Load) -> int:
    """Outside the forward: the rows' latents, their stack, what it is made into, and the velocity."""
    each = sizes.denoiser.inputs * (3 * WIDE + load.size) + sizes.denoiser.outputs * WIDE
    return load.forward_rows * grid_tokens(sizes, load) * each


def _sizes(load: Load) -> tuple[int, int, int, int]:
    """Bytes of a number in matrices and in the residual stream; of a query being turned; of a row being rounded."""
    size = load.size
    stream = WIDE if load.switches.precision in ("fp16", "fp32") else size
    turned = ROTARY - (WIDE if size == WIDE else 0)  # no copy where it is float32 already
    rounded = 3 * WIDE if load.switches.precision == "fp8" else 0
    return size, stream, turned, rounded


def _angles(denoiser: Denoiser, tokens: int) -> int:
    return 2 * WIDE * tokens * denoiser.head_dim


def _fed(size: int, stream: int, rounded: int, hidden: int) -> int:
    """A 2.1 block's second half: the streams before and behind attention, what it made, the norm; then the hidden."""
    base = 2 * size + 2 * stream
    return base + max(3 * hidden * size, hidden * (size + rounded) if rounded else 0)


def _single_block(denoiser: Denoiser, load: Load, image: int) -> int:
    """2.1 without a prefix, one row: text and image in one sequence, whose modulation is spread token by token."""
    size, stream, turned, rounded = _sizes(load)
    spread = 5 * size  # four of the modulation, and the sequence's parts
    attention = stream + 5 * size + turned
    tokens = load.text_tokens + image
    fullest = spread + max(attention, _fed(size, stream, rounded, denoiser.hidden))
    return tokens * denoiser.width * fullest + _angles(denoiser, tokens)


def _behind(denoiser: Denoiser, load: Load, image: int) -> int:
    """2.1 behind texts that were read before, all rows: the image alone."""
    size, stream, turned, rounded = _sizes(load)
    width, text = denoiser.width, load.text_tokens
    attention = image * (stream + 5 * size + turned)
    joined = image * (stream + 5 * size) + 2 * size * (text + image)
    fed = image * _fed(size, stream, rounded, denoiser.hidden)
    angles = _angles(denoiser, image)
    work = load.forward_rows * (width * max(attention, joined, fed) + angles)
    return work + 2 * _prefixes(denoiser, load)  # the rows' own, and all in one for the forward


def _reading(denoiser: Denoiser, load: Load) -> int:
    """2.1: the prefixes while they are made, layer by layer, then joined, then given to their rows."""
    return 2 * _prefixes(denoiser, load)


def _prefixes(denoiser: Denoiser, load: Load) -> int:
    return load.forward_rows * denoiser.layers * 2 * load.text_tokens * denoiser.width * load.size


def _joint_block(denoiser: Denoiser, load: Load, image: int) -> int:
    """1.x, one row: query, key and value of both streams, the normed, the joined, one turned and one being turned."""
    size, stream, turned, rounded = _sizes(load)
    tokens = load.text_tokens + image
    attention = tokens * (stream + 8 * size + turned)
    # The image's feed-forward: both streams, what attention made, the new stream, its norm; then the hidden.
    fed = tokens * (stream + size) + image * (stream + size + 2 * denoiser.hidden * size)
    rounding = tokens * (stream + size) + image * (stream + size + rounded)
    return denoiser.width * max(attention, fed, rounding) + _angles(denoiser, tokens)


# -- the decoder ---------------------------------------------------------------------------------------------------


def decoder_weights(sizes: Sizes, load: Load) -> int:
    if load.decoder != "full" and sizes.light is not None:
        held = sizes.light.parameters * load.other_size
    else:
        held = (sizes.decoder.parameters + sizes.encoder_parameters) * load.other_size
        if load.switches.folded:  # 16 weights where there were 9
            doubled = sum(block.outputs * block.grown for block in sizes.decoder.blocks)
            held += 7 * doubled * load.other_size
    return held + (sizes.upscaler.parameters * WIDE if sizes.upscaler else 0)


def decoder_work(sizes: Sizes, load: Load) -> int:
    light = sizes.light if load.decoder != "full" else None
    decoder = light or sizes.decoder
    latents = load.rows * grid_tokens(sizes, load) * sizes.family.patch**2
    folded = load.switches.folded and light is None
    work = decoder.peak(latents, load.other_size, folded=folded, copies=CONVOLUTION_COPIES)
    if enlarged(sizes, load) > 1 and sizes.upscaler is not None:
        pixels = latents * decoder.pixels_per_latent**2
        drawn = decoder.channels * pixels * WIDE
        work = max(work, drawn + sizes.upscaler.peak(pixels), drawn * 4 * 3)
    return round(work) + latents * decoder.z * (3 * WIDE + load.other_size)
