"""Prompts in the shapes that ComfyUI answers with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pawlette.comfyui.api.desk import Part, Prompt, Stage

ERROR_TYPE = "pawlette.errors.DrawingFailed"


def milliseconds(at: float | None) -> int:
    return round((at or 0.0) * 1000)


def file_name(job: str) -> str:
    """The name by which /view finds a picture."""
    return f"{job}.png"


def item(prompt: Prompt) -> list[Any]:
    """As /queue and /history carry it: number, id, workflow, extra_data, outputs."""
    extra = {**prompt.extra, "create_time": milliseconds(prompt.created_at)}
    if prompt.plan.client is not None:
        extra["client_id"] = prompt.plan.client
    return [prompt.number, prompt.id, dict(prompt.workflow), extra, [one.node for one in prompt.plan.shown]]


def queue(prompts: tuple[Prompt, ...]) -> dict[str, Any]:
    """/queue: of prompts that have not ended."""
    return {
        "queue_running": [item(one) for one in prompts if one.stage is Stage.RUNNING],
        "queue_pending": [item(one) for one in prompts if one.stage is Stage.WAITING],
    }


def images(prompt: Prompt, node: str) -> dict[str, Any]:
    """What a node shows: the pictures that are there."""
    (shown,) = (one for one in prompt.plan.shown if one.node == node)
    return {
        "images": [
            {"filename": file_name(part.job), "subfolder": "", "type": shown.kind}
            for part in prompt.parts_of(shown.drawer)
            if part.stage is Stage.DONE
        ]
    }


def outputs(prompt: Prompt) -> dict[str, Any]:
    """By node, those that have all their pictures."""
    done = [
        one.node
        for one in prompt.plan.shown
        if all(part.stage is Stage.DONE for part in prompt.parts_of(one.drawer))
    ]
    return {node: images(prompt, node) for node in done}


def history(prompt: Prompt) -> dict[str, Any]:
    """/history: one prompt that has ended."""
    made = outputs(prompt)
    return {
        "prompt": item(prompt),
        "outputs": made,
        "status": {
            "status_str": "success" if prompt.stage is Stage.DONE else "error",
            "completed": prompt.stage is Stage.DONE,
            "messages": messages(prompt),
        },
        "meta": {
            node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
            for node in made
        },
    }


def messages(prompt: Prompt) -> list[list[Any]]:
    """What was told of a prompt that has ended, each with its milliseconds since 1970."""
    began = [part.started_at for part in prompt.parts if part.started_at is not None]
    start = milliseconds(min(began, default=prompt.created_at))
    end = milliseconds(max((part.ended_at or 0.0 for part in prompt.parts), default=0.0))
    kind, said = ending(prompt)
    return [
        ["execution_start", {"prompt_id": prompt.id, "timestamp": start}],
        [
            "execution_cached",
            {"nodes": list(prompt.plan.at_hand), "prompt_id": prompt.id, "timestamp": start},
        ],
        [kind, {**said, "timestamp": end}],
    ]


def ending(prompt: Prompt) -> tuple[str, dict[str, Any]]:
    """The last message of a prompt that has ended, without its time."""
    if prompt.stage is Stage.DONE:
        return "execution_success", {"prompt_id": prompt.id}
    kinds = dict(prompt.plan.nodes)
    fault = _at_fault(prompt)
    where = {
        "prompt_id": prompt.id,
        "node_id": fault.node,
        "node_type": kinds.get(fault.node, ""),
        "executed": list(outputs(prompt)),
    }
    if prompt.stage is Stage.CANCELLED:
        return "execution_interrupted", where
    return "execution_error", where | {
        "exception_message": fault.message or "The picture could not be drawn.",
        "exception_type": ERROR_TYPE,
        "traceback": [],
        "current_inputs": {},
        "current_outputs": list(outputs(prompt)),
    }


def _at_fault(prompt: Prompt) -> Part:
    return next(part for part in prompt.parts if part.stage is prompt.stage)


STATUS = {
    Stage.WAITING: "pending",
    Stage.RUNNING: "in_progress",
    Stage.DONE: "completed",
    Stage.FAILED: "failed",
    Stage.CANCELLED: "cancelled",
}


def job(prompt: Prompt, *, whole: bool = False) -> dict[str, Any]:
    """/api/jobs: one prompt, whatever its state; `whole`: with its outputs and its workflow."""
    made = outputs(prompt)
    pictures = [(node, one) for node, shown in made.items() for one in shown["images"]]
    kept = sorted(pictures, key=lambda pair: pair[1]["type"] != "output")
    found: dict[str, Any] = {
        "id": prompt.id,
        "status": STATUS[prompt.stage],
        "priority": prompt.number,
        "create_time": milliseconds(prompt.created_at),
        "outputs_count": len(pictures),
    }
    workflow = _workflow_id(prompt.extra)
    if workflow is not None:
        found["workflow_id"] = workflow
    if prompt.stage.is_final and prompt.was_begun:
        told = messages(prompt)
        found["execution_start_time"] = told[0][1]["timestamp"]
        found["execution_end_time"] = told[-1][1]["timestamp"]
        if prompt.stage is Stage.FAILED:
            found["execution_error"] = told[-1][1]
    if kept:
        node, one = kept[0]
        found["preview_output"] = one | {"nodeId": node, "mediaType": "images"}
    if whole:
        entry = history(prompt) if prompt.stage.is_final else {"status": None}
        found["outputs"] = made
        found["execution_status"] = entry["status"]
        found["workflow"] = {"prompt": dict(prompt.workflow), "extra_data": item(prompt)[3]}
    return found


def _workflow_id(extra: Mapping[str, Any]) -> Any:
    """Whatever a client put there: everything may be of another type."""
    info = extra.get("extra_pnginfo")
    workflow = info.get("workflow") if isinstance(info, dict) else None
    return workflow.get("id") if isinstance(workflow, dict) else None
