"""Weight files: read and checked, loaded into a module, written compactly or exported. Knows no architecture.

Only safetensors are read, single or sharded; a pickle is never opened. The compact form is our own: a matrix
`name` stands as int8 beside `name.scale`, one float per output row, and the file's metadata say so.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from pawlette.errors import BadModel, BadWeights, CannotSave
from pawlette.model.folders import built_from, read_json
from pawlette.model.parts import MADE_FOR

FILE_NAMES = ("diffusion_pytorch_model.safetensors", "model.safetensors")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
COMPACT_KEY, COMPACT_VERSION = "pawlette.int8", "1"
LARGEST_HEADER = 100_000_000  # bytes: the format's own limit
CHUNK = 2**24  # elements looked at together in the search for NaN
COPIED = (".json", ".txt", ".md", ".jinja", ".model")  # what an export copies beside the weights

M = TypeVar("M", bound=nn.Module)
Rename = Callable[[str], str | None]  # name in the file -> name in the module, None: not read


@dataclass(slots=True)
class Weights:
    """Tensors by name, and the file that each came from."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)


# -- files ---------------------------------------------------------------------------------------------------


def has_weights(folder: Path) -> bool:
    return any((folder / name).exists() or (folder / f"{name}.index.json").exists() for name in FILE_NAMES)


def find_files(folder: Path) -> dict[Path, set[str] | None]:
    """The weight files of a component folder, each with the names that an index expects in it."""
    for name in FILE_NAMES:
        if (folder / name).exists():
            return {folder / name: None}
        if (folder / f"{name}.index.json").exists():
            return _read_index(folder / f"{name}.index.json")
    if not folder.is_dir():
        raise BadWeights(f"{folder} is missing")
    if pickles := sorted(path.name for pattern in PICKLES for path in folder.glob(pattern)):
        raise BadWeights(f"{folder / pickles[0]} is no safetensors file; only safetensors are read")
    raise BadWeights(f"{folder / FILE_NAMES[0]} is missing")


def _read_index(path: Path) -> dict[Path, set[str] | None]:
    entries = read_json(path).get("weight_map")
    if not isinstance(entries, dict) or not entries:
        raise BadWeights(f"{path} holds no weight_map")
    files: dict[Path, set[str] | None] = {}
    for name, file_name in entries.items():
        if not isinstance(file_name, str) or not _is_plain_name(file_name):
            raise BadWeights(f"{path}: {name} must lie in the same folder, got {file_name!r}")
        expected = files.setdefault(path.parent / file_name, set())
        assert expected is not None
        expected.add(name)
    return files


def _is_plain_name(name: str) -> bool:
    """No folder, drive or parent in it, on any system."""
    return (
        name not in ("", ".", "..")
        and PurePosixPath(name).name == name
        and PureWindowsPath(name).name == name
        and name.endswith(".safetensors")
    )


PLAIN = (
    torch.float32,
    torch.bfloat16,
    torch.float16,
    torch.float64,
)  # fp8 would need scales that are not read


def check_header(path: Path) -> None:
    """Say in plain words what is wrong with a file before any of it is mapped into memory."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")  # of a zip or pickle: far beyond the limit
            if size < 10 or not 2 <= length <= LARGEST_HEADER:
                raise BadWeights(f"{path} is no safetensors file (a renamed pickle, or damaged)")
            if 8 + length > size:
                raise BadWeights(f"{path} is truncated: {size} bytes, its header alone has {length}")
            header = json.loads(file.read(length))
    except FileNotFoundError:
        raise BadWeights(f"{path} is missing") from None
    except OSError as error:
        raise BadWeights(f"{path} cannot be read: {error}") from error
    except (ValueError, RecursionError):  # neither UTF-8 nor JSON that anybody writes
        raise BadWeights(f"{path} is no safetensors file (its header is not JSON)") from None
    if not isinstance(header, dict):
        raise BadWeights(f"{path} is no safetensors file (its header is not a JSON object)")
    ends = [_data_end(path, name, entry) for name, entry in header.items() if name != "__metadata__"]
    if 8 + length + max(ends, default=0) > size:
        raise BadWeights(f"{path} is truncated: {size} bytes, its header promises {8 + length + max(ends)}")


def _data_end(path: Path, name: str, entry: Any) -> int:
    try:
        return int(entry["data_offsets"][1])
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        raise BadWeights(f"{path}: the header's entry of {name} is damaged") from None


# -- reading -------------------------------------------------------------------------------------------------


def read(
    folder: Path,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str = "cpu",
    rename: Rename = lambda name: name,
) -> Weights:
    """All tensors of a component folder, finite, in `dtype` (None: as stored; int8 becomes float32)."""
    if (source := _held.get(folder)) is not None:
        return _from_memory(folder, source(), dtype, rename)
    found = Weights()
    for path, expected in find_files(folder).items():
        check_header(path)
        names = set()
        for name, tensor in _read_file(path, dtype, device, rename):
            names.add(name)
            if (target := rename(name)) is None:
                continue
            if target in found.tensors:
                raise BadWeights(f"{path}: {name} stands twice, also in {found.files[target].name}")
            found.tensors[target], found.files[target] = tensor, path
        if expected is not None and (missing := sorted(n for n in expected - names if rename(n) is not None)):
            raise BadWeights(f"{path}: {missing[0]} is missing, though the index says that it lies there")
    return found


_held: dict[Path, Callable[[], Mapping[str, Tensor]]] = {}


@contextmanager
def held(sources: Mapping[Path, Callable[[], Mapping[str, Tensor]]]) -> Iterator[None]:
    """Inside, these folders' weights are tensors in memory instead of files: for measuring without a checkpoint."""
    _held.update(sources)
    try:
        yield
    finally:
        for folder in sources:
            del _held[folder]


