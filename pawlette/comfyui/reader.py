"""A ComfyUI workflow -> accepted Jobs, through the Studio's gate. Draws nothing and opens no file.

In kid mode the words are read and may be refused, at the node that they stand in, and negative texts are dropped; in
studio mode open text and its negative pass. The workflow's files are names only: the Studio's model draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pawlette.comfyui import asks
from pawlette.comfyui.convert import to_api
from pawlette.comfyui.definitions import DEFINITIONS
from pawlette.comfyui.evaluate import Evaluated, evaluate
from pawlette.comfyui.faults import Fault, Faulty, bad_workflow, input_fault, shown
from pawlette.comfyui.graph import Graph, load_json, parse, sources
from pawlette.comfyui.lazy import what_runs
from pawlette.comfyui.ui_format import is_ui_format
from pawlette.comfyui.values import ZEROED, Drawn, Output, Sampled
from pawlette.errors import BadJob, Refused, UnknownAnimal
from pawlette.job import MAX_SEED, Sampling
from pawlette.model.parts import LoraChoice
from pawlette.model.schedule import Schedule
from pawlette.studio import Accepted, Studio

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one sampler, or one Draw node, draws: a Job for each picture."""

    node: str
    accepted: tuple[Accepted, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A node that saves ("output") or shows ("temp") a drawing's pictures; several may share one drawing.

    `prefix` is a stranger's text: whoever makes a file's name of it keeps it inside of a folder.
    """

    node: str
    kind: str
    prefix: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class WorkflowJobs:
    """What a workflow asks for.

    `node_errors` tells of outputs that cannot be drawn while others can; `notes` of what was left aside.
    """

    deliveries: tuple[Delivery, ...]
    node_errors: dict[str, Any]
    notes: tuple[str, ...]


def read_workflow(
    workflow: Any, studio: Studio, *, object_info: Mapping[str, Any] | None = None
) -> WorkflowJobs:
    """From JSON text, or from what JSON gave. Raises BadWorkflow where no output can be drawn.

    The UI format is converted first, with `object_info` as `to_api` takes it.
    """
    if isinstance(workflow, str | bytes):
        workflow = load_json(workflow)
    graph = what_runs(parse(to_api(workflow, object_info) if is_ui_format(workflow) else workflow))
    found = evaluate(graph)
    notes = [f"{name} is not known here and was left aside" for name in found.unread]
    reader = _Reader(studio, notes)
    deliveries = []
    for output in found.outputs.values():
        try:
            deliveries.append(Delivery(output.node, output.kind, output.prefix, reader.drawing(output)))
        except Faulty as faulty:
            known = found.faults.setdefault(faulty.node or output.node, [])
            if faulty.fault not in known:
                known.append(faulty.fault)
    drawn = {one.node for one in deliveries}
    errors = _node_errors(graph, found, drawn)
    if not deliveries:
        raise bad_workflow("prompt_outputs_failed_validation", _summary(found.faults), errors)
    return WorkflowJobs(tuple(deliveries), errors, tuple(dict.fromkeys(notes)))


def _summary(faults: dict[str, list[Fault]]) -> str:
    return "; ".join(f"node {shown(id)}: {one.details}" for id, several in faults.items() for one in several)[
        :1000
    ]


def _node_errors(graph: Graph, found: Evaluated, drawn: set[str]) -> dict[str, Any]:
    """By node; an output that can be drawn although another cannot depends on no fault."""
    outputs = [id for id, node in graph.items() if DEFINITIONS[node.class_type].is_output]
    lost = {id: _upstream(graph, id) for id in outputs if id not in drawn}
    return {
        id: {
            "errors": [fault.to_dict() for fault in faults],
            "dependent_outputs": [output for output, needs in lost.items() if id in needs],
            "class_type": graph[id].class_type,
        }
        for id, faults in found.faults.items()
    }


def _upstream(graph: Graph, id: str) -> set[str]:
    seen, waiting = set[str](), [id]
    while waiting:
        one = waiting.pop()
        if one in graph and one not in seen:
            seen.add(one)
            waiting += sources(graph[one])
    return seen


class _Reader:
    """Turns each sampler into Jobs once, however many outputs show its pictures."""

    def __init__(self, studio: Studio, notes: list[str]) -> None:
        self.studio, self.notes = studio, notes
        self.made: dict[str, Drawing | Faulty] = {}

    def drawing(self, output: Output) -> Drawing:
        asked = output.pictures
        if asked.node not in self.made:
            try:
                accepted = self._accept(asked) if isinstance(asked, Sampled) else self._accept_own(asked)
                self.made[asked.node] = Drawing(asked.node, accepted)
            except Faulty as faulty:
                self.made[asked.node] = faulty
        made = self.made[asked.node]
        if isinstance(made, Faulty):
            raise made
        return made

    def _accept(self, asked: Sampled) -> tuple[Accepted, ...]:
        """The words first, then the size, then the rest, so that a fault stands at the node that it belongs to."""
        accept, words, size = self.studio.accept, asked.positive.words, (asked.size.width, asked.size.height)
        self._check_loras(asked.model.loras, asked.node, "lora_name")
        _at(asked.positive.node, asked.positive.input, lambda: accept(words, seed=0))
        _at(asked.size.node, "width", lambda: accept(words, seed=0, size=size))
        if asked.seed + asked.size.count - 1 > MAX_SEED:
            raise Faulty(
                input_fault(
                    "value_bigger_than_max", "seed", f"a batch of {asked.size.count} counts up from it"
                ),
                asked.node,
            )
        sampling, negative = self._sampling(asked), self._negative(asked)
        if asked.size.count > 1:
            self.notes.append(
                f"node {asked.node}: a batch's pictures have seeds that count up, each drawn as alone"
            )
        return tuple(
            _at(
                asked.node,
                "cfg",
                lambda seed=seed: accept(  # type: ignore[misc]
                    words, seed=seed, size=size, steps=asked.steps, guidance=asked.cfg,
                    negative=negative, sampling=sampling,
                ),
            )
            for seed in range(asked.seed, asked.seed + asked.size.count)
        )  # fmt: skip

    def _accept_own(self, drawn: Drawn) -> tuple[Accepted, ...]:
        """Pawlette's own nodes. Whoever runs the Studio chose the model and the gate; a workflow cannot."""
        loaded, studio = drawn.loaded, self.studio
        if loaded["gate"] == asks.STUDIO and not studio.studio_mode:
            raise Faulty(
                input_fault("custom_validation_failed", "gate", "the gate here is for children: kid"),
                drawn.loader,
            )
        name, strength = loaded["lora"], loaded["lora_strength"]
        loras = () if name == asks.NONE or strength == 0 else ((drawn.loader, name, strength),)
        self._check_loras(loras, drawn.node, "lora")
        asked = drawn.asked
        words = {name: asked[name] for name in ("words", "style")}
        size = {name: asked[name] for name in ("width", "height")}
        # One after the other, so that a fault stands at its input.
        _at(drawn.node, "words", lambda: asks.asked_of(studio, **words))
        _at(drawn.node, "width", lambda: asks.asked_of(studio, **words, **size))
        return _at(drawn.node, "steps", lambda: asks.asked_of(studio, **asked)).accepted

    def _negative(self, asked: Sampled) -> str | None:
        words = asked.negative.words
        if asked.negative.input == ZEROED and asked.cfg > 1.0:
            self.notes.append(f"node {asked.negative.node}: zeroed conditioning is drawn as a blank text")
        if self.studio.studio_mode:
            return words
        if words.strip():
            self.notes.append(
                f"node {asked.negative.node}: the negative text was dropped; the style has its own"
            )
        return None

    def _sampling(self, asked: Sampled) -> Sampling:
        """A workflow's own shift and guidance rule; a distilled model keeps the sigmas that it learnt."""
        if asked.sigmas is not None:
            self._check_sigmas(asked, asked.sigmas)
        shift = asked.model.shift if asked.sigmas is None else None
        if shift is not None and not self.studio.family.guidable:
            self.notes.append(
                f"node {asked.model.shifted_at}: the shift was left aside; {self.studio.family.name} is distilled "
                "and draws at its own sigmas"
            )
            shift = None
        if asked.model.cfg_norm:
            self.notes.append(
                "CFGNorm is drawn as the rule of the published pipelines, which is near to it but not the same"
            )
        return Sampling(shift, rescaled=asked.model.cfg_norm if asked.cfg > 1.0 else None)

    def _check_sigmas(self, asked: Sampled, sigmas: tuple[float, ...]) -> None:
        """Sigmas that are written out are drawn where the model here would take the same by itself."""
        family = self.studio.family
        side = family.pixels_per_latent * family.patch
        tokens = (asked.size.width // side) * (asked.size.height // side)
        schedule = Schedule.from_folder(self.studio.folder / "scheduler", family.explicit_sigmas)
        own = _at(asked.node, "sigmas", lambda: schedule.sigmas(asked.steps, tokens))
        if not all(math.isclose(one, other, abs_tol=1e-4) for one, other in zip(sigmas, own, strict=True)):
            details = (
                f"{family.name} draws at its own sigmas, which are {', '.join(f'{one:g}' for one in own)}"
            )
            raise Faulty(input_fault("custom_validation_failed", "sigmas", details), asked.node)

    def _check_loras(self, wanted: Sequence[tuple[str, str, float]], drawer: str, input: str) -> None:
        """A LoRA is merged into the Studio's model for good: a workflow draws with that one or with none."""
        loaded = self.studio.lora
        if loaded is None and not wanted:
            return
        if loaded is not None and len(wanted) == 1:
            node, name, strength = wanted[0]
            if _same_lora(loaded, name) and math.isclose(strength, loaded.strength, abs_tol=1e-6):
                return
        there = "no LoRA" if loaded is None else f"the LoRA {loaded.label}"
        if not wanted:
            details = f"the model here is loaded with {there}; the workflow asks for none"
            raise Faulty(input_fault("custom_validation_failed", "model", details), drawer)
        node, name, strength = wanted[-1]
        details = f"the model here is loaded with {there}; got {shown(name)} at {strength:g}"
        offered = [] if loaded is None else [loaded.name]
        raise Faulty(
            input_fault("value_not_in_list", input, details, received_value=name, input_config=[offered, {}]),
            node,
        )


def _same_lora(loaded: LoraChoice, name: str) -> bool:
    return name.removesuffix(".safetensors") == loaded.name


def _at(node: str, input: str, work: Callable[[], T]) -> T:
    """Do the work; what the Studio refuses becomes a fault of the node and input."""
    try:
        return work()
    except Refused as refused:
        extra: dict[str, Any] = {"code": refused.code, "suggestion": refused.suggestion}
        raise Faulty(input_fault("custom_validation_failed", input, str(refused), **extra), node) from None
    except UnknownAnimal as unknown:
        extra = {"code": "unknown_animal", "nearest": list(unknown.nearest)}
        raise Faulty(input_fault("custom_validation_failed", input, str(unknown), **extra), node) from None
    except BadJob as bad:
        raise Faulty(input_fault("custom_validation_failed", input, str(bad)), node) from None
