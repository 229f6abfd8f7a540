"""Prompts in the shapes of the Comfy API v2: jobs, progress, outputs. Pure, but for the sizes that it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pawlette.comfyui.api.answers import file_name
from pawlette.comfyui.api.desk import Part, Prompt, Stage

AT = "/api/v2"
STATUS = {
    Stage.WAITING: "queued",
    Stage.RUNNING: "running",
    Stage.DONE: "succeeded",
    Stage.FAILED: "failed",
    Stage.CANCELLED: "canceled",
}
STATES = (*STATUS.values(), "canceling", "expired")  # the last two are words of this API that never come here
ENDED_BADLY = "The picture could not be drawn."


def time_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def asset_id(job: str) -> str:
    """Of a picture: its job's id, as a UUID."""
    return str(uuid.UUID(hex=job))


def progress(prompt: Prompt, steps: Mapping[str, int] | None = None) -> dict[str, Any] | None:
    """How far all of it is; None while it waits. `steps`: by picture, where more is known than the store has."""
    if not prompt.was_begun:
        return None
    done = {one.job: _steps(one, steps or {}) for one in prompt.parts}
    plan = prompt.plan
    drawn = [node for node in plan.drawers if all(one.stage is Stage.DONE for one in prompt.parts_of(node))]
    finished = {*plan.at_hand, *drawn, *(id for node in drawn for id in plan.after(node))}
    share = sum(min(1.0, done[one.job] / one.steps) for one in prompt.parts) / len(prompt.parts)
    found: dict[str, Any] = {
        "value": round(share, 4), "nodes_done": len(finished), "nodes_total": len(plan.nodes),
        "current_node": None, "current_node_class": None, "step": None, "steps": None, "message": None,
    }  # fmt: skip
    current = next((node for node in plan.drawers if node not in drawn), None)
    if current is not None and not prompt.stage.is_final:
        parts = prompt.parts_of(current)
        step, most, kind = (
            sum(done[one.job] for one in parts) // len(parts),
            parts[0].steps,
            dict(plan.nodes)[current],
        )
        found |= {"current_node": current, "current_node_class": kind, "step": step, "steps": most,
                  "message": f"{kind} {step}/{most}"}  # fmt: skip
    return found


def _steps(part: Part, known: Mapping[str, int]) -> int:
    return part.steps if part.stage is Stage.DONE else max(part.step, known.get(part.job, 0))


def outputs(prompt: Prompt, sizes: Mapping[str, int], base: str, kept: float) -> list[dict[str, Any]]:
    """Each picture that is there, at each node that shows it. `sizes`: bytes by job; `base`: this server's address."""
    return [
        {
            "node_id": shown.node, "name": file_name(part.job), "type": "image", "content_type": "image/png",
            "size_bytes": sizes[part.job], "id": asset_id(part.job), "hash": None,
            "url": f"{base}{AT}/assets/{asset_id(part.job)}/content",
            "url_expires_at": time_of((part.ended_at or 0.0) + kept), "job_id": prompt.id,
        }
        for shown in prompt.plan.shown
        for part in prompt.parts_of(shown.drawer)
        if part.job in sizes
    ]  # fmt: skip


def job(prompt: Prompt, sizes: Mapping[str, int], base: str, kept: float) -> dict[str, Any]:
    """`kept`: seconds for which a picture can be fetched."""
    began = [one.started_at for one in prompt.parts if one.started_at is not None]
    start = min(began, default=None)
    end = max((one.ended_at or 0.0 for one in prompt.parts), default=0.0) if prompt.stage.is_final else None
    places = [one.position for one in prompt.parts if one.position is not None]
    at = f"{AT}/jobs/{prompt.id}"
    return {
        "id": prompt.id,
        "status": STATUS[prompt.stage],
        "created_at": time_of(prompt.created_at),
        "started_at": None if start is None else time_of(start),
        "completed_at": None if end is None else time_of(end),
        "expires_at": time_of((end or prompt.created_at) + kept),
        "queue_position": min(places) + 1 if places and prompt.stage is Stage.WAITING else None,
        "progress": progress(prompt),
        "outputs": outputs(prompt, sizes, base, kept),
        "error": failure(prompt),
        "metrics": {
            "queue_ms": None if start is None else round(1000 * (start - prompt.created_at)),
            "execution_ms": None if start is None or end is None else round(1000 * (end - start)),
        },
        "urls": {"self": at, "events": f"{at}/events", "cancel": f"{at}/cancel"},
    }


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """A job as a list has it: with the names that lists use for its times, too."""
    changed = found["completed_at"] or found["started_at"] or found["created_at"]
    return {**found, "create_time": found["created_at"], "update_time": changed}


def failure(prompt: Prompt) -> dict[str, Any] | None:
    if prompt.stage is not Stage.FAILED:
        return None
    part = next(one for one in prompt.parts if one.stage is Stage.FAILED)
    return {
        "code": "node_execution_error", "message": part.message or ENDED_BADLY, "node_id": part.node,
        "class_type": dict(prompt.plan.nodes).get(part.node, ""), "traceback": None,
    }  # fmt: skip


def status(found: Mapping[str, Any]) -> dict[str, Any]:
    """The event of that name, from a job."""
    told = {"status": found["status"]}
    place = found["queue_position"]
    return told if place is None else {**told, "queue_position": place}
