"""The kinds of node that are read: their inputs in order, with types and bounds, and their outputs. Pure tables.

Names and types are those of ComfyUI's own nodes, so that its workflows fit; the bounds are what Pawlette draws.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.faults import Faulty, input_fault, shown
from pawlette.job import MAX_SEED

WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO")
ANY = "*"
MAX_BATCH = 64
LONGEST_TEXT = 64 * 1024  # characters; the gate's own limit is far below


@dataclass(frozen=True, slots=True)
class Input:
    """One input: a widget (a value that is typed in) or a socket (a link alone)."""

    type: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    options: tuple[str, ...] | None = None  # of a COMBO; None: any name, such as a file's
    optional: bool = False
    controlled: bool = False  # does the editor keep "fixed", "randomize" … behind it?
    multiline: bool = False  # has the editor room for several lines?
    linked: bool = False  # is it a socket, although its type could be typed in?
    only: str = ""  # of "mode.name": the value of "mode" beside which the editor shows it

    @property
    def is_widget(self) -> bool:
        return self.type in WIDGETS and not self.linked

    def config(self) -> list[Any]:
        """As /object_info writes it."""
        if self.type == "COMBO" and self.options is not None:
            return [list(self.options), {} if self.default is None else {"default": self.default}]
        said = {"default": self.default, "min": self.least, "max": self.most}
        extra = {name: value for name, value in said.items() if value is not None}
        shown = {
            "control_after_generate": self.controlled, "multiline": self.multiline, "forceInput": self.linked,
        }  # fmt: skip
        return [self.type, extra | {name: True for name, is_so in shown.items() if is_so}]

    def read(self, name: str, value: Any) -> Any:
        """A literal as this input's type, within its bounds; raises Faulty."""
        read = READERS.get(self.type)
        if read is None:
            raise self._fault("invalid_input_type", name, value, f"a {self.type} comes through a link")
        try:
            value = read(value)
        except (TypeError, ValueError, OverflowError):
            raise self._fault(
                "invalid_input_type", name, value, f"{shown(value)} is no {self.type}"
            ) from None
        if self.least is not None and value < self.least:
            raise self._fault("value_smaller_than_min", name, value, f"{value} is below {self.least}")
        if self.most is not None and value > self.most:
            raise self._fault("value_bigger_than_max", name, value, f"{value} is above {self.most}")
        if self.options is not None and value not in self.options:
            offered = ", ".join(self.options)
            raise self._fault("value_not_in_list", name, value, f"{shown(value)} not in ({offered})")
        return value

    def _fault(self, kind: str, name: str, value: Any, details: str) -> Faulty:
        extra = {"input_config": self.config(), "received_value": value}
        return Faulty(input_fault(kind, name, details, **extra))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not -1e18 < (number := float(value)) < 1e18:  # NaN is not between them
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


READERS = {"INT": _whole, "FLOAT": _number, "STRING": _text, "BOOLEAN": _truth, "COMBO": _text}


@dataclass(frozen=True, slots=True)
class Definition:
    """A kind of node."""

    inputs: Mapping[str, Input]
    outputs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the outputs, where they are not their types
    is_output: bool = False

    def widgets(self) -> Iterator[tuple[str, Input]]:
        return ((name, one) for name, one in self.inputs.items() if one.is_widget)


def _size(default: int) -> Input:
    return Input("INT", default, least=16, most=16384)


def _files() -> Input:
    return Input("COMBO")


LATENT_SIZE = {
    "width": _size(1024),
    "height": _size(1024),
    "batch_size": Input("INT", 1, least=1, most=MAX_BATCH),
}
SEED = Input("INT", 0, least=0, most=MAX_SEED, controlled=True)
NUMBERS = 2**63 - 1

RATIOS = {
    "1:1 (Square)": (1, 1), "3:2 (Photo)": (3, 2), "4:3 (Standard)": (4, 3), "16:9 (Widescreen)": (16, 9),
    "21:9 (Ultrawide)": (21, 9), "2:3 (Portrait Photo)": (2, 3), "3:4 (Portrait Standard)": (3, 4),
    "9:16 (Portrait Widescreen)": (9, 16),
}  # fmt: skip
WRITING = {
    name: Input(kind, default, optional=True, only="on")
    for name, kind, default in (
        ("temperature", "FLOAT", 0.7), ("top_k", "INT", 64), ("top_p", "FLOAT", 0.95), ("min_p", "FLOAT", 0.05),
        ("repetition_penalty", "FLOAT", 1.05), ("seed", "INT", 0), ("presence_penalty", "FLOAT", 0.0),
    )
}  # fmt: skip
"""Of a model that writes texts: they are read, so that its node can be drawn in an editor, and do nothing."""

