"""ComfyUI's API on a real server over the fake model: prompts, queue, history, pictures, messages, refusals."""

import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the [serve] extra")
pytest.importorskip("apsw", reason="needs the [serve] extra")
pytest.importorskip("websockets", reason="needs the [serve] extra")
from dataclasses import replace

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pawlette.cli_comfyui import PROGRAMS, SOCKETS, comfyui_routes
from pawlette.serve.api.config import Config
from tests.comfyui.stock import stock
from tests.comfyui.test_graph import JSON
from tests.serve.api.fake_desk import BROKEN
from tests.serve.api.serving import serving, until
from tests.test_cli_serve import start

ROOT = Path(__file__).parent.parent
WIDE = replace(Config().limits, pictures_burst=1e6, requests=1e6, requests_burst=1e6)
CONFIG = Config(limits=WIDE, programs=PROGRAMS, sockets=SOCKETS)


@contextmanager
def comfy(folder, config=CONFIG):
    with serving(folder, config, routes=comfyui_routes) as served:
        yield served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with comfy(tmp_path_factory.mktemp("comfy")) as one:
        yield one


@pytest.fixture
def client(served):
    served.preferences.change(history=True)
    with served.client() as one:
        yield one


@contextmanager
def listening(served, client_id, **more):
    with connect(f"ws://127.0.0.1:{served.port}/ws?clientId={client_id}", proxy=None, **more) as line:
        yield line


def heard(line):
    """Messages up to the end of a prompt."""
    found = []
    while True:
        message = line.recv(timeout=15)
        found.append(message if isinstance(message, bytes) else json.loads(message))
        if (
            not isinstance(message, bytes)
            and found[-1]["type"] == "executing"
            and not found[-1]["data"]["node"]
        ):
            return found


