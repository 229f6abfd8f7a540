"""One run of training: learning rate, running mean of the weights, the curve, and a state to go on from.

Knows a module and a function that gives its losses, and nothing of what they mean; `identity` holds the facts that
must be the same for a run to go on, as JSON has them. Every step draws its chances from
a seed of its own, so that a run that was stopped and resumed is the run that was not stopped.
"""

import copy
import csv
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from pawlette.errors import BadJob, BadWeights, DrawingFailed
from pawlette.model.weights import write_tensors
from pawlette.train.curve import cut_behind
from pawlette.train.ema import Average
from pawlette.train.identity import KEY, check_same

Losses = Callable[[], dict[str, Tensor]]  # "total" is what is minimised; the others stand in the curve
MOMENTS = ("exp_avg", "exp_avg_sq", "step")
SAVED_EVERY = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Length:
    """When a run ends: by the clock, by steps, or by whichever comes first."""

    seconds: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.seconds, self.steps) if value is not None]
        if not given or min(given) <= 0:
            raise BadJob(f"a training run has seconds or steps above 0; got {self.seconds} and {self.steps}")

    def share(self, step: int, elapsed: float) -> float:
        """How much of the run is done, from 0 to 1."""
        by_clock = elapsed / self.seconds if self.seconds else 0.0
        by_steps = step / self.steps if self.steps else 0.0
        return min(1.0, max(by_clock, by_steps))


class Course:
    """Trains one module with AdamW: a short warm-up, then a cosine down to a fiftieth (arXiv 1608.03983)."""

    def __init__(
        self, model: nn.Module, *, learning_rate: float, seed: int, decay: float = 0.999, warm_up: int = 200,
        identity: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        self.model, self.learning_rate, self.seed, self.warm_up = model, learning_rate, seed, warm_up
        self.trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self.trained, lr=learning_rate, betas=(0.9, 0.99), weight_decay=1e-3
        )
        self.average = Average(model, decay)
        self.step, self.elapsed = 0, 0.0
        self.identity = dict(identity or {})

    def rate(self, share: float) -> float:
        rising = min(1.0, (self.step + 1) / self.warm_up)
        return self.learning_rate * rising * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))

    def update(self, losses: Losses, share: float) -> dict[str, Tensor]:
        """One step at `share` of the run done; gives the losses, still on the device."""
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        found = losses()
        self.optimiser.param_groups[0]["lr"] = self.rate(share)
        self.optimiser.zero_grad()
        found["total"].backward()
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self.average.update(self.model)
        self.step += 1
        return {name: value.detach() for name, value in found.items()}

    def compile(self, losses: Losses) -> None:
        """Run once, forwards and backwards, without a trace in the weights: compiling is not part of the time."""
        losses()["total"].backward()
        self.optimiser.zero_grad()

    def averaged(self) -> nn.Module:
        """The module with its averaged weights, in evaluation mode."""
        model = copy.deepcopy(self.model)
        model.load_state_dict(self.average.weights)
        return model.eval().requires_grad_(False)

    def run(
        self, losses: Losses, length: Length, curve: Path, *, state: Path | None = None, every: int = 50,
        say: Callable[[str], None] = print,
    ) -> None:  # fmt: skip
        """Train until `length` is reached; writes the curve (CSV) and, every two minutes and last, the state."""
        if self.trained[0].is_cuda:
            self.compile(losses)
        headed = self.step > 0 and cut_behind(curve, self.step)
        begun, saved = time.monotonic() - self.elapsed, time.monotonic()
        with curve.open("a" if headed else "w", newline="") as file:
            writer = csv.writer(file)
            while (share := length.share(self.step, self.elapsed)) < 1.0:
                found = self.update(losses, share)
                self.elapsed = time.monotonic() - begun
                if not headed:
                    writer.writerow(["step", "seconds", "learning_rate", *found])
                    headed = True
                if self.step % every == 0:
                    values = [round(value.item(), 5) for value in found.values()]
                    if not all(map(math.isfinite, values)):
                        raise DrawingFailed(
                            f"the loss is no number at step {self.step}; start anew; another --seed may help"
                        )
                    writer.writerow([self.step, round(self.elapsed, 1), f"{self.rate(share):.3g}", *values])
                    file.flush()
                    if self.step % (every * 10) == 0:
                        shown = ", ".join(f"{n} {v}" for n, v in zip(found, values, strict=True))
                        say(f"step {self.step}, {self.elapsed:.0f} s: {shown}")
                if state is not None and time.monotonic() - saved > SAVED_EVERY:
                    self.save(state)
                    saved = time.monotonic()
        if state is not None:
            self.save(state)

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs, as safetensors in float32."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.weights.items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": moments[name] for name in MOMENTS}
        counts = {"step": self.step, "elapsed": self.elapsed, "updates": self.average.updates}
        tensors |= {f"count.{name}": torch.tensor(float(value)) for name, value in counts.items()}
        note = {KEY: json.dumps(self.identity, sort_keys=True)}
        write_tensors({name: value.float() for name, value in tensors.items()}, path, note)

    def resume(self, path: Path) -> None:
        """Go on from what `save` wrote; raises BadJob for another run's, BadWeights for what is no state of it."""
        device = self.trained[0].device
        try:
            with safe_open(path, framework="pt", device=str(device)) as file:
                check_same(path, json.loads((file.metadata() or {}).get(KEY, "null")), self.identity)
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
            self.model.load_state_dict(_under("model.", tensors))
            self.average.weights = {name: tensors[f"average.{name}"] for name in self.average.weights}
            moments = {
                index: {name: tensors[f"adam.{index}.{name}"] for name in MOMENTS}
                for index in range(len(self.trained))
            }
            for each in moments.values():
                each["step"] = each["step"].cpu()  # where AdamW counts it
            groups = self.optimiser.state_dict()["param_groups"]
            self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
            self.step, self.average.updates = (int(tensors[f"count.{name}"]) for name in ("step", "updates"))
            self.elapsed = float(tensors["count.elapsed"])
        except (OSError, SafetensorError, KeyError, RuntimeError, ValueError) as error:
            raise BadWeights(f"{path} is no state to go on from: {error}") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