def _from_memory(
    folder: Path, tensors: Mapping[str, Tensor], dtype: torch.dtype | None, rename: Rename
) -> Weights:
    """As they lie there, on whichever device: what is shared needs no memory twice."""
    named = {rename(name): tensor for name, tensor in tensors.items()}
    kept = {name: tensor.to(dtype=dtype) for name, tensor in named.items() if name is not None}
    return Weights(kept, dict.fromkeys(kept, folder))


def _read_file(
    path: Path, dtype: torch.dtype | None, device: torch.device | str, rename: Rename
) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            version = (file.metadata() or {}).get(COMPACT_KEY)
            if version not in (None, COMPACT_VERSION):
                raise BadWeights(f"{path}: int8 form {version!r} is unknown; {COMPACT_VERSION} is read")
            names = set(file.keys())
            for name in sorted(names):
                if name.endswith(".scale") and version and name.removesuffix(".scale") in names:
                    continue
                if rename(name) is None:
                    continue
                tensor = file.get_tensor(name)
                if version and tensor.dtype == torch.int8:
                    scale = file.get_tensor(f"{name}.scale") if f"{name}.scale" in names else None
                    tensor = dequantise(path, name, tensor, scale)
                elif tensor.dtype in PLAIN:
                    check_finite(path, name, tensor)
                else:
                    raise BadWeights(
                        f"{path}: {name} holds {tensor.dtype}; read are {', '.join(map(str, PLAIN))}"
                    )
                fitted = tensor.to(device=device, dtype=dtype)
                if torch.finfo(fitted.dtype).max < torch.finfo(tensor.dtype).max:
                    check_finite(
                        path, f"{name} as {fitted.dtype}", fitted
                    )  # a narrower range may not hold it
                yield name, fitted
    except (SafetensorError, OSError) as error:
        raise BadWeights(f"{path} cannot be read: {error}") from error


def check_finite(path: Path, name: str, tensor: Tensor) -> None:
    """Raise BadWeights at NaN or infinity. The extremes of a chunk tell both, without a copy of it."""
    for chunk in tensor.reshape(-1).split(CHUNK) if tensor.numel() else ():
        wide = chunk if chunk.element_size() > 1 else chunk.float()
        if not all(torch.isfinite(extreme) for extreme in torch.aminmax(wide)):
            raise BadWeights(f"{path}: {name} holds NaN or infinity")


DRAWN = (
    Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_, nn.init.kaiming_normal_,
    nn.init.kaiming_uniform_,
)  # fmt: skip


class _Unset(TorchFunctionMode):
    """No initial values are drawn: there is nothing to hold them, and on the meta device PyTorch's `normal_` loads its
    compiler, which takes seconds.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return (args or tuple(kwargs.values()))[0] if func in DRAWN else func(*args, **(kwargs or {}))


@contextmanager
def nowhere() -> Iterator[None]:
    """Around the building of modules whose weights will be read: they have shapes and no memory."""
    with torch.device("meta"), _Unset():
        yield


def blank(module: type[M], config: Any, folder: Path) -> M:
    """A module as the folder's config.json describes it, on the meta device: without memory for its weights."""
    settings = read_json(folder / "config.json")
    with built_from(folder / "config.json"), nowhere():
        return module(config.from_dict(settings))


def load_into(
    model: M,
    folder: Path,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str = "cpu",
    rename: Rename = lambda name: name,
    adapt: Callable[[Mapping[str, Tensor]], dict[str, Tensor]] | None = None,
) -> M:
    """Give a module, built on the meta device, a folder's weights; `adapt` may reshape them first."""
    found = read(folder, dtype=dtype, device=device, rename=rename)
    tensors = adapt(found.tensors) if adapt is not None else found.tensors
    check_fit(model.state_dict(), tensors, found.files, folder)
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def check_fit(
    wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], files: Mapping[str, Path], folder: Path
) -> None:
    """Every key of the module, no other, each in its shape."""
    if missing := sorted(wanted.keys() - given.keys()):
        count = f"{len(missing)} of {len(wanted)} are"
        raise BadWeights(f"{_files_of(files, folder)}: {missing[0]} is missing ({count})")
    if unexpected := sorted(given.keys() - wanted.keys()):
        name = unexpected[0]
        raise BadWeights(f"{files.get(name, folder)}: {name} is unexpected ({len(unexpected)} such)")
    for name, tensor in given.items():
        if tensor.shape != wanted[name].shape:
            raise BadWeights(
                f"{files.get(name, folder)}: {name} has shape {tuple(tensor.shape)}, "
                f"its config.json says {tuple(wanted[name].shape)}"
            )