DEFINITIONS: dict[str, Definition] = {
    "UNETLoader": Definition(
        {
            "unet_name": _files(),
            "weight_dtype": Input(
                "COMBO", "default", options=("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
            ),
        },
        ("MODEL",),
    ),
    "CLIPLoader": Definition(
        {
            "clip_name": _files(),
            "type": Input("COMBO", options=("qwen_image",)),
            "device": Input("COMBO", "default", options=("default", "cpu"), optional=True),
        },
        ("CLIP",),
    ),
    "VAELoader": Definition({"vae_name": _files()}, ("VAE",)),
    "LoraLoaderModelOnly": Definition(
        {
            "model": Input("MODEL"),
            "lora_name": _files(),
            "strength_model": Input("FLOAT", 1.0, least=-100.0, most=100.0),
        },
        ("MODEL",),
    ),
    "ModelSamplingAuraFlow": Definition(
        {"model": Input("MODEL"), "shift": Input("FLOAT", 1.73, least=0.01, most=100.0)}, ("MODEL",)
    ),
    "CFGNorm": Definition(
        {"model": Input("MODEL"), "strength": Input("FLOAT", 1.0, least=0.0, most=100.0)},
        ("MODEL",),
        ("patched_model",),
    ),
    "QwenImage21Cache": Definition(
        {
            "model": Input("MODEL"),
            "device": Input("COMBO", "auto"),
            "dtype": Input("COMBO", "default"),
        },
        ("MODEL",),
    ),
    "CLIPTextEncode": Definition(
        {"text": Input("STRING", "", multiline=True), "clip": Input("CLIP")}, ("CONDITIONING",)
    ),
    "TextEncodeQwenImage21": Definition(
        {
            "clip": Input("CLIP"),
            "prompt": Input("STRING", "", multiline=True),
            "negative_prompt": Input("STRING", "", optional=True, multiline=True),
            "resolution": Input("INT", 1024, least=16, most=16384, optional=True),
            "vae": Input("VAE", optional=True),
        },
        ("CONDITIONING", "CONDITIONING", "LATENT"),
        ("positive", "negative", "latent"),
    ),
    "ConditioningZeroOut": Definition({"conditioning": Input("CONDITIONING")}, ("CONDITIONING",)),
    "EmptySD3LatentImage": Definition(LATENT_SIZE, ("LATENT",)),
    "EmptyLatentImage": Definition(LATENT_SIZE, ("LATENT",)),
    "KSampler": Definition(
        {
            "model": Input("MODEL"),
            "seed": SEED,
            "steps": Input("INT", 20, least=1, most=200),
            "cfg": Input("FLOAT", 8.0, least=1.0, most=30.0),
            "sampler_name": Input("COMBO", "euler", options=("euler",)),
            "scheduler": Input("COMBO", "simple", options=("simple",)),
            "positive": Input("CONDITIONING"),
            "negative": Input("CONDITIONING"),
            "latent_image": Input("LATENT"),
            "denoise": Input("FLOAT", 1.0, least=1.0, most=1.0),
        },
        ("LATENT",),
    ),
    "VAEDecode": Definition({"samples": Input("LATENT"), "vae": Input("VAE")}, ("IMAGE",)),
    "SaveImage": Definition(
        {"images": Input("IMAGE"), "filename_prefix": Input("STRING", "ComfyUI")}, is_output=True
    ),
    "SaveImageAdvanced": Definition(
        {
            "images": Input("IMAGE"),
            "filename_prefix": Input("STRING", "ComfyUI"),
            "format": Input("COMBO", "png", options=("png",)),
            "format.bit_depth": Input("COMBO", "8-bit", options=("8-bit",), optional=True, only="png"),
            "format.input_color_space": Input("COMBO", "sRGB", options=("sRGB",), optional=True, only="png"),
        },
        ("IMAGE",),
        ("images",),
        is_output=True,
    ),
    "PreviewImage": Definition({"images": Input("IMAGE")}, is_output=True),
    "RandomNoise": Definition({"noise_seed": SEED}, ("NOISE",)),
    "KSamplerSelect": Definition({"sampler_name": Input("COMBO", "euler", options=("euler",))}, ("SAMPLER",)),
    "ManualSigmas": Definition({"sigmas": Input("STRING", "1, 0.5, 0")}, ("SIGMAS",)),
    "CFGGuider": Definition(
        {
            "model": Input("MODEL"),
            "positive": Input("CONDITIONING"),
            "negative": Input("CONDITIONING"),
            "cfg": Input("FLOAT", 8.0, least=1.0, most=30.0),
        },
        ("GUIDER",),
    ),
    "SamplerCustomAdvanced": Definition(
        {
            "noise": Input("NOISE"),
            "guider": Input("GUIDER"),
            "sampler": Input("SAMPLER"),
            "sigmas": Input("SIGMAS"),
            "latent_image": Input("LATENT"),
        },
        ("LATENT", "LATENT"),
        ("output", "denoised_output"),
    ),
    "ResolutionSelector": Definition(
        {
            "aspect_ratio": Input("COMBO", "1:1 (Square)", options=tuple(RATIOS)),
            "megapixels": Input("FLOAT", 1.0, least=0.1, most=16.0),
            "multiple": Input("INT", 8, least=1, most=1024, optional=True),
        },
        ("INT", "INT"),
        ("width", "height"),
    ),
    "TextGenerate": Definition(
        {
            "clip": Input("CLIP", optional=True),
            "prompt": Input("STRING", "", optional=True, multiline=True),
            "system_prompt": Input("STRING", optional=True, linked=True),
            "max_length": Input("INT", 512, optional=True),
            "sampling_mode": Input("COMBO", "on", options=("on", "off"), optional=True),
            **{f"sampling_mode.{name}": one for name, one in WRITING.items()},
            "thinking": Input("BOOLEAN", False, optional=True),
            "use_default_template": Input("BOOLEAN", True, optional=True),
            "mtp": Input("COMBO", "auto", optional=True),
        },
        ("STRING", "STRING"),
        ("generated_text", "thinking"),
    ),
    "PreviewAny": Definition({"source": Input(ANY)}, ("STRING",)),
    "PawletteLoad": Definition(
        {
            "model": _files(),
            "precision": Input("COMBO", "auto"),
            "gate": Input("COMBO", "kid", options=("kid", "studio")),
            "decoder": Input("COMBO", "full", optional=True),
            "lora": Input("COMBO", "none", optional=True),
            "lora_strength": Input("FLOAT", 1.0, least=-2.0, most=2.0, optional=True),
        },
        ("PAWLETTE",),
    ),
    "PawletteDraw": Definition(
        {
            "pawlette": Input("PAWLETTE"),
            "words": Input("STRING", "", multiline=True),
            "style": Input("COMBO"),
            "seed": SEED,
            "count": Input("INT", 1, least=1, most=MAX_BATCH),
            "width": Input("INT", 0, least=0, most=4096, optional=True),
            "height": Input("INT", 0, least=0, most=4096, optional=True),
            "steps": Input("INT", 0, least=0, most=200, optional=True),
            "guidance": Input("FLOAT", 0.0, least=0.0, most=30.0, optional=True),
            "transparent": Input("BOOLEAN", False, optional=True),
            "finish": Input("STRING", "off", optional=True),
        },
        ("IMAGE", "MASK", "PAWLETTE_PICTURES", "STRING"),
        ("image", "mask", "pictures", "said"),
    ),
    "PawletteSave": Definition(
        {
            "filename_prefix": Input("STRING", "pawlette"),
            "pictures": Input("PAWLETTE_PICTURES", optional=True),
            "images": Input("IMAGE", optional=True),
        },
        is_output=True,
    ),
    "PrimitiveInt": Definition(
        {"value": Input("INT", 0, least=-NUMBERS, most=NUMBERS, controlled=True)}, ("INT",)
    ),
    "PrimitiveFloat": Definition({"value": Input("FLOAT", 0.0)}, ("FLOAT",)),
    "PrimitiveBoolean": Definition({"value": Input("BOOLEAN", False)}, ("BOOLEAN",)),
    "PrimitiveString": Definition({"value": Input("STRING", "")}, ("STRING",)),
    "PrimitiveStringMultiline": Definition({"value": Input("STRING", "", multiline=True)}, ("STRING",)),
    "ComfySwitchNode": Definition(
        {
            "switch": Input("BOOLEAN", False),
            "on_false": Input(ANY, optional=True),
            "on_true": Input(ANY, optional=True),
        },
        (ANY,),
        ("output",),
    ),
}
