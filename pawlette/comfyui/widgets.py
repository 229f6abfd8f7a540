"""Which of a saved node's values belongs to which of its widgets. Knows kinds of node by tables alone.

The UI format saves values by position. Their names come, in this order, from the values saved by name, from
/object_info where it is given, from our own table of stock nodes, and from the node's own sockets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pawlette.comfyui.definitions import DEFINITIONS, WIDGETS, Input
from pawlette.comfyui.faults import bad_workflow, shown
from pawlette.comfyui.ui_format import UiNode

CONTROL = "control_after_generate"
CONTROLS = ("fixed", "increment", "decrement", "randomize")
SEEDS = ("seed", "noise_seed")
DYNAMIC = "COMFY_DYNAMICCOMBO_V3"
UPLOAD = "upload"  # the button of nodes that take files; the editor saves a value for it


@dataclass(frozen=True, slots=True)
class Widget:
    """A place for a value. `controlled`: another value behind it says how it changes from run to run."""

    name: str
    default: Any = None
    has_default: bool = False
    controlled: bool = False
    choices: Mapping[str, "Sequence[Widget]"] | None = None  # more widgets, by this one's value


def widget_values(node: UiNode, info: Mapping[str, Any] | None) -> dict[str, Any]:
    """By name; raises BadWorkflow where a value's name cannot be told."""
    widgets = widgets_of(node, info)
    if widgets is not None:
        # What is left over belongs to buttons, and to widgets that scripts of the editor add.
        return (
            _from_names(widgets, node.named) if node.named is not None else _assign(widgets, node.values)[0]
        )
    if node.named is not None:
        return {name: one for name, one in node.named.items() if one not in CONTROLS and name != UPLOAD}
    return _by_sockets(node)


def widgets_of(node: UiNode, info: Mapping[str, Any] | None) -> Sequence[Widget] | None:
    """The widgets of a kind of node in order; None for a kind that no table knows."""
    if info is not None and isinstance(info.get(node.type), dict):
        return from_object_info(info[node.type])
    return _own(dict(DEFINITIONS[node.type].widgets())) if node.type in DEFINITIONS else None


def _own(inputs: Mapping[str, Input]) -> list[Widget]:
    """From our table; "mode.name" is there beside one value of "mode" alone."""
    choices: dict[str, dict[str, list[Widget]]] = {}
    for name, one in inputs.items():
        if one.only:
            inner = Widget(name, one.default, one.default is not None, one.controlled)
            choices.setdefault(name.partition(".")[0], {}).setdefault(one.only, []).append(inner)
    return [
        Widget(name, one.default, one.default is not None, one.controlled, choices.get(name))
        for name, one in inputs.items()
        if not one.only
    ]


def from_object_info(kind: Mapping[str, Any]) -> list[Widget]:
    """The widgets that the editor makes of a node's entry in /object_info."""
    groups, order = _object(kind.get("input")), _object(kind.get("input_order"))
    widgets = []
    for group in ("required", "optional"):
        inputs, names = _object(groups.get(group)), order.get(group)
        for name in names if isinstance(names, list) else inputs:
            if isinstance(name, str) and (widget := _widget(name, inputs.get(name))) is not None:
                widgets.append(widget)
    return widgets


def _object(given: Any) -> Mapping[str, Any]:
    """Another server's answer may have anything where an object belongs: then nothing is there."""
    return given if isinstance(given, dict) else {}


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _widget(name: str, spec: Any) -> Widget | None:
    if not isinstance(spec, list) or not spec:
        return None
    type, extra = spec[0], _object(spec[1]) if len(spec) > 1 else {}
    if extra.get("forceInput"):
        return None
    if type == DYNAMIC:
        options = [one for one in _list(extra.get("options")) if isinstance(one, dict)]
        choices = {str(one.get("key")): _inner(name, _object(one.get("inputs"))) for one in options}
        return Widget(name, next(iter(choices), None), bool(choices), choices=choices)
    if not isinstance(type, list) and type not in WIDGETS and "widgetType" not in extra:
        return None
    options = type if isinstance(type, list) else _list(extra.get("options"))
    default = extra.get("default", options[0] if options else None)
    controlled = bool(extra.get(CONTROL)) or (type == "INT" and name in SEEDS)
    return Widget(name, default, "default" in extra or bool(options), controlled)


def _inner(name: str, inputs: Mapping[str, Any]) -> list[Widget]:
    """A choice's own widgets are called "choice.name"."""
    found = []
    for group in ("required", "optional"):
        for inner, spec in _object(inputs.get(group)).items():
            if (widget := _widget(f"{name}.{inner}", spec)) is not None:
                found.append(widget)
    return found


def _from_names(widgets: Sequence[Widget], values: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for widget in widgets:
        if widget.name in values or widget.has_default:
            named[widget.name] = values.get(widget.name, widget.default)
        if widget.choices and (inner := widget.choices.get(str(named.get(widget.name)))):
            named |= _from_names(inner, values)
    return named


def _assign(widgets: Sequence[Widget], values: Sequence[Any]) -> tuple[dict[str, Any], int]:
    """Values by name, and how many were used; what was not saved has its default."""
    named: dict[str, Any] = {}
    at = 0
    for widget in widgets:
        if at < len(values):
            named[widget.name] = values[at]
            at += 1
            if widget.controlled and at < len(values) and values[at] in CONTROLS:
                at += 1
        elif widget.has_default:
            named[widget.name] = widget.default
        if widget.choices and (inner := widget.choices.get(str(named.get(widget.name)))):
            more, used = _assign(inner, values[at:])
            named |= more
            at += used
    return named, at


def _by_sockets(node: UiNode) -> dict[str, Any]:
    """Newer editors save a socket for each widget, in the widgets' order."""
    names = [socket.widget for socket in node.inputs if socket.widget is not None]
    values = list(node.values)
    if len(values) > len(names):
        values = _without_controls(names, values)
    if len(values) != len(names):
        raise bad_workflow(
            "missing_node_type",
            f"node {node.id} of the kind {shown(node.type)} is not known, and its {len(node.values)} values cannot be "
            f"told apart by its {len(names)} sockets; give the server's /object_info",
            node_id=str(node.id),
            class_type=node.type,
        )
    return dict(zip(names, values, strict=True))


def _without_controls(names: Sequence[str], values: Sequence[Any]) -> list[Any]:
    """Without what stands behind a seed."""
    kept, at = list[Any](), 0
    for name in names:
        if at >= len(values):
            break
        kept.append(values[at])
        at += 1
        if name in SEEDS and at < len(values) and values[at] in CONTROLS:
            at += 1
    return [*kept, *values[at:]]
