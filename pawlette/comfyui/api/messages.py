"""What a client of /ws is told, in ComfyUI's order, worked out from how its prompts stand. Knows no socket, no store.

Each prompt is told of up to where it stands now, so that nothing is said twice and nothing is left out, whatever was
missed meanwhile.
"""

from __future__ import annotations

import json
import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pawlette.comfyui.api.answers import images, messages
from pawlette.comfyui.api.desk import Happening, Part, Prompt, Stage

Message = tuple[str, dict[str, Any]] | bytes
PREVIEW, PREVIEW_WITH_METADATA = 1, 4  # kinds of binary messages
FORMATS = {"image/jpeg": 1, "image/png": 2}  # of a picture in one
MOST_TOLD = 1000  # prompts that are remembered
FEATURES = {"supports_preview_metadata": True}


def status(remaining: int) -> tuple[str, dict[str, Any]]:
    return "status", {"status": {"exec_info": {"queue_remaining": remaining}}}


@dataclass(slots=True)
class _Told:
    """What was said of one prompt."""

    queued: bool = False
    started: bool = False
    ended: bool = False
    running: set[str] = field(default_factory=set)  # drawing nodes
    finished: set[str] = field(default_factory=set)
    steps: dict[str, int] = field(default_factory=dict)  # job -> steps done
    progress: dict[str, int] = field(default_factory=dict)  # drawing node -> what was said last
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)  # as progress_state has them


class Telling:
    """One client's messages. `supports_metadata`: whether it said that previews may name their node."""

    def __init__(self) -> None:
        self.supports_metadata = False
        self._told: OrderedDict[str, _Told] = (
            OrderedDict()
        )  # those that ended too: a late word of them is no news

    def _of(self, prompt: Prompt) -> _Told:
        told = self._told.setdefault(prompt.id, _Told())
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        return told

    def queued(self, prompt: Prompt, remaining: int) -> list[Message]:
        """It was accepted, or is to be drawn anew."""
        told = self._of(prompt)
        if told.queued:
            return []
        told.queued = True
        return [status(remaining)]

    def is_running(self, prompt: Prompt, job: str) -> bool:
        """Whether it was said of the node that draws this picture, so that steps may follow."""
        told = self._told.get(prompt.id)
        return told is not None and any(one.job == job and one.node in told.running for one in prompt.parts)

    def resume(self, prompt: Prompt) -> list[Message]:
        """Somebody who comes back while a prompt runs hears where it is."""
        told = self._of(prompt)
        told.queued = told.started = True
        running = [part.node for part in prompt.parts if part.stage is Stage.RUNNING]
        told.running.update(part.node for part in prompt.parts if part.started_at is not None)
        told.finished.update(node for node in prompt.plan.drawers if _is_drawn(prompt, node))
        return [("executing", {"node": node}) for node in running[:1]]

    def catch_up(self, prompt: Prompt, remaining: int) -> list[Message]:
        """From what was told of it to how it stands."""
        told = self._of(prompt)
        return (
            [] if told.ended else [*self.queued(prompt, remaining), *self._catch_up(prompt, told, remaining)]
        )

    def _catch_up(self, prompt: Prompt, told: _Told, remaining: int) -> Iterator[Message]:
        if prompt.was_begun and not told.started:
            told.started = True
            yield status(remaining)
            yield (
                "execution_start",
                {"prompt_id": prompt.id, "timestamp": messages(prompt)[0][1]["timestamp"]},
            )
            yield messages(prompt)[1][0], messages(prompt)[1][1]
        for node in prompt.plan.drawers:
            parts = prompt.parts_of(node)
            if node not in told.running and any(part.started_at is not None for part in parts):
                told.running.add(node)
                yield from self._start(prompt, told, node, parts[0].steps)
            if node not in told.finished and _is_drawn(prompt, node):
                told.finished.add(node)
                yield from self._finish(prompt, told, node)
        if prompt.stage.is_final:
            told.ended = True
            if prompt.was_begun:
                yield messages(prompt)[-1][0], messages(prompt)[-1][1]
            yield status(remaining)
            if prompt.was_begun:
                yield "executing", {"node": None, "prompt_id": prompt.id}

    def _start(self, prompt: Prompt, told: _Told, node: str, most: int) -> Iterator[Message]:
        yield self._state(prompt, told, node, "running", 0, most)
        yield "executing", {"node": node, "display_node": node, "prompt_id": prompt.id}

    def _finish(self, prompt: Prompt, told: _Told, node: str) -> Iterator[Message]:
        """The drawing, then each node behind it, at once: they have run."""
        steps = prompt.parts_of(node)[0].steps
        if told.progress.get(node, 0) < steps:
            yield from self._progress(prompt, told, node, steps, steps)
        yield self._state(prompt, told, node, "finished", steps, steps)
        shown = {one.node for one in prompt.plan.shown}
        for id in prompt.plan.after(node):
            yield from self._start(prompt, told, id, 1)
            if id in shown:
                output = images(prompt, id)
                yield "executed", {"node": id, "display_node": id, "output": output, "prompt_id": prompt.id}
            yield self._state(prompt, told, id, "finished", 1, 1)

    def _progress(self, prompt: Prompt, told: _Told, node: str, value: int, most: int) -> Iterator[Message]:
        told.progress[node] = value
        yield self._state(prompt, told, node, "running", value, most)
        yield "progress", {"value": value, "max": most, "prompt_id": prompt.id, "node": node}

    def _state(self, prompt: Prompt, told: _Told, node: str, state: str, value: int, most: int) -> Message:
        told.nodes[node] = {
            "value": float(value), "max": float(most), "state": state, "node_id": node, "prompt_id": prompt.id,
            "display_node_id": node, "parent_node_id": None, "real_node_id": node,
        }  # fmt: skip
        return "progress_state", {"prompt_id": prompt.id, "nodes": dict(told.nodes)}

    def on_the_way(self, prompt: Prompt, happening: Happening) -> list[Message]:
        """A step or an unfinished picture, of a node that was said to run."""
        told = self._told.get(prompt.id)
        part = next((one for one in prompt.parts if one.job == happening.job), None)
        if told is None or part is None or told.ended or part.node not in told.running - told.finished:
            return []
        if happening.kind == "preview":
            return self._preview(prompt, part, happening)
        return self._step(prompt, told, part, happening)

    def _step(self, prompt: Prompt, told: _Told, part: Part, happening: Happening) -> list[Message]:
        """Several pictures of one node advance together."""
        told.steps[part.job] = max(happening.step, told.steps.get(part.job, 0))
        parts = prompt.parts_of(part.node)
        value = sum(told.steps.get(one.job, 0) for one in parts) // len(parts)
        if value <= told.progress.get(part.node, 0):
            return []
        return list(self._progress(prompt, told, part.node, value, part.steps))

    def _preview(self, prompt: Prompt, part: Part, happening: Happening) -> list[Message]:
        if not self.supports_metadata:
            return [struct.pack(">II", PREVIEW, FORMATS[happening.media_type]) + happening.picture]
        about = {
            "node_id": part.node, "prompt_id": prompt.id, "display_node_id": part.node, "parent_node_id": None,
            "real_node_id": part.node, "image_type": happening.media_type,
        }  # fmt: skip
        text = json.dumps(about).encode()
        return [struct.pack(">II", PREVIEW_WITH_METADATA, len(text)) + text + happening.picture]


def _is_drawn(prompt: Prompt, node: str) -> bool:
    return all(part.stage is Stage.DONE for part in prompt.parts_of(node))
