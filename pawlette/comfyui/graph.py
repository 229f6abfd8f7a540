"""A workflow in ComfyUI's API format -> a Graph of nodes, literals and links. Knows no kind of node.

The text is a stranger's: its size, its depth and its numbers are bounded here, before anything looks at it.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from pawlette.comfyui.faults import bad_workflow, shown

MAX_BYTES = 4 * 1024**2
MAX_DEPTH = 24
MAX_NODES = 1000
MAX_INPUTS = 256  # of one node
MAX_NAME = 200  # characters of an id, a class or an input's name


@dataclass(frozen=True, slots=True)
class Link:
    """Where an input's value comes from."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class BadLink:
    """A list that is no link; kept until its node is looked at, so that the fault stands there."""

    received: Any


@dataclass(frozen=True, slots=True)
class Node:
    """One node: inputs by name, each a Link, a BadLink or a literal."""

    id: str
    class_type: str
    inputs: Mapping[str, Any]
    title: str


Graph = Mapping[str, Node]


def load_json(source: str | bytes) -> Any:
    """JSON of bounded size and depth, with finite numbers; raises BadWorkflow."""
    if len(source) > MAX_BYTES:
        raise bad_workflow("invalid_prompt", f"it has {len(source)} bytes; at most {MAX_BYTES} are read")
    try:
        loaded = json.loads(source, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise bad_workflow("invalid_prompt", f"it is no JSON: {str(error)[:200]}") from None
    check_bounds(loaded)
    return loaded


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def check_bounds(value: Any) -> None:
    """Raise BadWorkflow for what is nested too deeply, is not finite or is nothing that JSON has."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise bad_workflow("invalid_prompt", f"it is nested more than {MAX_DEPTH} deep")
        if isinstance(one, dict):
            if not all(isinstance(key, str) for key in one):
                raise bad_workflow("invalid_prompt", "a key is no text")
            waiting += [(item, depth + 1) for item in one.values()]
        elif isinstance(one, list):
            waiting += [(item, depth + 1) for item in one]
        elif isinstance(one, float) and not math.isfinite(one):
            raise bad_workflow("invalid_prompt", f"numbers are finite; got {one}")
        elif not isinstance(one, str | int | float | None):
            raise bad_workflow("invalid_prompt", f"{type(one).__name__} is nothing that JSON has")


def parse(workflow: Any) -> dict[str, Node]:
    """The nodes by their ids, from text or from what JSON gave; raises BadWorkflow naming the node at fault."""
    if isinstance(workflow, str | bytes):
        workflow = load_json(workflow)
    else:
        check_bounds(workflow)
    if not isinstance(workflow, dict):
        raise bad_workflow("invalid_prompt", f"a workflow is an object of nodes; got {shown(workflow)}")
    if isinstance(workflow.get("nodes"), list):
        raise bad_workflow("invalid_prompt", "it is in the UI format; convert it first, or export it as API")
    if not workflow:
        raise bad_workflow("no_prompt", "it has no nodes")
    if len(workflow) > MAX_NODES:
        raise bad_workflow("invalid_prompt", f"it has {len(workflow)} nodes; at most {MAX_NODES} are read")
    return {id: _node(id, given) for id, given in workflow.items()}


def _node(id: str, given: Any) -> Node:
    where = f"node {shown(id)}"
    if len(id) > MAX_NAME:
        raise bad_workflow("invalid_prompt", f"{where}: an id has at most {MAX_NAME} characters")
    if not isinstance(given, dict):
        raise bad_workflow("invalid_prompt", f"{where}: a node is an object; got {shown(given)}", node_id=id)
    class_type, inputs, meta = given.get("class_type"), given.get("inputs", {}), given.get("_meta")
    if not isinstance(class_type, str) or not 0 < len(class_type) <= MAX_NAME:
        raise bad_workflow(
            "invalid_prompt", f"{where}: class_type is a name; got {shown(class_type)}", node_id=id
        )
    if not isinstance(inputs, dict) or len(inputs) > MAX_INPUTS:
        raise bad_workflow(
            "invalid_prompt", f"{where}: inputs are an object of at most {MAX_INPUTS}", node_id=id
        )
    title = meta.get("title") if isinstance(meta, dict) else None
    return Node(
        id,
        class_type,
        {name: _value(one) for name, one in inputs.items()},
        title if isinstance(title, str) else class_type,
    )


def _value(given: Any) -> Any:
    """A list is a link; a list that is meant as one stands under "__value__"."""
    if isinstance(given, dict) and given.keys() == {"__value__"}:
        return given["__value__"]
    if not isinstance(given, list):
        return given
    match given:
        case [str(node), int(slot)] if not isinstance(slot, bool):
            return Link(node, slot)
    return BadLink(given)


def sources(node: Node) -> Iterator[str]:
    """The nodes that a node is linked to."""
    return (one.node for one in node.inputs.values() if isinstance(one, Link))


def in_order(graph: Graph, outputs: list[str]) -> tuple[list[str], set[str]]:
    """What the outputs need, sources first, and the nodes that stand in a circle."""
    done: dict[str, bool] = {}  # False: its sources are being looked at
    order, circle = list[str](), set[str]()
    waiting = [(id, False) for id in reversed(outputs)]
    while waiting:
        id, ready = waiting.pop()
        if ready:
            done[id] = True
            order.append(id)
        elif id not in done:
            done[id] = False
            waiting.append((id, True))
            for source in sources(graph[id]):
                if done.get(source) is False:
                    circle.add(source)
                elif source in graph and source not in done:
                    waiting.append((source, False))
    return order, circle
