"""A workflow in ComfyUI's UI format, parsed: nodes, sockets, links and subgraphs. Knows no kind of node.

Strict about what is used, within the bounds of graph.py; positions, colours and groups are left unread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.faults import bad_workflow, shown
from pawlette.comfyui.graph import MAX_INPUTS, MAX_NAME, MAX_NODES, check_bounds, load_json
from pawlette.errors import BadWorkflow

INPUT_NODE, OUTPUT_NODE = -10, -20  # the pseudo nodes at a subgraph's two ends
MUTED, BYPASSED = 2, 4


@dataclass(frozen=True, slots=True)
class Socket:
    """An input or output of a node, as it was saved."""

    name: str
    type: str
    link: int | None  # of an input
    widget: str | None  # the name of the widget that this input is


@dataclass(frozen=True, slots=True)
class UiNode:
    """A node as it was saved; `values` are its widgets', by position or by name."""

    id: int | str
    type: str
    mode: int
    title: str | None
    inputs: Sequence[Socket]
    outputs: Sequence[Socket]
    values: Sequence[Any]
    named: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class UiLink:
    """From an output to an input."""

    origin: int | str
    origin_slot: int
    target: int | str
    target_slot: int


@dataclass(frozen=True, slots=True)
class UiGraph:
    """The top of a workflow, or the inside of a subgraph, whose own sockets `inputs` and `outputs` are."""

    nodes: Mapping[int | str, UiNode]
    links: Mapping[int, UiLink]
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()

    def into(self, target: int | str, slot: int) -> UiLink | None:
        """The link that ends there."""
        return next(
            (one for one in self.links.values() if one.target == target and one.target_slot == slot), None
        )


@dataclass(frozen=True, slots=True)
class UiWorkflow:
    top: UiGraph
    subgraphs: Mapping[str, UiGraph]


def is_ui_format(workflow: Any) -> bool:
    return isinstance(workflow, dict) and isinstance(workflow.get("nodes"), list)


def parse_ui(workflow: Any) -> UiWorkflow:
    """From JSON text or what JSON gave; raises BadWorkflow saying where."""
    if isinstance(workflow, str | bytes):
        workflow = load_json(workflow)
    else:
        check_bounds(workflow)
    if not is_ui_format(workflow):
        raise bad_workflow("invalid_prompt", "it is not in the UI format: that has a list of nodes")
    definitions = workflow.get("definitions")
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    top = _graph(workflow, "the workflow")
    inner = {
        _text(one.get("id"), "a subgraph's id"): _graph(one, f"subgraph {shown(one.get('id'))}")
        for one in _objects(subgraphs or [], "subgraphs")
    }
    return UiWorkflow(top, _with_own_ids(top, inner, workflow.get("last_node_id")))


def _with_own_ids(top: UiGraph, inner: Mapping[str, UiGraph], last: Any) -> dict[str, UiGraph]:
    """Every node of a workflow has an id of its own; the editor renumbers those in subgraphs that come again."""
    used = set(top.nodes)
    newest = max([0, *(id for id in used if isinstance(id, int)), *([last] if isinstance(last, int) else [])])
    graphs = {}
    for name, graph in inner.items():
        new: dict[int | str, int | str] = {}
        for id in graph.nodes:
            if id in used:
                newest += 1
                new[id] = newest
            used.add(new.get(id, id))
        graphs[name] = _renumbered(graph, new) if new else graph
    return graphs


def _renumbered(graph: UiGraph, new: Mapping[int | str, int | str]) -> UiGraph:
    nodes = (dataclasses.replace(node, id=new.get(id, id)) for id, node in graph.nodes.items())
    links = {
        id: dataclasses.replace(
            one, origin=new.get(one.origin, one.origin), target=new.get(one.target, one.target)
        )
        for id, one in graph.links.items()
    }
    return dataclasses.replace(graph, nodes={node.id: node for node in nodes}, links=links)


