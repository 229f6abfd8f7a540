"""A workflow in ComfyUI's UI format -> the API format, as the editor's own export gives it. Pure.

Subgraphs are laid open ("76:6" is node 6 in node 76), promoted widgets lend their values, bypassed nodes pass matching
types through, and what only the editor knows (notes, reroutes, primitives, muted nodes) is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.faults import bad_workflow
from pawlette.comfyui.graph import MAX_NODES
from pawlette.comfyui.ui_format import (
    BYPASSED,
    INPUT_NODE,
    MUTED,
    OUTPUT_NODE,
    Socket,
    UiGraph,
    UiNode,
    UiWorkflow,
    parse_ui,
)
from pawlette.comfyui.widgets import widget_values

NOTES = ("Note", "MarkdownNote")
REROUTE, PRIMITIVE = "Reroute", "PrimitiveNode"
EDITORS_OWN = (*NOTES, REROUTE, PRIMITIVE)
MAX_NESTING = 16  # subgraphs in subgraphs
MAX_HOPS = 200  # along one link, through reroutes and bypasses


@dataclass(frozen=True, slots=True)
class Scope:
    """A graph in its place: which node of which outer scope it stands in."""

    graph: UiGraph
    prefix: str = ""
    outer: Scope | None = None
    host: UiNode | None = None

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1


@dataclass(frozen=True, slots=True)
class Reference:
    """A link's other end: a node that stays, and its output."""

    id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A link's other end: a value, of a primitive or a promoted widget."""

    value: Any


Source = Reference | Literal | None  # None: nothing is there


