"""What of a workflow runs at all. Pure: a Graph in, the same Graph without the links that nothing is fetched by.

A switch asks only for the side that it takes, and a node that writes texts is not run here, so that what stands before
it is not looked at either.
"""

import dataclasses

from pawlette.comfyui.graph import Graph, Link, Node

SWITCH, WRITER, TRUTH = "ComfySwitchNode", "TextGenerate", "PrimitiveBoolean"


def what_runs(graph: Graph) -> dict[str, Node]:
    """Every node, with fewer links."""
    return {id: _of(graph, node) for id, node in graph.items()}


def _of(graph: Graph, node: Node) -> Node:
    if node.class_type == WRITER:
        kept = {name: value for name, value in node.inputs.items() if not isinstance(value, Link)}
    elif node.class_type == SWITCH and (needless := _needless(graph, node)) is not None:
        kept = {name: value for name, value in node.inputs.items() if name != needless}
    else:
        return node
    return dataclasses.replace(node, inputs=kept)


def _needless(graph: Graph, node: Node) -> str | None:
    """The side that a switch does not need; None where that is not known before it runs."""
    switch = node.inputs.get("switch")
    if isinstance(switch, Link):
        source = graph.get(switch.node)
        if source is None or source.class_type != TRUTH:
            return None
        switch = source.inputs.get("value")
    return {True: "on_false", False: "on_true"}.get(switch) if isinstance(switch, bool) else None
