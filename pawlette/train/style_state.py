"""Where a style run stands, in one file, so that it goes on as if it had never stopped. Knows no model.

One safetensors file holds the adapter, the optimiser's moments, the step and the plan. Randomness needs no place
in it: a step's is made of the plan's seed and the step's number.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from pawlette.errors import BadJob, BadWeights
from pawlette.files import write_whole
from pawlette.model.weights import check_header
from pawlette.train.identity import check_same, facts_of
from pawlette.train.style import StyleTrainer

FILE_NAME = "state.safetensors"
KEY = "pawlette.style"
MOMENTS = ("exp_avg", "exp_avg_sq")


def identity(trainer: StyleTrainer) -> dict[str, object]:
    """What must be the same for a run to go on: the plan but its length, the model, the pictures, their captions."""
    return facts_of(trainer.plan, but="steps") | {
        "model": trainer.model.family.name,
        "weights": trainer.weights,
        "grid": list(trainer.data.grid),
        **trainer.data.sources,
    }


def save_state(trainer: StyleTrainer, folder: Path) -> Path:
    """Write the whole state, or leave the last one as it is."""
    tensors = {f"adapter.{name}": weight.detach().cpu() for name, weight in trainer.learnt.items()}
    for name, weight in trainer.learnt.items():
        for moment in MOMENTS:
            if moment in trainer.optimiser.state[weight]:
                tensors[f"{moment}.{name}"] = trainer.optimiser.state[weight][moment].cpu()
    note = json.dumps({"step": trainer.step, "identity": identity(trainer)}, sort_keys=True)
    return write_whole(folder / FILE_NAME, save(tensors, metadata={"format": "pt", KEY: note}))


def load_state(trainer: StyleTrainer, folder: Path) -> int:
    """Bring the trainer to where the folder's run stands; returns its step. Raises BadJob for another run's."""
    path = folder / FILE_NAME
    if not path.exists():
        raise BadJob(f"{folder} holds no run to go on with; leave out --resume to start one")
    check_header(path)
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            note = json.loads((file.metadata() or {}).get(KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
    except (SafetensorError, OSError, ValueError) as error:
        raise BadWeights(f"{path} cannot be read: {error}") from error
    if not isinstance(note, dict) or not isinstance(note.get("step"), int):
        raise BadWeights(f"{path} is no state of a style run")
    check_same(path, note.get("identity"), identity(trainer))
    for name, weight in trainer.learnt.items():
        try:
            weight.data.copy_(tensors[f"adapter.{name}"])
            # A layer that no loss reaches, such as the last text output of 1.x, has no moments.
            if f"{MOMENTS[0]}.{name}" in tensors:
                moments = {moment: tensors[f"{moment}.{name}"].to(weight.device) for moment in MOMENTS}
                trainer.optimiser.state[weight] = {"step": torch.tensor(float(note["step"])), **moments}
        except (KeyError, RuntimeError) as error:
            raise BadWeights(f"{path} does not fit this adapter: {error}") from error
    trainer.step = note["step"]
    return trainer.step
