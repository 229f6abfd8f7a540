"""Requests made from our own description, valid and not: no fault, no hang, every answer as described."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="needs the dev dependencies")
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from pawlette.serve.api.config import Config  # noqa: E402
from tests.serve.api.serving import PIN, serving  # noqa: E402

FEW, MANY = 1, 60
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          unsupported_method)  # fmt: skip
ENDLESS = "/v1/events"
QUIET = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck), "database": None}


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    limits = replace(
        Config().limits,
        pictures_burst=1e9,
        requests=1e9,
        requests_burst=1e9,
        wait_seconds=20,
        listeners=10_000,
    )
    with serving(tmp_path_factory.mktemp("described"), Config(limits=limits), most_queued=10**6) as served:
        with served.client() as adult:
            adult.post("/v1/adult", json={"pin": PIN})
            cookie = adult.cookies["pawlette_session"]
        yield served, cookie


def try_all(described, mode, examples):
    """Send so many requests to every operation; how many there were."""
    served, cookie = described
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json").exclude(path=ENDLESS)
    sent = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=examples, **QUIET)
        def answer(case):
            case.call_and_validate(
                checks=CHECKS,
                headers={"Cookie": f"pawlette_session={cookie}"},
                timeout=30,
                base_url=served.url,
            )
            sent[case.operation.label] += 1

        if mode is GenerationMode.POSITIVE or can_be_wrong(operation):
            answer()
    with served.client() as client:
        assert client.get("/livez").text == "ok"
    assert not [line for line in served.logged() if line["event"] == "fault"]
    return sent


def can_be_wrong(operation):
    return bool(operation.body or operation.query or operation.path_parameters)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_few_requests_of_every_kind(described, mode):
    assert sum(try_all(described, mode, FEW).values()) >= 20


@pytest.mark.slow
def test_two_thousand_requests_of_every_kind(described):
    sent = sum((try_all(described, mode, MANY) for mode in GenerationMode), Counter())
    print(f"\n{sum(sent.values())} requests to {len(sent)} operations")
    assert sum(sent.values()) >= 2000, sent


def test_the_description_names_every_route_and_no_error_of_the_frameworks_own(described):
    served, _ = described
    with served.client() as client:
        found = client.get("/openapi.json").json()
    for path in ("/v1/jobs", "/v1/images/generations", "/v1/words", "/v1/events", "/readyz", "/metrics"):
        assert path in found["paths"]
    assert "HTTPValidationError" not in found["components"]["schemas"]
    for path, operations in found["paths"].items():
        for operation in operations.values():
            assert operation["responses"]["429"]["content"]["application/json"]["schema"]["$ref"].endswith(
                "ErrorAnswer"
            )
            assert ("security" in operation) == (path not in ("/livez", "/readyz", "/v1/pictures/{job}"))
