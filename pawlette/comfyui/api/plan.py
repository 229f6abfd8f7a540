"""A workflow that was posted -> what is queued of it. Pure but for the Studio's gate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pawlette.comfyui.api.desk import NewPrompt, Plan, Shown
from pawlette.comfyui.faults import bad_workflow, shown
from pawlette.comfyui.graph import Graph, in_order, parse, sources
from pawlette.comfyui.lazy import what_runs
from pawlette.comfyui.reader import WorkflowJobs, read_workflow
from pawlette.errors import BadWorkflow
from pawlette.studio import Studio

SECRET = ("auth_token_comfy_org", "api_key_comfy_org")  # of extra_data: never kept
PREVIEWS = 4  # of each picture, where the client asks for any
LONGEST_CLIENT = 200  # characters


def plan_of(
    body: Mapping[str, Any], studio: Studio, once: str | None = None
) -> tuple[NewPrompt, dict[str, Any]]:
    """From the body of POST /prompt: what to queue, and the node_errors of outputs that are left out.

    `once`: as of NewPrompt. Raises BadWorkflow.
    """
    if body.get("prompt") is None:
        raise bad_workflow("no_prompt", "the body has no prompt")
    workflow, extra = body["prompt"], body.get("extra_data") or {}
    if not isinstance(extra, dict):
        raise bad_workflow("invalid_prompt", f"extra_data is an object; got {shown(extra)}")
    client = body.get("client_id") or extra.get("client_id")
    if client is not None and not (isinstance(client, str) and len(client) <= LONGEST_CLIENT):
        raise bad_workflow("invalid_prompt", f"client_id is a short text; got {shown(client)}")
    graph = what_runs(parse(workflow))
    read = read_workflow(workflow, studio)
    outputs = [delivery.node for delivery in read.deliveries]
    order, _ = in_order(graph, outputs)
    plan = Plan(
        tuple((id, graph[id].class_type) for id in order),
        tuple(
            Shown(one.node, one.kind, one.drawing.node, _path(graph, one.drawing.node, one.node))
            for one in read.deliveries
        ),
        client,
    )
    kept = {name: value for name, value in extra.items() if name not in SECRET}
    wants_previews = extra.get("preview_method") not in (None, "none", "default")
    new = NewPrompt(
        _id(body.get("prompt_id")), plan, _pictures(read), workflow, kept,
        previews=PREVIEWS if wants_previews else 0, front=bool(body.get("front")), once=once,
    )  # fmt: skip
    return new, read.node_errors


def _pictures(read: WorkflowJobs) -> tuple[tuple[str, Any], ...]:
    """Each drawing once, however many nodes show it."""
    drawings = {delivery.drawing.node: delivery.drawing for delivery in read.deliveries}
    return tuple((node, accepted) for node, drawing in drawings.items() for accepted in drawing.accepted)


def _path(graph: Graph, drawer: str, output: str) -> tuple[str, ...]:
    order, _ = in_order(graph, [output])
    reached, path = {drawer}, []
    for id in order:
        if id not in reached and any(source in reached for source in sources(graph[id])):
            reached.add(id)
            path.append(id)
    return tuple(path)


def _id(given: Any) -> str | None:
    """A UUID in its canonical form, which also names the first picture's file."""
    if given is None:
        return None
    try:
        canonical = str(uuid.UUID(given)) == given
    except (ValueError, TypeError, AttributeError):
        canonical = False
    if not canonical:
        raise bad_id(f"prompt_id is a UUID such as {uuid.UUID(int=0)}; got {shown(given)}")
    return str(given)


def bad_id(details: str) -> BadWorkflow:
    return bad_workflow("invalid_prompt_id", details)