def _graph(given: Mapping[str, Any], where: str) -> UiGraph:
    nodes = [_node(one, where) for one in _objects(given.get("nodes"), f"{where}: nodes")]
    if len(nodes) > MAX_NODES:
        raise bad_workflow("invalid_prompt", f"{where} has {len(nodes)} nodes; at most {MAX_NODES} are read")
    by_id = {node.id: node for node in nodes}
    if len(by_id) < len(nodes):
        raise bad_workflow("invalid_prompt", f"{where}: two nodes have one id")
    links = given.get("links") or []
    if not isinstance(links, list) or len(links) > MAX_NODES * 16:
        raise bad_workflow("invalid_prompt", f"{where}: links are a list")
    return UiGraph(
        by_id,
        dict(_link(one, where) for one in links if one is not None),
        [_text(one.get("name"), where) for one in _objects(given.get("inputs") or [], f"{where}: inputs")],
        [_text(one.get("name"), where) for one in _objects(given.get("outputs") or [], f"{where}: outputs")],
    )


def _node(given: Mapping[str, Any], where: str) -> UiNode:
    id = _id(given.get("id"), where)
    where = f"{where}: node {id}"
    mode, title, named = given.get("mode", 0), given.get("title"), given.get("widgets_values_named")
    if not isinstance(mode, int):
        raise bad_workflow("invalid_prompt", f"{where}: mode is a number; got {shown(mode)}")
    values = given.get("widgets_values")
    if isinstance(values, dict):  # some packs save theirs by name
        values, named = [], values
    if not isinstance(values, list | None) or not isinstance(named, dict | None):
        raise bad_workflow("invalid_prompt", f"{where}: widgets_values are a list; got {shown(values)}")
    return UiNode(
        id,
        _text(given.get("type"), f"{where}: type"),
        mode,
        title if isinstance(title, str) else None,
        [_socket(one, where) for one in _objects(given.get("inputs") or [], f"{where}: inputs")],
        [_socket(one, where) for one in _objects(given.get("outputs") or [], f"{where}: outputs")],
        values or [],
        named,
    )


def _socket(given: Mapping[str, Any], where: str) -> Socket:
    link, widget, type = given.get("link"), given.get("widget"), given.get("type", "*")
    if not isinstance(link, int | None):
        raise bad_workflow("invalid_prompt", f"{where}: a link is a number; got {shown(link)}")
    name = _text(given.get("name"), f"{where}: a socket's name")
    own = widget.get("name") if isinstance(widget, dict) else None
    # Old files save a choice's whole list as its type, and -1 for events.
    return Socket(name, type if isinstance(type, str) else "*", link, own if isinstance(own, str) else None)


def _link(given: Any, where: str) -> tuple[int, UiLink]:
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
    parts = [given.get(key) for key in keys] if isinstance(given, dict) else given
    match parts:
        case [int(id), int() | str(), int(), int() | str(), int(), *_]:
            return id, UiLink(*parts[1:5])
    raise bad_workflow(
        "invalid_prompt", f"{where}: a link is [id, from, slot, to, slot, type]; got {shown(given)}"
    )


def _objects(given: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_workflow("invalid_prompt", f"{where}: a list of objects belongs here; got {shown(given)}")
    if len(given) > max(MAX_INPUTS, MAX_NODES):
        raise bad_workflow("invalid_prompt", f"{where}: {len(given)} are too many")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or len(given) > MAX_NAME:
        raise _no_name(given, where)
    return given


def _id(given: Any, where: str) -> int | str:
    if isinstance(given, bool) or not isinstance(given, int | str) or len(str(given)) > MAX_NAME:
        raise _no_name(given, f"{where}: a node's id")
    return given


def _no_name(given: Any, where: str) -> BadWorkflow:
    return bad_workflow(
        "invalid_prompt", f"{where} is a name of at most {MAX_NAME} characters; got {shown(given)}"
    )