def queue(client, workflow, **body):
    answer = client.post("/prompt", json={"prompt": workflow, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["prompt_id"]


def history(client, id):
    return until(lambda: client.get(f"/history/{id}").json())[id]


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


ORDER = [
    "status", "status", "execution_start", "execution_cached", "progress_state", "executing", "progress_state",
    "progress", "progress_state", "progress_state", "executing", "progress_state", "progress_state", "executing",
    "executed", "progress_state", "execution_success", "status", "executing",
]  # fmt: skip


def test_messages_come_in_comfyuis_order(served, client):
    with listening(served, "ada") as line, listening(served, "bob") as other:
        hello = json.loads(line.recv(timeout=15))
        assert hello["type"] == "status"
        assert hello["data"]["sid"] == "ada"
        id = queue(client, stock(), client_id="ada")
        messages = heard(line)
        seen = json.loads(other.recv(timeout=15))
        others = {seen["type"]} | {json.loads(other.recv(timeout=15))["type"] for _ in range(2)}
    assert [one["type"] for one in messages] == ORDER
    assert {one["data"]["prompt_id"] for one in messages if one["type"] != "status"} == {id}
    nodes = [one["data"]["node"] for one in messages if one["type"] == "executing"]
    assert nodes == ["8", "9", "10", None]
    cached = next(one["data"]["nodes"] for one in messages if one["type"] == "execution_cached")
    assert set(cached) == {"1", "2", "3", "4", "5", "6", "7"}
    executed = next(one["data"] for one in messages if one["type"] == "executed")
    assert executed["output"] == history(client, id)["outputs"]["10"]
    assert others == {"status"}


def test_all_is_as_in_a_recording_of_a_real_comfyui(served, client):
    """Of the same workflow; there the loader runs, the Draw node says its text and begins with step 0."""
    real = json.loads((ROOT / "tests/comfyui/data/api_0_8_0.json").read_text())
    workflow = json.loads((ROOT / "workflows/cute_animal_for_kids_pawlette_api.json").read_text())
    with listening(served, "rec") as line:
        first = json.loads(line.recv(timeout=15))
        id = queue(client, workflow, client_id="rec", extra_data=real["history"]["prompt"][3])
        messages = [first, *(one for one in heard(line) if not isinstance(one, bytes))]
    ours = [[one["type"], one["data"].get("node"), sorted(one["data"])] for one in messages]
    there = [one for one in real["messages"] if one[0] != "preview"]
    at = there.index(["executing", "1", ["display_node", "node", "prompt_id"]])
    there = there[: at - 1] + there[at + 2 :]  # the loader: its start and end
    there = [one for one in there if one[:2] != ["executed", "2"]]

    def without_steps(told):
        """The fake model's worker tells few steps: how many there are is not compared."""
        kept = [
            one for at, one in enumerate(told)
            if one[0] != "progress" and not (one[0] == "progress_state" and [*told, [""]][at + 1][0] == "progress")
        ]  # fmt: skip
        return kept

    assert without_steps(ours) == without_steps(there)
    assert next(one for one in ours if one[0] == "progress") == next(
        one for one in there if one[0] == "progress"
    )
    entry, recorded = history(client, id), real["history"]
    del recorded["outputs"]["2"], recorded["meta"]["2"]
    assert shape(entry) == shape(recorded)
    jobs = client.get("/api/jobs?limit=1").json()
    assert shape(jobs["jobs"][0]) == shape(real["job"])
    assert jobs["pagination"].keys() == real["pagination"].keys()


def shape(value):
    """Keys, lengths and kinds of values."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items() if key != "nodes"}
    if isinstance(value, list):
        return [{} if at == 2 and len(value) == 5 else shape(one) for at, one in enumerate(value)]
    return type(value).__name__


def test_previews_and_steps_are_told(served, client):
    with listening(served, "eve") as line:
        line.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        assert [json.loads(line.recv(timeout=15))["type"] for _ in range(2)] == ["status", "feature_flags"]
        queue(client, stock(), client_id="eve", extra_data={"preview_method": "auto"})
        messages = heard(line)
    previews = [one for one in messages if isinstance(one, bytes)]
    assert previews
    length = int.from_bytes(previews[0][4:8])
    assert previews[0][:4] == b"\0\0\0\4"
    assert json.loads(previews[0][8 : 8 + length])["node_id"] == "8"
    assert previews[0][8 + length :].startswith(b"\xff\xd8")
    values = [
        one["data"]["value"] for one in messages if not isinstance(one, bytes) and one["type"] == "progress"
    ]
    assert values == sorted(values)
    assert values[-1] == 8
    assert len(values) > 2


def test_a_plain_client_gets_previews_without_metadata(served, client):
    with listening(served, "max") as line:
        queue(client, stock(), client_id="max", extra_data={"preview_method": "auto"})
        messages = heard(line)
    assert next(one for one in messages if isinstance(one, bytes))[:8] == b"\0\0\0\1\0\0\0\1"


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


def test_an_interrupted_prompt_says_so(served, client):
    with listening(served, "ida") as line:
        id = queue(client, stock("an elephant"), client_id="ida")
        until(lambda: [one[1] for one in client.get("/queue").json()["queue_running"]] == [id])
        assert client.post("/interrupt").status_code == 200
        kinds = [one["type"] for one in heard(line)]
    assert kinds[-3:] == ["execution_interrupted", "status", "executing"]
    status = history(client, id)["status"]
    assert status["status_str"] == "error"
    assert status["messages"][-1][0] == "execution_interrupted"
    assert status["messages"][-1][1]["node_id"] == "8"


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


def raw(served, path, body=b"{}", **headers):
    request = urllib.request.Request(served.url + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_programs_may_call_json_what_they_like_and_browsers_not(served):
    body = json.dumps({"prompt": stock()}).encode()
    assert raw(served, "/prompt", body) == 200  # as urllib calls it: a form
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        page = {"Content-Type": kind, "Origin": served.url}
        assert raw(served, "/prompt", body, **page) == 415
        assert raw(served, "/prompt", body, **{"Content-Type": kind, "Sec-Fetch-Site": "none"}) == 415
    json_ = {"Content-Type": "application/json"}
    assert raw(served, "/prompt", body, **json_, Origin=served.url) == 200
    for origin in ("null", "http://evil.example", served.url + ".evil.example"):
        assert raw(served, "/prompt", body, **json_, Origin=origin) == 403
    assert raw(served, "/prompt", body, Host="evil.example") == 421
    assert raw(served, "/prompt", body + b" " * 2**20) == 413
    assert raw(served, "/v1/jobs", b'{"text": "a cat"}') == 415  # elsewhere as before


@pytest.mark.parametrize("headers", [{"Origin": "null"}, {"Origin": "http://evil.example"}])
def test_foreign_pages_open_no_socket(served, headers):
    with pytest.raises(InvalidStatus), listening(served, "x", additional_headers=headers):
        pass


def test_no_socket_elsewhere(served):
    for address in (f"ws://127.0.0.1:{served.port}/v1/events", f"ws://evil.example:{served.port}/ws"):
        there = socket.create_connection(("127.0.0.1", served.port))
        with there, pytest.raises(InvalidStatus), connect(address, proxy=None, sock=there):
            pass


def test_who_goes_away_is_no_fault(served, client):
    before = len(served.logged())
    there = socket.create_connection(("127.0.0.1", served.port))
    connect(f"ws://127.0.0.1:{served.port}/ws", proxy=None, sock=there)
    there.shutdown(socket.SHUT_RDWR)
    with listening(served, "y"):
        pass

    def closed():
        lines = served.logged()[before:]
        return lines if sum(one.get("method") == "WEBSOCKET" for one in lines) >= 2 else None

    assert not [one for one in until(closed) if one["event"] == "fault"]


def test_a_queue_survives_a_restart(tmp_path):
    with comfy(tmp_path) as served, served.client() as client:
        served.preferences.change(history=True)
        served.desk.hold.set()
        ids = [queue(client, stock(text), client_id="ada") for text in ("a happy cat", "a panda")]
    with comfy(tmp_path) as served, served.client() as client:
        entries = [history(client, id) for id in ids]
        assert [entry["status"]["status_str"] for entry in entries] == ["success"] * 2
        assert entries[1]["prompt"][2] == stock("a panda")
        assert entries[1]["prompt"][3]["client_id"] == "ada"


def test_with_keys_each_sees_their_own(tmp_path):
    with comfy(tmp_path, replace(CONFIG, key_needed=True)) as served:
        ada, bob = (served.keys.new(name) for name in ("ada", "bob"))
        with served.client() as nobody:
            assert nobody.get("/queue").status_code == 401
            assert nobody.post("/prompt", json={"prompt": stock()}).status_code == 401
        with pytest.raises(InvalidStatus), listening(served, "x"):
            pass
        with listening(served, "x", additional_headers={"Authorization": f"Bearer {ada}"}) as line:
            assert json.loads(line.recv(timeout=15))["type"] == "status"
        with (
            served.client(authorization=f"Bearer {ada}") as hers,
            served.client(authorization=f"Bearer {bob}") as his,
        ):
            id = queue(hers, stock())
            picture = history(hers, id)["outputs"]["10"]["images"][0]
            assert his.get(f"/history/{id}").json() == {} == his.get("/history").json()
            assert his.get("/view", params=picture).status_code == 404
            assert his.get(f"/api/jobs/{id}").status_code == 404


def test_studio_mode_keeps_the_workflow_in_the_picture_and_needs_an_adult(tmp_path):
    config = replace(CONFIG, studio_mode=True)
    with comfy(tmp_path, config) as served, served.client() as client:
        assert client.post("/prompt", json={"prompt": stock()}).status_code == 403
        served.preferences.change(history=True)
        client.post("/v1/adult", json={"pin": "2468"})
        id = queue(
            client,
            stock("a wet cat in the rain", "blurry"),
            extra_data={"extra_pnginfo": {"workflow": {"x": 1}}},
        )
        picture = client.get("/view", params=history(client, id)["outputs"]["10"]["images"][0]).content
        assert b"tEXtprompt\0" in picture
        assert b'tEXtworkflow\0{"x": 1}' in picture
        record = served.desk.page(limit=1).records[0]
        assert record.order.negative == "blurry"


def test_an_unchanged_client_from_pypi(served, client, tmp_path):
    wrapper = pytest.importorskip(
        "comfy_api_simplified", reason="needs comfy_api_simplified, which is a stranger's"
    )
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(stock()))
    api = wrapper.ComfyApiWrapper(f"{served.url}/")
    (picture,) = api.queue_and_wait_images(wrapper.ComfyWorkflowWrapper(str(file)), "SaveImage").values()
    assert picture.startswith(b"\x89PNG")


def test_who_comes_back_hears_the_rest(served, client):
    with listening(served, "zoe") as line:
        id = queue(client, stock("an elephant"), client_id="zoe")
        until(lambda: client.get("/queue").json()["queue_running"])
        assert json.loads(line.recv(timeout=15))["type"] == "status"
    with listening(served, "zoe") as line:
        assert [json.loads(line.recv(timeout=15))["type"] for _ in range(2)] == ["status", "executing"]
        client.post("/interrupt", json={"prompt_id": str(uuid.uuid4())})  # another's: nothing
        client.post("/interrupt", json={"prompt_id": id})
        assert [one["type"] for one in heard(line)][-3:] == ["execution_interrupted", "status", "executing"]


WORKFLOW = json.loads((ROOT / "workflows/cute_animal_for_kids_pawlette_api.json").read_text())


@contextmanager
def real(folder, *args, stop):
    """A server in a process of its own, whose log is read away, and a client of it."""
    process, url = start(folder, "--comfyui", *args)
    log = threading.Thread(target=process.stderr.read, daemon=True)  # a full pipe would hold the server up
    log.start()
    try:
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield client
    finally:
        process.send_signal(stop)
        process.wait(60)
        log.join(60)  # its workers have ended, too
        process.stdout.close()
        process.stderr.close()


def seen(client, path):
    """Not so often that looking holds up the drawing."""
    time.sleep(0.2)
    return client.get(path).json()


@pytest.mark.slow
def test_what_was_queued_before_a_kill_is_drawn_by_the_next_server(tmp_path):
    """A real process with the built-in model, killed while it draws; the next one is asked for the same ids."""
    ids = [str(uuid.uuid4()) for _ in range(3)]
    with real(tmp_path, "--pin", "1357", stop=signal.SIGKILL) as client:
        assert [queue(client, WORKFLOW, prompt_id=id) for id in ids] == ids
        until(lambda: seen(client, "/queue")["queue_running"], 120)
        assert seen(client, f"/history/{ids[2]}") == {}
    with real(tmp_path, stop=signal.SIGTERM) as client:
        entries = [until(lambda id=id: seen(client, f"/history/{id}"), 240)[id] for id in ids]
        assert [entry["status"]["status_str"] for entry in entries] == ["success"] * 3
        for entry in entries:
            picture = client.get("/view", params=entry["outputs"]["3"]["images"][0])
            assert picture.content.startswith(b"\x89PNG")
        assert client.get("/queue").json() == {"queue_running": [], "queue_pending": []}
        assert queue(client, WORKFLOW, prompt_id=ids[0]) == ids[0]  # a repetition, still known
        assert client.get("/prompt").json() == {"exec_info": {"queue_remaining": 0}}