def _files_of(files: Mapping[str, Path], folder: Path) -> str:
    distinct = sorted(set(files.values()))
    return str(distinct[0] if len(distinct) == 1 else folder)


# -- the compact form ----------------------------------------------------------------------------------------


def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(rows, ...) -> int8 of the same shape and a float32 scale per row; off by at most half a scale."""
    wide = weight.detach().float()
    scale = wide.flatten(1).abs().amax(dim=1).clamp(min=1e-12) / 127.0
    return (wide / _per_row(scale, wide)).round().clamp(-127, 127).to(torch.int8), scale


def dequantise(path: Path, name: str, rows: Tensor, scale: Tensor | None) -> Tensor:
    """The way back, in float32; raises BadWeights where the scale does not fit."""
    if scale is None:
        raise BadWeights(f"{path}: {name}.scale is missing beside the int8 {name}")
    if rows.dim() < 2 or scale.shape != rows.shape[:1]:
        shapes = f"{tuple(scale.shape)} for {name} {tuple(rows.shape)}"
        raise BadWeights(f"{path}: {name}.scale has shape {shapes}")
    check_finite(path, f"{name}.scale", scale)
    return rows.float() * _per_row(scale.float(), rows)


def _per_row(scale: Tensor, like: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (like.dim() - 1))


def is_worth_int8(name: str, tensor: Tensor) -> bool:
    """Matrices and 2-D kernels whose rows outweigh their scale."""
    return tensor.dim() in (2, 4) and tensor[0].numel() >= 16


def save_compact(
    state: Mapping[str, Tensor],
    path: Path,
    *,
    dtype: torch.dtype = torch.bfloat16,
    quantised: Callable[[str, Tensor], bool] = is_worth_int8,
) -> Path:
    """Write a state dict with int8 where `quantised` says so, the rest in `dtype`."""
    written: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if quantised(name, tensor):
            written[name], written[f"{name}.scale"] = quantise(tensor)
        else:
            written[name] = tensor.to(dtype)
    return write_tensors(written, path, {COMPACT_KEY: COMPACT_VERSION})


def save_plain(state: Mapping[str, Tensor], path: Path, *, dtype: torch.dtype = torch.bfloat16) -> Path:
    """Write a state dict as diffusers and transformers do."""
    return write_tensors({name: tensor.to(dtype) for name, tensor in state.items()}, path, {})


def write_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str]) -> Path:
    """One safetensors file, whole or not at all: under another name first, then renamed. Raises CannotSave."""
    owned = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file(owned, part, metadata={"format": "pt", **metadata})
            part.chmod(0o644)  # safetensors leaves it readable by its writer alone
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, SafetensorError) as error:
        raise CannotSave(f"{path} cannot be written: {error}") from error
    return path


def export(model_folder: Path, out_folder: Path, *, dtype: torch.dtype = torch.bfloat16) -> Path:
    """Write a model as the plain folder that the diffusers classes load; CannotSave where it is in use."""
    if not model_folder.is_dir():
        raise BadModel(f"{model_folder} is no model folder")
    if out_folder.exists() and (not out_folder.is_dir() or any(out_folder.iterdir())):
        raise CannotSave(f"{out_folder} is not empty; name a folder that does not exist yet")
    try:
        out_folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out_folder.parent, prefix=f"{out_folder.name}.part-") as part:
            whole = Path(part) / "whole"
            _export_into(whole, model_folder, dtype)
            if out_folder.exists():
                out_folder.rmdir()
            whole.rename(out_folder)
    except OSError as error:
        raise CannotSave(f"{out_folder} cannot be written: {error}") from error
    return out_folder


def _export_into(out_folder: Path, model_folder: Path, dtype: torch.dtype) -> None:
    _copy_small_files(model_folder, out_folder)
    for component in sorted(path for path in model_folder.iterdir() if path.is_dir()):
        _copy_small_files(component, out_folder / component.name)
        if has_weights(component):
            name = FILE_NAMES[1] if component.name.startswith("text_encoder") else FILE_NAMES[0]
            save_plain(read(component).tensors, out_folder / component.name / name, dtype=dtype)


def _copy_small_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        is_index = path.name.endswith(".safetensors.index.json")
        if path.name == MADE_FOR:  # what it says of is written anew, in another precision
            continue
        if path.is_file() and not is_index and (path.suffix in COPIED or path.name in ("LICENSE", "NOTICE")):
            shutil.copyfile(path, target / path.name)
