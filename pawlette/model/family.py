"""What differs between Qwen-Image 1.x, 2.1 and models of our own; nothing else branches on a model's name.

Knows no weights and no tensors: it reads the small files of a model folder.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pawlette.errors import BadJob, BadModel
from pawlette.job import Job
from pawlette.model.folders import read_json
from pawlette.model.schedule import TURBO_SIGMAS
from pawlette.words.prompt import Prompt
from pawlette.words.scene import Scene

CREATURE_SLOTS = ("colour", "looks")
SCENE_SLOTS = ("mood", "action", "accessories", "place", "weather", "season", "time")


@dataclass(frozen=True, slots=True)
class Family:
    """How a kind of model reads words, is stepped and is asked for pictures."""

    name: str
    generation: str  # "1.x" or "2.1": whose modules draw it
    steps: int  # by default
    guidance: float  # by default; 1.0 is off
    sizes: tuple[tuple[int, int], ...]  # (width, height), the default first
    multiple: int  # of pixels that both sides must be
    channels: int  # of a picture: 3, or 4 with alpha
    patch: int  # latents on a side of one token
    pixels_per_latent: int
    template: str = "{}"  # what the text tower reads
    dropped: int | str = 0  # from its front: a count of tokens, or the text whose tokens they are
    longest_text: int | None = None  # tokens kept behind the dropped ones
    final_norm: bool = False  # is the tower's last norm applied?
    rescaled_guidance: bool = False  # is a guided velocity brought back to its unguided length?
    negative: str = " "  # read where a guided job names no negative text
    reads_negative: bool = True  # False: trained with the blank text alone
    guidable: bool = True  # False: distilled to one forward a step
    upscaled: int = 1  # how much larger a learned upscaler also makes the default size
    explicit_sigmas: tuple[float, ...] | None = None
    species: tuple[str, ...] | None = None  # None: any animal
    learnt: Mapping[str, tuple[str, ...]] | None = None  # slot of a Scene -> the values drawn; None: any
    licence: str = "see the model's own card"

    @property
    def default_size(self) -> tuple[int, int]:
        return self.sizes[0]

    def enlarges(self, job: Job) -> int:
        """How much larger the picture is than its latents draw it: 1, or `upscaled` at that size alone."""
        enlarged = tuple(side * self.upscaled for side in self.default_size)
        return self.upscaled if (job.width, job.height) == enlarged else 1

    def rescales(self, job: Job) -> bool:
        """Whether a job's guided velocity is brought back to its unguided length."""
        return self.rescaled_guidance if job.sampling.rescaled is None else job.sampling.rescaled

    def negative_of(self, prompt: Prompt) -> str:
        """What a guided picture of this prompt is pushed away from."""
        return (prompt.negative if self.reads_negative else "") or self.negative

    def check(self, job: Job) -> None:
        """Raise BadJob where this kind of model cannot draw the job."""
        if job.width % self.multiple or job.height % self.multiple:
            raise BadJob(
                f"{self.name} draws sides that are multiples of {self.multiple}; got {job.width}x{job.height}"
            )
        if job.guidance > 1.0 and not self.guidable:
            raise BadJob(f"{self.name} is distilled and takes no guidance; got {job.guidance:g}, 1 is off")
        if job.sampling.shift is not None and not self.guidable:
            raise BadJob(
                f"{self.name} is distilled and draws at its own sigmas; got a shift of {job.sampling.shift:g}"
            )

    def fit(self, scene: Scene) -> tuple[Scene, tuple[str, ...]]:
        """The scene without what this model has not learnt, and what was left out; animals stay."""
        learnt, left_out = self.learnt, list[str]()
        if learnt is None:
            return scene, ()

        def kept(slot: str, values: tuple[str, ...]) -> tuple[str, ...]:
            known = learnt.get(slot, ())
            drawn = tuple(v for v in values if v in known or any(v.endswith(f" {one}") for one in known))
            left_out.extend(v for v in values if v not in drawn)
            return drawn

        def fitted(slot: str, value: Any) -> Any:
            if isinstance(value, str):
                return next(iter(kept(slot, (value,))), None)
            return value if value is None else kept(slot, value)

        creatures = tuple(
            dataclasses.replace(one, **{slot: fitted(slot, getattr(one, slot)) for slot in CREATURE_SLOTS})
            for one in scene.creatures
        )
        changes = {slot: fitted(slot, getattr(scene, slot)) for slot in SCENE_SLOTS}
        if not left_out:
            return scene, ()
        return dataclasses.replace(scene, creatures=creatures, **changes), tuple(left_out)

    def draws_style(self, style: str) -> bool:
        """Whether the model has learnt a style; one that says nothing of styles is taken to know all."""
        return self.learnt is None or style in self.learnt.get("style", (style,))

    @classmethod
    def from_folder(cls, folder: Path) -> "Family":
        """Recognise a model folder; raises BadModel saying what was found instead."""
        if not folder.is_dir():
            raise BadModel(f"{folder} is no folder; a model is a folder in the diffusers layout")
        if (folder / "pawlette.json").exists():
            return own_family(read_json(folder / "pawlette.json"), folder / "pawlette.json")
        for name in ("model_index.json", "modular_model_index.json"):
            if (folder / name).exists():
                family = published_family(read_json(folder / name), folder / name)
                return QWEN_IMAGE_LIGHTNING if family is QWEN_IMAGE and is_lightning(folder) else family
        raise BadModel(f"{folder} holds neither model_index.json nor pawlette.json, so it is no model folder")


