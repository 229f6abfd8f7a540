"""Prompts, their queue, history and pictures, and what is refused, on a real server over the fake model."""

import json
import time
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli_comfyui.comfy import heard, history, listening, queue
from tests.comfyui.stock import stock
from tests.comfyui.test_graph import JSON
from tests.serve.api.fake_desk import BROKEN
from tests.serve.api.serving import until


def test_its_routes_have_names_in_the_log_and_the_metrics(served, client):
    history(client, queue(client, stock()))
    client.get("/api/object_info/KSampler")
    wanted = {"/prompt", "/history/{id}", "/api/object_info/{kind}"}

    def told():
        return {one["route"] for one in served.logged() if one["event"] == "request"}

    until(lambda: wanted <= told())  # a line is written once its answer is out
    assert "-" not in told()
    assert (
        'pawlette_http_requests_total{method="POST",route="/prompt",status="200"}'
        in client.get("/metrics").text
    )


def test_a_workflow_is_drawn_and_fetched(client):
    id = queue(client, stock(), extra_data={"extra_pnginfo": {"workflow": {"id": "w"}}})
    entry = history(client, id)
    number, same, workflow, extra, outputs = entry["prompt"]
    assert (same, workflow, outputs) == (id, stock(), ["10"])
    assert number > 0
    assert extra["extra_pnginfo"] == {"workflow": {"id": "w"}}
    assert abs(extra["create_time"] / 1000 - time.time()) < 100
    assert entry["status"]["status_str"] == "success"
    assert entry["status"]["completed"] is True
    assert [kind for kind, _ in entry["status"]["messages"]] == [
        "execution_start", "execution_cached", "execution_success",
    ]  # fmt: skip
    assert entry["meta"] == {
        "10": {"node_id": "10", "display_node": "10", "parent_node": None, "real_node_id": "10"}
    }
    (picture,) = entry["outputs"]["10"]["images"]
    assert picture["type"] == "output"
    assert picture["subfolder"] == ""
    answer = client.get("/view", params=picture)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert client.get("/api/view", params=picture).content == answer.content


def test_several_pictures_and_outputs_of_one_prompt(client):
    workflow = stock(_7={"batch_size": 3})
    workflow["11"] = {"class_type": "PreviewImage", "inputs": {"images": ["9", 0]}}
    entry = history(client, queue(client, workflow))
    assert [one["type"] for one in entry["outputs"]["10"]["images"]] == ["output"] * 3
    assert [one["filename"] for one in entry["outputs"]["11"]["images"]] == [
        one["filename"] for one in entry["outputs"]["10"]["images"]
    ]


