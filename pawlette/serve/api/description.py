"""The OpenAPI description: FastAPI's, with the errors as they are and without those that never come."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pawlette.serve.api.answers import ErrorAnswer
from pawlette.studio import version

COMMON = (
    "400",
    "401",
    "403",
    "404",
    "408",
    "409",
    "413",
    "414",
    "415",
    "421",
    "422",
    "429",
    "431",
    "500",
    "503",
    "507",
)
"""Errors that any route may answer with; what each means stands in docs/serve.md."""
OPEN = frozenset({"/livez", "/readyz", "/v1/pictures/{job}"})


def describe(app: FastAPI) -> None:
    """Replace the application's description; made once, when it is asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title="Pawlette", version=version(), routes=app.routes,
                summary="Cute animals for children, drawn on demand.",
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )  # fmt: skip
            app.openapi_schema = amended(schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def amended(schema: dict[str, Any]) -> dict[str, Any]:
    schemas = schema["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    error = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= error.pop("$defs")
    schemas["ErrorAnswer"] = error
    answer = {
        "description": "An error.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}},
    }
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for status in COMMON:
                operation["responses"].setdefault(status, answer)
            if path in OPEN:
                operation.pop("security", None)
    return schema