SYSTEM_1 = (
    "Describe the image by detailing the color, shape, size, texture, quantity, text, "
    "spatial relationships of the objects and background:"
)
SYSTEM_21 = "<|im_start|>system\nComprehend and analyze the provided prompt.<|im_end|>\n"
QUESTION = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


def sides(*pairs: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Each (width, height) and, where it is not square, the same turned."""
    return tuple(turned for w, h in pairs for turned in dict.fromkeys([(w, h), (h, w)]))


QWEN_IMAGE = Family(
    name="Qwen-Image",
    generation="1.x",
    steps=50,
    guidance=4.0,
    sizes=sides((1328, 1328), (1664, 928), (1472, 1104), (1584, 1056)),
    multiple=16,
    channels=3,
    patch=2,
    pixels_per_latent=8,
    template=f"<|im_start|>system\n{SYSTEM_1}<|im_end|>\n{QUESTION}",
    dropped=34,
    longest_text=512,
    final_norm=True,
    rescaled_guidance=True,
    licence="Apache-2.0",
)
QWEN_IMAGE_21 = Family(
    name="Qwen-Image-2.1",
    generation="2.1",
    steps=40,
    guidance=1.0,
    sizes=sides((1024, 1024)),
    multiple=32,
    channels=4,
    patch=1,
    pixels_per_latent=16,
    template=SYSTEM_21 + QUESTION,
    dropped=SYSTEM_21,
)
QWEN_IMAGE_21_TURBO = dataclasses.replace(
    QWEN_IMAGE_21,
    name="Qwen-Image-2.1-Turbo",
    steps=len(TURBO_SIGMAS),
    explicit_sigmas=TURBO_SIGMAS,
    guidable=False,
    licence="Qwen Research License",
)
QWEN_IMAGE_LIGHTNING = dataclasses.replace(
    QWEN_IMAGE, name="Qwen-Image-Lightning", steps=8, guidance=1.0, guidable=False
)
PAWLETTE = dataclasses.replace(
    QWEN_IMAGE_21, name="pawlette", template="{}", dropped=0, sizes=((256, 256),), reads_negative=False
)

PUBLISHED = {
    "QwenImagePipeline": QWEN_IMAGE,
    "QwenImageModularPipeline": QWEN_IMAGE,
    "QwenImage21Pipeline": QWEN_IMAGE_21,
    "QwenImage21ModularPipeline": QWEN_IMAGE_21,
    "QwenImage21TurboModularPipeline": QWEN_IMAGE_21_TURBO,
}


def is_lightning(folder: Path) -> bool:
    """A merged Lightning folder is told by its schedule: both shifts ln 3 and no terminal shift."""
    path = folder / "scheduler" / "scheduler_config.json"
    config = read_json(path) if path.exists() else {}
    shifts = (config.get("base_shift"), config.get("max_shift"))
    near = all(
        isinstance(shift, float) and math.isclose(shift, math.log(3), abs_tol=1e-3) for shift in shifts
    )
    return near and not config.get("shift_terminal")


def published_family(index: Mapping[str, Any], path: Path) -> Family:
    """From a diffusers model index. One that carries a grid of sigmas is a Turbo, under whichever class."""
    name = index.get("_class_name")
    if not isinstance(name, str) or name not in PUBLISHED:
        known = ", ".join(PUBLISHED)
        raise BadModel(f"{path}: {name!r} is no model that Pawlette draws with; known are {known}")
    family = PUBLISHED[name]
    grid = index.get("sample_sigmas")
    if grid is None or family.generation != "2.1":
        return family
    numbers = isinstance(grid, list) and all(isinstance(s, int | float) and 0 < s <= 1 for s in grid)
    if not grid or not numbers:
        raise BadModel(f"{path}: sample_sigmas must be a list of numbers above 0 and up to 1, got {grid!r}")
    return dataclasses.replace(QWEN_IMAGE_21_TURBO, steps=len(grid), explicit_sigmas=tuple(map(float, grid)))


# pawlette.json: each key with its type
OWN_KEYS: dict[str, Any] = {
    "family": str, "name": str, "species": list, "size": int, "steps": int, "guidance": int | float,
    "licence": str, "longest_text": int, "learnt": dict, "guidable": bool, "upscaled": int,
}  # fmt: skip
OPTIONAL_KEYS = {"longest_text", "learnt", "guidable", "upscaled"}
DISTILLED = {"steps": 8, "guidance": 1.0}  # what an unguidable model need not say


def own_family(settings: Mapping[str, Any], path: Path) -> Family:
    """From a pawlette.json, beside a model of the 2.1 architecture that was trained for Pawlette."""
    settings = (DISTILLED if settings.get("guidable") is False else {}) | dict(settings)
    _check_own(settings, path)
    size, upscaled, learnt = settings["size"], settings.get("upscaled", 1), settings.get("learnt")
    return dataclasses.replace(
        PAWLETTE,
        name=settings["name"],
        species=tuple(settings["species"]),
        sizes=tuple(dict.fromkeys([(size, size), (size * upscaled, size * upscaled)])),
        upscaled=upscaled,
        steps=settings["steps"],
        guidance=float(settings["guidance"]),
        guidable=settings.get("guidable", True),
        longest_text=settings.get("longest_text"),
        learnt=None if learnt is None else {slot: tuple(values) for slot, values in learnt.items()},
        licence=settings["licence"],
    )


def _check_own(settings: Mapping[str, Any], path: Path) -> None:
    """Raise BadModel naming the first key of a pawlette.json that is unknown, missing or does not fit."""
    if unknown := sorted(settings.keys() - OWN_KEYS.keys()):
        raise BadModel(f"{path}: unknown key {unknown[0]!r}")
    if missing := sorted(OWN_KEYS.keys() - settings.keys() - OPTIONAL_KEYS):
        raise BadModel(f"{path}: {missing[0]!r} is missing")
    for key, value in settings.items():
        if not isinstance(value, OWN_KEYS[key]) or (isinstance(value, bool) and OWN_KEYS[key] is not bool):
            raise BadModel(f"{path}: {key} has the wrong type, got {value!r}")
    if settings["family"] != "pawlette":
        raise BadModel(f"{path}: family must be 'pawlette', got {settings['family']!r}")
    size, steps, guidance, species = (settings[key] for key in ("size", "steps", "guidance", "species"))
    if size < 32 or size % PAWLETTE.multiple or steps < 1 or guidance < 1:
        got = f"{size}, {steps}, {guidance}"
        raise BadModel(f"{path}: size is a multiple of 32, steps and guidance at least 1; got {got}")
    if settings.get("guidable") is False and guidance != 1:
        raise BadModel(f"{path}: a model that is not guidable has guidance 1, got {guidance}")
    if settings.get("upscaled", 1) not in (1, 2):
        raise BadModel(f"{path}: upscaled is 1 or 2, got {settings['upscaled']}")
    if not species or not all(isinstance(one, str) and one for one in species):
        raise BadModel(f"{path}: species is a list of animals' names, got {species!r}")
    for slot, values in settings.get("learnt", {}).items():
        if slot not in (*CREATURE_SLOTS, *SCENE_SLOTS, "style") or not isinstance(values, list):
            raise BadModel(f"{path}: learnt has a list for each slot of a scene, got {slot!r}: {values!r}")
