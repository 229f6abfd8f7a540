"""What comes with a request, read and bounded: JSON bodies, ids, numbers of an address. Knows no route."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from pawlette.comfyui.faults import Fault, bad_workflow, shown
from pawlette.comfyui.graph import load_json
from pawlette.errors import BadWorkflow

MOST_IDS = 1000  # of one deletion


async def json_of(request: Request) -> Any:
    """The body, JSON whatever its Content-Type; raises BadWorkflow."""
    found = load_json(await request.body())
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_workflow("invalid_prompt", "it has half a character (a lone surrogate)") from None
    return found


async def body_of(request: Request, empty: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body, a JSON object; `empty`: what no body at all means. Raises BadWorkflow."""
    if not await request.body() and empty is not None:
        return empty
    found = await json_of(request)
    if not isinstance(found, dict):
        raise bad_workflow("invalid_prompt", f"a body is an object; got {shown(found)}")
    return found


def ids_of(body: Mapping[str, Any], name: str = "delete") -> frozenset[str]:
    ids = body.get(name, [])
    if not isinstance(ids, list) or len(ids) > MOST_IDS or not all(isinstance(id, str) for id in ids):
        raise bad_workflow("invalid_prompt", f"{name} is a list of at most {MOST_IDS} ids; got {shown(ids)}")
    return frozenset(ids)


def truth_of(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_workflow("invalid_prompt", f"{name} is true or false; got {shown(value)}")
    return value


def number_of(request: Request, name: str, default: int, *, least: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", given) or int(given) < least:
        raise bad_query(name, f"is a whole number from {least} on; got {shown(given)}")
    return int(given)


def switch_of(request: Request, name: str, default: bool = False) -> bool:
    given = request.query_params.get(name, str(default)).lower()
    if given not in ("true", "false", ""):
        raise bad_query(name, f"is true or false; got {shown(given)}")
    return given == "true"


def bad_query(name: str, details: str) -> BadWorkflow:
    fault = Fault("invalid_prompt", f"{name} {details}", {"input_name": name})
    return BadWorkflow(fault.details, error=fault.to_dict() | {"message": "The address cannot be read"})