def to_api(workflow: Any, object_info: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The API format of a workflow, given as JSON text or as what JSON gave.

    `object_info` is a server's answer to GET /object_info, for kinds of node that are not stock. Raises BadWorkflow.
    """
    return _Converter(parse_ui(workflow), object_info).converted()


class _Converter:
    def __init__(self, workflow: UiWorkflow, info: Mapping[str, Any] | None) -> None:
        self.workflow, self.info = workflow, info

    def converted(self) -> dict[str, Any]:
        api: dict[str, Any] = {}
        for scope, node in self._leaves(Scope(self.workflow.top)):
            api[scope.prefix + str(node.id)] = {
                "inputs": self._inputs(scope, node),
                "class_type": node.type,
                "_meta": {"title": node.title or self._shown_name(node)},
            }
            if len(api) > MAX_NODES:
                raise bad_workflow(
                    "invalid_prompt", f"laid open it has more than {MAX_NODES} nodes; so many are read"
                )
        return _without_lost_links(api)

    def _shown_name(self, node: UiNode) -> str:
        kind = (self.info or {}).get(node.type)
        shown = kind.get("display_name") if isinstance(kind, dict) else None
        return shown if isinstance(shown, str) and shown else node.type

    def _leaves(self, scope: Scope) -> Iterator[tuple[Scope, UiNode]]:
        """Every node that is run, inside of subgraphs too."""
        if scope.depth > MAX_NESTING:
            raise bad_workflow("invalid_prompt", f"subgraphs are nested more than {MAX_NESTING} deep")
        for node in scope.graph.nodes.values():
            if node.mode in (MUTED, BYPASSED) or node.type in EDITORS_OWN:
                continue
            inside = self._inside(scope, node)
            if inside is None:
                yield scope, node
            else:
                yield from self._leaves(inside)

    def _inside(self, scope: Scope, node: UiNode) -> Scope | None:
        graph = self.workflow.subgraphs.get(node.type)
        return None if graph is None else Scope(graph, f"{scope.prefix}{node.id}:", scope, node)

    def _inputs(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        inputs = {name: _wrapped(value) for name, value in widget_values(node, self.info).items()}
        for socket in node.inputs:
            if socket.link is None:
                continue
            source = self._source(scope, node, socket)
            if isinstance(source, Reference):
                inputs[socket.name] = [source.id, source.slot]
            elif isinstance(source, Literal):
                inputs[socket.name] = _wrapped(source.value)
        return inputs

    def _source(self, scope: Scope, node: UiNode, socket: Socket, hops: int = 0) -> Source:
        """What an input is linked to, behind whatever only the editor knows."""
        link = scope.graph.links.get(socket.link) if socket.link is not None else None
        if link is None:
            return None
        return self._origin(scope, link.origin, link.origin_slot, socket.type, hops)

    def _origin(self, scope: Scope, origin: int | str, slot: int, type: str, hops: int) -> Source:
        if hops > MAX_HOPS:
            raise bad_workflow(
                "invalid_prompt",
                f"a link goes through more than {MAX_HOPS} reroutes, bypasses or subgraphs, perhaps in a circle",
            )
        if origin == INPUT_NODE:
            return self._from_outside(scope, slot, hops + 1)
        node = scope.graph.nodes.get(origin)
        if node is None or node.mode == MUTED:
            return None
        if node.mode == BYPASSED:
            through = _bypass(node, slot, type)
            return None if through is None else self._source(scope, node, through, hops + 1)
        if node.type == REROUTE:
            return self._source(scope, node, node.inputs[0], hops + 1) if node.inputs else None
        if node.type == PRIMITIVE:
            return Literal(node.values[0]) if node.values else None
        inside = self._inside(scope, node)
        if inside is None:
            return Reference(scope.prefix + str(node.id), slot)
        end = inside.graph.into(OUTPUT_NODE, slot)
        return None if end is None else self._origin(inside, end.origin, end.origin_slot, type, hops + 1)

    def _from_outside(self, scope: Scope, slot: int, hops: int) -> Source:
        """What stands at a subgraph's own input: a link from outside, or the value of its promoted widget."""
        if scope.outer is None or scope.host is None or not 0 <= slot < len(scope.graph.inputs):
            return None
        name = scope.graph.inputs[slot]
        socket = next((one for one in scope.host.inputs if one.name == name), None)
        if socket is not None and socket.link is not None:
            return self._source(scope.outer, scope.host, socket, hops)
        promoted = self._promoted(scope)
        return Literal(promoted[name]) if name in promoted else None

    def _promoted(self, scope: Scope) -> Mapping[str, Any]:
        """The values that a subgraph's node keeps for its inputs; older files keep them in the nodes inside."""
        host = scope.host
        assert host is not None
        if host.named is not None:
            return host.named
        if not host.values:
            return {}
        names = [name for slot, name in enumerate(scope.graph.inputs) if self._is_widget(scope.graph, slot)]
        if len(names) != len(host.values):
            raise bad_workflow(
                "invalid_prompt",
                f"node {host.id}: {len(host.values)} values for {len(names)} promoted widgets; save it anew",
            )
        return dict(zip(names, host.values, strict=True))

    def _is_widget(self, graph: UiGraph, slot: int) -> bool:
        for link in graph.links.values():
            if link.origin == INPUT_NODE and link.origin_slot == slot and link.target in graph.nodes:
                sockets = graph.nodes[link.target].inputs
                if 0 <= link.target_slot < len(sockets) and sockets[link.target_slot].widget is not None:
                    return True
        return False


def _bypass(node: UiNode, slot: int, type: str) -> Socket | None:
    """The input that a bypassed node hands on: the one beside the output if it fits, else the first that does."""
    wanted = node.outputs[slot].type if 0 <= slot < len(node.outputs) else type
    beside = node.inputs[slot] if 0 <= slot < len(node.inputs) else None
    if beside is not None and _fits(beside.type, wanted):
        return beside
    return next((one for one in node.inputs if _fits(one.type, wanted)), None)


def _fits(one: str, other: str) -> bool:
    if "*" in (one, other):
        return True
    return bool(
        {part.strip().lower() for part in one.split(",")}
        & {part.strip().lower() for part in other.split(",")}
    )


def _wrapped(value: Any) -> Any:
    """A list would read as a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _without_lost_links(api: dict[str, Any]) -> dict[str, Any]:
    for node in api.values():
        node["inputs"] = {
            name: one for name, one in node["inputs"].items() if not isinstance(one, list) or one[0] in api
        }
    return api