def test_a_refusal_stands_at_its_node(client):
    answer = client.post("/prompt", json={"prompt": stock("a dead cat with blood")})
    assert answer.status_code == 400
    told = answer.json()
    assert told["error"]["type"] == "prompt_outputs_failed_validation"
    (error,) = told["node_errors"]["5"]["errors"]
    assert error["type"] == "custom_validation_failed"
    assert error["extra_info"]["input_name"] == "text"
    assert told["node_errors"]["5"]["dependent_outputs"] == ["10"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "invalid_prompt"), (b"{", "invalid_prompt"), (b"[]", "invalid_prompt"), (b'"\\ud800"', "invalid_prompt"),
        (b"{}", "no_prompt"), (b'{"prompt": {}}', "no_prompt"), (b'{"prompt": 3}', "invalid_prompt"),
        (b'{"prompt": {"1": {"class_type": "Nothing", "inputs": {}}}}', "missing_node_type"),
        (b'{"prompt": {"1": {"class_type": "VAELoader", "inputs": {"vae_name": "x"}}}}', "prompt_no_outputs"),
        (json.dumps({"prompt": stock(), "prompt_id": "../../x"}).encode(), "invalid_prompt_id"),
        (json.dumps({"prompt": stock(), "prompt_id": str(uuid.uuid4()).upper()}).encode(), "invalid_prompt_id"),
        (json.dumps({"prompt": stock(), "client_id": 5}).encode(), "invalid_prompt"),
        (json.dumps({"prompt": stock(), "extra_data": []}).encode()[:-1] + b',"extra_data":3}', "invalid_prompt"),
        (json.dumps({"prompt": stock(), "extra_data": {"x": "\ud800"}}).encode(), "invalid_prompt"),
        (b'{"prompt": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "invalid_prompt"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/prompt", "/api/prompt"])
def test_what_is_wrong_with_a_body_is_said(client, body, kind, address):
    answer = client.post(address, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, kind)
    assert answer.json()["error"].keys() == {"type", "message", "details", "extra_info"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_is_too_odd(client, data):
    """Parts of a whole prompt replaced by any JSON: an answer of 200 or 400, never a fault of ours."""
    body = {"prompt": stock(), "client_id": "x", "extra_data": {"preview_method": "auto"}}
    place = data.draw(st.sampled_from([body, body["extra_data"], body["prompt"], *body["prompt"].values()]))
    place[data.draw(st.sampled_from([*place, "extra_pnginfo"]))] = data.draw(JSON)
    answer = client.post("/prompt", content=json.dumps(body))
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        assert client.get(f"/api/jobs/{answer.json()['prompt_id']}").status_code == 200


@pytest.mark.parametrize("path", ["/queue", "/history", "/interrupt", "/free"])
@pytest.mark.parametrize("body", [b"[1]", b"nope", b'{"delete": 3, "clear": 1, "prompt_id": []}'])
def test_other_bodies_are_answered_cleanly(client, path, body):
    answer = client.post(path, content=body)
    assert answer.status_code in (200, 400)


def test_a_client_chooses_an_id_once(client):
    id = str(uuid.uuid4())
    assert queue(client, stock(), prompt_id=id) == id
    assert queue(client, stock(), prompt_id=id) == id  # a repetition
    other = client.post("/prompt", json={"prompt": stock("a happy cat"), "prompt_id": id})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "invalid_prompt_id")
    assert len(history(client, id)["outputs"]["10"]["images"]) == 1


def test_the_queue_is_seen_and_emptied(served, client):
    served.desk.hold.set()
    try:
        first, second, third = (queue(client, stock(text)) for text in ("a happy cat", "a panda", "a fox"))
        told = client.get("/queue").json()
        assert [one[1] for one in told["queue_pending"]] == [first, second, third]
        assert told["queue_pending"][0][2] == stock("a happy cat")
        assert told["queue_running"] == []
        assert client.get("/prompt").json() == {"exec_info": {"queue_remaining": 3}}
        assert client.post("/queue", json={"delete": [second]}).status_code == 200
        assert [one[1] for one in client.get("/api/queue").json()["queue_pending"]] == [first, third]
        assert [one["status"] for one in client.get("/api/jobs?status=pending").json()["jobs"]] == [
            "pending"
        ] * 2
        assert client.post("/queue", json={"clear": True}).status_code == 200
        assert client.get("/queue").json() == {"queue_running": [], "queue_pending": []}
        assert client.get(f"/history/{second}").json() == {}
    finally:
        served.desk.hold.clear()


def test_a_failed_picture_is_an_error_at_its_node(served, client):
    with listening(served, "liz") as line:
        id = queue(client, stock(_8={"seed": BROKEN}), client_id="liz")
        error = next(one["data"] for one in heard(line) if one["type"] == "execution_error")
    assert (error["prompt_id"], error["node_id"], error["node_type"]) == (id, "8", "KSampler")
    assert error["exception_message"]
    assert error["traceback"] == []
    assert history(client, id)["status"]["completed"] is False
    assert client.get(f"/api/jobs/{id}").json()["status"] == "failed"


def test_history_is_listed_and_deleted(client):
    id = queue(client, stock())
    picture = history(client, id)["outputs"]["10"]["images"][0]
    assert list(client.get("/history?max_items=1").json()) == [id]
    assert client.get("/history?max_items=abc").status_code == 400
    assert (
        client.get("/api/jobs?limit=1").json()["jobs"][0]["preview_output"]["filename"] == picture["filename"]
    )
    whole = client.get(f"/api/jobs/{id}").json()
    assert whole["workflow"]["prompt"] == stock()
    assert whole["outputs"]["10"]["images"] == [picture]
    assert client.post("/history", json={"delete": [id]}).status_code == 200
    assert client.get(f"/history/{id}").json() == {}
    assert client.get("/view", params=picture).status_code == 404
    assert client.post("/history", json={"clear": True}).status_code == 200
    assert client.get("/history").json() == {}
    assert client.get("/history/nothing").json() == {}


def test_without_history_words_go_and_pictures_stay(served, client):
    served.preferences.change(history=False)
    entry = history(client, queue(client, stock()))
    assert entry["prompt"][2] == {}
    assert "panda" not in json.dumps(entry)
    assert client.get("/view", params=entry["outputs"]["10"]["images"][0]).status_code == 200


@pytest.mark.parametrize(
    "query", ["", "filename=jobs.db", "filename=../jobs.db", "filename=%2fetc%2fpasswd", f"filename={'0' * 32}.png",
              f"filename={'0' * 32}.png&subfolder=..", f"filename={'0' * 32}.png&type=input"],
)  # fmt: skip
def test_only_pictures_are_viewed(client, query):
    assert client.get(f"/view?{query}").status_code == 404


def test_what_a_frontend_asks_for(client):
    info = client.get("/object_info").json()
    sampler = info["KSampler"]
    assert sampler["input_order"]["required"] == list(sampler["input"]["required"])
    assert sampler["input"]["required"]["sampler_name"] == [["euler"], {"default": "euler"}]
    assert info["UNETLoader"]["input"]["required"]["unet_name"][0] == "STRING"  # any name will do
    assert info["KSampler"]["input"]["required"]["model"] == ["MODEL", {}]
    assert info["SaveImage"]["output_node"] is True
    assert info["VAEDecode"]["output"] == ["IMAGE"]
    assert client.get("/object_info/KSampler").json() == {"KSampler": sampler}
    assert client.get("/object_info/Nothing").json() == {}
    stats = client.get("/system_stats").json()
    assert stats["system"]["argv"] == []
    assert stats["system"]["ram_total"] > 0
    assert stats["devices"]
    assert client.get("/features").json() == {"supports_preview_metadata": True}
    assert client.get("/embeddings").json() == client.get("/extensions").json() == []
    assert client.post("/free", json={"unload_models": True}).status_code == 200
    assert client.post("/free").status_code == 200
    assert client.post("/upload/image", files={"image": ("a.png", b"x")}).status_code == 403


def test_an_unchanged_client_from_pypi(served, client, tmp_path):
    wrapper = pytest.importorskip(
        "comfy_api_simplified", reason="needs comfy_api_simplified, which is a stranger's"
    )
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(stock()))
    api = wrapper.ComfyApiWrapper(f"{served.url}/")
    (picture,) = api.queue_and_wait_images(wrapper.ComfyWorkflowWrapper(str(file)), "SaveImage").values()
    assert picture.startswith(b"\x89PNG")
