"""What is wrong with a workflow, in the shape that ComfyUI answers with. Knows no workflow and no node.

An entry of `node_errors` is {"errors": [{type, message, details, extra_info}], "dependent_outputs": [ids],
"class_type": name}; `error` has the same four keys and speaks of the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pawlette.errors import BadWorkflow

MESSAGES = {
    "required_input_missing": "A required input is missing",
    "bad_linked_input": "A link is [node id, output slot] of a node that is there",
    "return_type_mismatch": "The linked output is of another type than the input",
    "invalid_input_type": "The value cannot be read as the input's type",
    "value_smaller_than_min": "The value is below the least allowed",
    "value_bigger_than_max": "The value is above the most allowed",
    "value_not_in_list": "The value is none of those offered",
    "custom_validation_failed": "The node cannot be drawn like this",
    "dependency_cycle": "The links go round in a circle",
    "missing_node_type": "This kind of node is not known here",
    "prompt_no_outputs": "Nothing in the workflow saves or shows a picture",
    "prompt_outputs_failed_validation": "No output of the workflow can be drawn",
    "invalid_prompt": "The workflow cannot be read",
    "no_prompt": "There is no workflow",
    "invalid_prompt_id": "The prompt cannot have this id",
}
LONGEST_SHOWN = 120  # characters of a value that came, in a message


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `type` is one of MESSAGES."""

    type: str
    details: str
    extra_info: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "message": MESSAGES[self.type],
            "details": self.details,
            "extra_info": dict(self.extra_info),
        }


class Faulty(Exception):
    """Inside the reader: an input that cannot be used, on its way to the node that it belongs to."""

    def __init__(self, fault: Fault, node: str | None = None) -> None:
        super().__init__(fault.details)
        self.fault, self.node = fault, node  # node: where it is not the one at hand


def input_fault(kind: str, name: str, details: str, **extra: Any) -> Fault:
    """A fault of one input; `details` begin with its name, as ComfyUI's do."""
    return Fault(kind, f"{name}: {details}" if details else name, {"input_name": name} | extra)


def shown(value: object) -> str:
    """A value that came, cut to a length that a message can carry."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"


def bad_workflow(
    kind: str, details: str, node_errors: Mapping[str, Any] | None = None, **extra: Any
) -> BadWorkflow:
    """The error that ends the reading of a whole workflow."""
    fault = Fault(kind, details, extra)
    return BadWorkflow(f"{MESSAGES[kind]}: {details}", error=fault.to_dict(), node_errors=node_errors)
