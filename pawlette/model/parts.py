"""What may be chosen beside a model before it is loaded: its decoder and a LoRA. Finds files; reads no weights."""

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from pawlette.errors import BadJob, BadModel
from pawlette.job import FULL

LIGHT = "light"
LIGHT_FOLDER, UPSCALER_FOLDER, LORAS_FOLDER = "light_decoder", "upscaler", "loras"
MADE_FOR = "made_for.json"  # in a light decoder's folder
LORA_FILES = ("pytorch_lora_weights.safetensors", "adapter_model.safetensors")
STRONGEST = 2.0


@dataclass(frozen=True, slots=True)
class DecoderChoice:
    """Which decoder draws the pixels, under the name that its Jobs carry."""

    name: str = FULL
    folder: Path | None = None  # None: the model's own

    @classmethod
    def find(cls, wanted: str, model: Path) -> "DecoderChoice":
        """`wanted` is "full", "light" or a folder; raises BadJob or BadModel saying what would do."""
        if wanted == FULL:
            return cls()
        folder = model / LIGHT_FOLDER if wanted == LIGHT else Path(wanted)
        if (folder / "config.json").exists():
            # The slash keeps a folder that is called "light" apart from the model's own.
            return cls(LIGHT if wanted == LIGHT else f"{folder.resolve().name}/", folder)
        if wanted == LIGHT:
            raise BadModel(
                f"{model} has no light decoder (no folder {LIGHT_FOLDER}); draw without it, "
                f"or make one: pawlette train decoder --model {model} --out FOLDER, then draw with --decoder FOLDER"
            )
        raise BadJob(f"a decoder is full, light or a folder with a config.json; got {wanted!r}")


@dataclass(frozen=True, slots=True)
class LoraChoice:
    """An adapter's file and how strongly it is merged."""

    name: str
    strength: float
    path: Path

    @classmethod
    def find(cls, wanted: str, model: Path) -> "LoraChoice":
        """`wanted` is NAME or a path, with ":strength" behind it or not; raises BadJob listing what is there."""
        known = known_loras(model)
        name, strength = split_strength(wanted)
        if name in known:
            return cls(name, strength, known[name])
        path = Path(name)
        if not name or not path.exists():
            there = f"there are {', '.join(sorted(known))}" if known else "there are none yet"
            raise BadJob(
                f"no LoRA {name!r} as a path or in {' or '.join(map(str, lora_folders(model)))} ({there}); "
                "pawlette train style makes one"
            )
        whole = path.resolve()
        return cls(whole.parent.name if whole.name in LORA_FILES else whole.stem, strength, path)

    @property
    def label(self) -> str:
        """What a Job carries: the same again draws the same, where the file is the same."""
        return f"{self.name}:{self.strength:g}"

    def digest(self) -> str:
        """The first 16 hexadecimal digits of the weight file's SHA-256."""
        from pawlette.model.lora import find_file  # imports torch

        with find_file(self.path).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()[:16]


def lora_folders(model: Path) -> tuple[Path, Path]:
    """Where LoRAs are looked up by name: beside the model first, then among the person's own."""
    return model / LORAS_FOLDER, Path.home() / ".pawlette" / LORAS_FOLDER


def known_loras(model: Path) -> dict[str, Path]:
    """The LoRAs that a name may mean: a safetensors file, or a folder that holds one."""
    found: dict[str, Path] = {}
    for folder in lora_folders(model):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix == ".safetensors" and path.is_file():
                found.setdefault(path.stem, path)
            elif path.is_dir() and any((path / name).exists() for name in LORA_FILES):
                found.setdefault(path.name, path)
    return found


def reads_as_number(text: str) -> bool:
    """Whether what stands behind a colon is a strength, sensible or not."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def split_strength(wanted: str) -> tuple[str, float]:
    """ "fox:0.8" -> ("fox", 0.8); 1.0 where nothing is said. Raises BadJob beyond what makes sense."""
    name, colon, tail = wanted.rpartition(":")
    if not colon or not reads_as_number(tail):  # no colon, or that of a path
        return wanted, 1.0
    strength = float(f"{float(tail):g}")  # as the label records it
    if not -STRONGEST <= strength <= STRONGEST:
        raise BadJob(f"a LoRA's strength is from {-STRONGEST:g} to {STRONGEST:g}; got {tail!r}")
    return name, strength
