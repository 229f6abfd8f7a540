"""A Graph -> what its outputs would draw, worked out without drawing. Knows no Studio and no gate.

Each node is evaluated once, sources first, into frozen values; what is wrong is noted at the node where it is.
"""

from dataclasses import dataclass, field
from typing import Any

from pawlette.comfyui.definitions import ANY, DEFINITIONS, Definition, Input
from pawlette.comfyui.faults import Fault, Faulty, bad_workflow, input_fault, shown
from pawlette.comfyui.graph import BadLink, Graph, Link, Node, in_order
from pawlette.comfyui.nodes import NODES
from pawlette.comfyui.values import Output, Value


@dataclass(slots=True)
class Evaluated:
    """Values of every node that could be evaluated, and the faults of those that could not."""

    values: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)  # inputs that no definition has, as "6.name"


def evaluate(graph: Graph) -> Evaluated:
    """Work out every output; raises BadWorkflow where a kind of node is unknown or nothing is an output."""
    check_kinds(graph)
    outputs = [id for id, node in graph.items() if DEFINITIONS[node.class_type].is_output]
    if not outputs:
        raise bad_workflow(
            "prompt_no_outputs", "nothing in it saves or shows pictures (SaveImage, PreviewImage …)"
        )
    order, circle = in_order(graph, outputs)
    found = Evaluated()
    for id in order:
        if id in circle:
            found.faults[id] = [Fault("dependency_cycle", f"node {shown(id)} needs its own output")]
            continue
        node = graph[id]
        inputs = _inputs(graph, node, DEFINITIONS[node.class_type], found)
        if inputs is not None:
            _run(node, inputs, found)
    return found


def check_kinds(graph: Graph) -> None:
    """Raise BadWorkflow naming every node of an unknown kind."""
    unknown = {id: node for id, node in graph.items() if node.class_type not in DEFINITIONS}
    if not unknown:
        return
    errors = {
        id: {
            "errors": [Fault("missing_node_type", shown(node.class_type)).to_dict()],
            "dependent_outputs": [],
            "class_type": node.class_type,
        }
        for id, node in unknown.items()
    }
    id, node = next(iter(unknown.items()))
    names = ", ".join(dict.fromkeys(shown(one.class_type) for one in unknown.values()))
    extra = {"node_id": id, "class_type": node.class_type, "node_title": node.title}
    raise bad_workflow("missing_node_type", f"{names} (node {shown(id)})", errors, **extra)


def _inputs(graph: Graph, node: Node, definition: Definition, found: Evaluated) -> dict[str, Any] | None:
    """Every input's value; None where one cannot be had."""
    values: dict[str, Any] = {}
    faults, whole = list[Fault](), True
    for name, wanted in definition.inputs.items():
        given = node.inputs.get(name)
        try:
            if name not in node.inputs:
                if not wanted.optional:
                    raise Faulty(input_fault("required_input_missing", name, ""))
                values[name] = wanted.default
            elif isinstance(given, Link):
                value = _linked(graph, name, given, wanted, found)
                if value is None:
                    whole = False  # what is wrong stands at the source already
                else:
                    values[name] = value.data if wanted.type != ANY else value
            elif isinstance(given, BadLink):
                raise Faulty(
                    input_fault(
                        "bad_linked_input", name, f"{shown(given.received)} is no link",
                        received_value=given.received,
                    )
                )  # fmt: skip
            else:
                values[name] = _literal(given) if wanted.type == ANY else wanted.read(name, given)
        except Faulty as faulty:
            faults.append(faulty.fault)
    found.unread += [f"{node.id}.{name}" for name in node.inputs if name not in definition.inputs]
    if faults:
        found.faults.setdefault(node.id, []).extend(faults)
    return values if whole and not faults else None


def _literal(given: Any) -> Value:
    """What is written where anything may be linked."""
    kind = {str: "STRING", bool: "BOOLEAN", int: "INT", float: "FLOAT"}.get(type(given), ANY)
    return Value(kind, given)


def _linked(graph: Graph, name: str, link: Link, wanted: Input, found: Evaluated) -> Value | None:
    config, there = wanted.config(), graph.get(link.node)
    given = [link.node, link.slot]
    outputs = () if there is None else DEFINITIONS[there.class_type].outputs
    if there is None or not 0 <= link.slot < len(outputs):
        what = "there is no such node" if there is None else f"{there.class_type} has {len(outputs)} outputs"
        raise Faulty(
            input_fault(
                "bad_linked_input", name, f"{shown(given)}: {what}", input_config=config, received_value=given
            )
        )
    values = found.values.get(link.node)
    if values is None:
        return None
    value = values[link.slot]
    if wanted.type not in (ANY, value.type):
        details = f"{value.type} is linked where {wanted.type} belongs"
        extra = {"input_config": config, "received_type": value.type, "linked_node": given}
        raise Faulty(input_fault("return_type_mismatch", name, details, **extra))
    return Value(value.type, wanted.read(name, value.data)) if wanted.is_widget else value


def _run(node: Node, inputs: dict[str, Any], found: Evaluated) -> None:
    try:
        made = NODES[node.class_type](node, inputs)
    except Faulty as faulty:
        found.faults.setdefault(faulty.node or node.id, []).append(faulty.fault)
        return
    types = DEFINITIONS[node.class_type].outputs
    if isinstance(made, Output):
        found.outputs[node.id] = made
        made = (made.pictures,) * len(types)
    found.values[node.id] = tuple(
        one if isinstance(one, Value) else Value(type, one) for type, one in zip(types, made, strict=True)
    )
