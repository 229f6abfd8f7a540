"""The Comfy API v2 on a real server over the fake model: jobs, events, pictures, refusals; and its own SDK."""

import json
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from pawlette.cli_comfyui import comfyui_routes
from tests.cli_comfyui.comfy import CONFIG, comfy, unfinished
from tests.comfyui.stock import stock
from tests.serve.api.fake_desk import BROKEN
from tests.serve.api.serving import serving, until

JOBS, ASSETS = "/api/v2/jobs", "/api/v2/assets"


def ask(client, workflow=None, **headers):
    answer = client.post(JOBS, json={"workflow": workflow or stock()}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def ended(client, job):
    ends = ("succeeded", "failed", "canceled")
    return until(lambda: (one := client.get(job["urls"]["self"]).json())["status"] in ends and one)


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert answer.json()["error"].keys() == {"code", "message", "details"}
    return answer.json()["error"]


@contextmanager
def held(served):
    served.desk.hold.set()
    try:
        yield
    finally:
        served.desk.hold.clear()


def test_a_job_is_drawn_and_fetched(served, client):
    job = ask(client)
    assert uuid.UUID(job["id"])
    assert job["urls"] == {at: f"{JOBS}/{job['id']}{end}" for at, end in
                           (("self", ""), ("events", "/events"), ("cancel", "/cancel"))}  # fmt: skip
    done = ended(client, job)
    assert done["status"] == "succeeded"
    assert done["error"] is None
    assert done["progress"]["value"] == 1.0
    assert done["progress"]["nodes_done"] == done["progress"]["nodes_total"] == 10
    times = [
        datetime.fromisoformat(done[name])
        for name in ("created_at", "started_at", "completed_at", "expires_at")
    ]
    assert times == sorted(times)
    assert (times[3] - times[2]).days == 30
    (output,) = done["outputs"]
    picture = client.get(output["url"])
    assert output["url"] == f"{served.url}{ASSETS}/{output['id']}/content"
    assert (output["node_id"], output["type"], output["size_bytes"]) == ("10", "image", len(picture.content))
    assert picture.content.startswith(b"\x89PNG")
    part = client.get(output["url"], headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"\x89PNG")
    about = client.get(f"{ASSETS}/{output['id']}").json()
    assert (about["size_bytes"], about["job_id"], about["hash"]) == (len(picture.content), job["id"], None)
    assert client.get(f"{JOBS}/{job['id']}/workflow").json() == {"workflow": stock(), "format": "api"}
    assert client.get(f"/history/{job['id']}").json()[job["id"]]["outputs"]["10"]["images"]  # the same queue


def frames(client, job):
    with client.stream("GET", job["urls"]["events"]) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return parsed("".join(answer.iter_text()))


def parsed(text):
    whole = [one.split("\n") for one in text.split("\n\n") if one and not one.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in whole]


def test_events_tell_the_way_of_a_job(served, client):
    with unfinished(served) as text, ExitStack() as stack:
        with held(served):
            job = ask(client, stock(text))
            assert job["status"] == "queued"
            assert (job["queue_position"], job["progress"], job["started_at"]) == (1, None, None)
            answer = stack.enter_context(client.stream("GET", job["urls"]["events"]))
        heard = ""
        for part in answer.iter_text():
            heard += part
            if "event: preview" in heard:
                served.desk.go.set()
    told = parsed(heard)
    kinds = [kind for kind, _ in told]
    assert told[0] == ("status", {"status": "queued", "queue_position": 1})
    assert told[-1] == ("status", {"status": "succeeded"})
    assert kinds[-2] == "output"  # clients stop at the last status
    assert {"progress", "preview"} < set(kinds)
    preview = next(data for kind, data in told if kind == "preview")
    assert (preview["node_id"], preview["content_type"]) == ("8", "image/jpeg")
    values = [data["value"] for kind, data in told if kind == "progress"]
    assert values == sorted(values)
    assert (
        next(data for kind, data in told if kind == "progress" and data["step"])["current_node_class"]
        == "KSampler"
    )
    again = frames(client, job)
    assert [kind for kind, _ in again] == ["progress", "output", "status"]


def test_a_failure_stands_in_the_job_and_its_events(client):
    job = ask(client, stock(_8={"seed": BROKEN}))
    error = ended(client, job)["error"]
    assert (error["code"], error["node_id"], error["class_type"]) == ("node_execution_error", "8", "KSampler")
    assert error["message"]
    kinds = frames(client, job)
    assert kinds[-1] == ("status", {"status": "failed"})
    assert ("log", {"level": "error", "message": error["message"]}) in kinds


def test_a_job_is_canceled_waiting_or_running(served, client):
    with held(served):
        job = ask(client)
        assert client.post(job["urls"]["cancel"]).json()["status"] == "canceled"
    running = ask(client, stock("an elephant"))
    until(lambda: client.get(running["urls"]["self"]).json()["status"] == "running")
    assert client.post(running["urls"]["cancel"]).json()["status"] == "canceled"
    assert client.post(running["urls"]["cancel"]).json()["status"] == "canceled"
    assert frames(client, running)[-1] == ("status", {"status": "canceled"})
    done = ask(client)
    ended(client, done)
    assert client.post(done["urls"]["cancel"]).json()["status"] == "succeeded"


def test_a_key_is_used_once(client):
    key = {"idempotency-key": "once"}
    first = ask(client, **key)
    refused(client.post(JOBS, json={"workflow": stock()}, headers=key), 422, "idempotency_key_reuse")
    other = {"workflow": stock("a happy cat")}
    refused(client.post(JOBS, json=other, headers=key), 422, "idempotency_key_reuse")
    assert client.get(JOBS).json()["jobs"][0]["id"] == first["id"]
    bad = client.post(JOBS, json=other, headers={"idempotency-key": "x" * 256})
    refused(bad, 400, "invalid_request")


def test_a_key_stays_used_after_a_restart(tmp_path):
    body, key = {"workflow": stock()}, {"idempotency-key": "k"}
    with comfy(tmp_path) as served, served.client() as client:
        served.desk.hold.set()
        job = ask(client, **key)
    with comfy(tmp_path) as served, served.client() as client:
        refused(client.post(JOBS, json=body, headers=key), 422, "idempotency_key_reuse")
        assert ended(client, job)["status"] == "succeeded"


def test_jobs_are_listed_from_the_newest_on(served, client):
    with held(served):
        ids = [ask(client, stock(_7={"batch_size": 2}))["id"] for _ in range(3)]
        pages, cursor = [], ""
        for _ in range(2):
            answer = client.get(f"{JOBS}?limit=2{cursor}").json()
            pages.append([one["id"] for one in answer["jobs"]])
            cursor = f"&cursor={answer.get('next_cursor')}"
        assert pages[0] == ids[:0:-1]
        assert pages[1][0] == ids[0]
        job = client.get(f"{JOBS}?status=queued").json()["jobs"][0]
        assert (job["status"], job["create_time"]) == ("queued", job["created_at"])
        for id in ids:
            client.post(f"{JOBS}/{id}/cancel")
    assert ids[0] in [one["id"] for one in client.get(f"{JOBS}?status=canceled").json()["jobs"]]
    refused(client.get(f"{JOBS}?status=nice"), 400, "invalid_request")
    refused(client.get(f"{JOBS}?limit=0"), 400, "invalid_request")
    refused(client.get(f"{JOBS}?cursor=x"), 400, "invalid_cursor")
    refused(client.get(f"{JOBS}?metadata[a]=b"), 422, "invalid_metadata_filter")


UI = {"nodes": [], "links": [], "last_node_id": 0, "version": 0.4}
ASSET = {"__type": "core/ASSET", "info": {"id": "x"}}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_request"), (b"[]", 400, "invalid_request"), (b"{}", 422, "invalid_workflow"),
        ({"workflow": {}}, 422, "invalid_workflow"), ({"workflow": UI}, 422, "workflow_format_ui"),
        ({"workflow": stock(), "webhook_url": "http://x"}, 422, "invalid_request"),
        ({"workflow": stock(), "metadata": {"a": "b"}}, 422, "metadata_not_supported"),
        ({"workflow": stock(), "extra_data": {"a": "b"}}, 400, "invalid_request"),
        ({"workflow": {"1": {"class_type": "Load", "inputs": {"image": ASSET}}}}, 422, "missing_asset"),
        ({"workflow": {"1": {"class_type": "Nothing", "inputs": {}}}}, 422, "invalid_workflow"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body_is_said(client, body, status, code):
    content = body if isinstance(body, bytes) else json.dumps(body)
    refused(client.post(JOBS, content=content, headers={"content-type": "application/json"}), status, code)


def test_a_refusal_of_words_stands_at_its_node(client):
    error = refused(
        client.post(JOBS, json={"workflow": stock("a dead cat with blood")}), 422, "invalid_workflow"
    )
    assert error["details"]["node_errors"]["5"]["errors"][0]["extra_info"]["input_name"] == "text"


def test_a_workflow_is_queued_wholly_or_not_at_all(served, client):
    workflow = stock()
    workflow["11"] = {"class_type": "PreviewImage", "inputs": {"images": ["12", 0]}}
    before = client.get(JOBS).json()
    error = refused(client.post(JOBS, json={"workflow": workflow}), 422, "invalid_workflow")
    assert list(error["details"]["node_errors"]) == ["11"]
    assert client.get(JOBS).json() == before


def test_nothing_is_uploaded_deleted_or_found_by_hash(client):
    files = {"file": ("a.png", b"x")}
    refused(client.post(ASSETS, files=files), 403, "forbidden")
    refused(client.post(f"{ASSETS}/from-hash", json={"hash": "blake3:0"}), 404, "blob_not_found")
    assert client.head(f"{ASSETS}/by-hash/blake3:0").status_code == 404
    id = ended(client, ask(client))["outputs"][0]["id"]
    refused(client.delete(f"{ASSETS}/{id}"), 403, "forbidden")
    for nothing in (str(uuid.uuid4()), "..%2f..", "jobs.db"):
        for path in (
            f"{ASSETS}/{nothing}",
            f"{ASSETS}/{nothing}/content",
            f"{JOBS}/{nothing}",
            f"{JOBS}/{nothing}/events",
        ):
            assert client.get(path).status_code == 404


def test_a_full_queue_says_when_to_come_back(tmp_path):
    with serving(tmp_path, CONFIG, routes=comfyui_routes, most_queued=1) as served, served.client() as client:
        with held(served):
            ask(client)
            full = client.post(JOBS, json={"workflow": stock()}, headers={"idempotency-key": "k"})
            refused(full, 429, "queue_full")
            assert int(full.headers["retry-after"]) >= 1
        until(lambda: client.get("/prompt").json()["exec_info"]["queue_remaining"] == 0)
        until(
            lambda: (
                client.post(JOBS, json={"workflow": stock()}, headers={"idempotency-key": "k"}).status_code
                == 201
            )
        )


def test_with_keys_each_sees_their_own(tmp_path):
    with comfy(tmp_path, replace(CONFIG, key_needed=True)) as served:
        ada, bob = (served.keys.new(name) for name in ("ada", "bob"))
        with served.client() as nobody:
            refused(nobody.post(JOBS, json={"workflow": stock()}), 401, "unauthorized")
        with (
            served.client(authorization=f"Bearer {ada}") as hers,
            served.client(authorization=f"Bearer {bob}") as his,
        ):
            job = ask(hers)
            output = ended(hers, job)["outputs"][0]
            for path in (
                job["urls"]["self"],
                job["urls"]["events"],
                output["url"],
                f"{ASSETS}/{output['id']}",
            ):
                refused(his.get(path), 404, "not_found")
            refused(his.post(job["urls"]["cancel"]), 404, "not_found")
            assert his.get(JOBS).json() == {"jobs": []}


def test_studio_mode_needs_an_adult_and_streams_are_counted(tmp_path):
    limits = replace(CONFIG.limits, listeners_of_one=0)
    with (
        comfy(tmp_path, replace(CONFIG, studio_mode=True, limits=limits)) as served,
        served.client() as client,
    ):
        refused(client.post(JOBS, json={"workflow": stock()}), 403, "forbidden")
        client.post("/v1/adult", json={"pin": "2468"})
        job = ask(client)
        refused(client.get(job["urls"]["events"]), 429, "too_many_streams")
        ended(client, job)
        refused(client.get(f"{JOBS}/{job['id']}/workflow"), 404, "not_found")  # history is off


def test_the_sdk_itself_draws(served, client, monkeypatch):
    """comfy-sdk 0.5.0, unchanged; a stranger's (MIT), and no part of the development dependencies."""
    comfy_sdk = pytest.importorskip("comfy_sdk", reason="needs comfy-sdk, which is a stranger's")
    monkeypatch.setenv("COMFY_BASE_URL", served.url)
    with comfy_sdk.Comfy() as sdk:
        job = sdk.submit(sdk.workflows.from_json(stock()), idempotency_key="sdk")
        kinds = [type(event).__name__ for event in job.events()]
        assert job.result().outputs[0].to_bytes().startswith(b"\x89PNG")
        assert {"OutputReady", "StatusChange"} <= set(kinds)
        with pytest.raises(comfy_sdk.IdempotencyKeyReuse):
            sdk.submit(sdk.workflows.from_json(stock()), idempotency_key="sdk")
        assert job.id in [one.id for one in sdk.list_jobs()]
