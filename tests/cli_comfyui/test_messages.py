"""The websocket: messages in ComfyUI's order, as recorded of a real one, previews, and who may listen."""

import json
import socket
import uuid

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.cli_comfyui.comfy import ROOT, heard, history, listening, queue, shown, unfinished
from tests.comfyui.stock import stock
from tests.serve.api.serving import PATIENCE, until

ORDER = [
    "status", "status", "execution_start", "execution_cached", "progress_state", "executing", "progress_state",
    "progress", "progress_state", "progress_state", "executing", "progress_state", "progress_state", "executing",
    "executed", "progress_state", "execution_success", "status", "executing",
]  # fmt: skip


def test_messages_come_in_comfyuis_order(served, client):
    with listening(served, "ada") as line, listening(served, "bob") as other:
        hello = json.loads(line.recv(timeout=PATIENCE))
        assert hello["type"] == "status"
        assert hello["data"]["sid"] == "ada"
        id = queue(client, stock(), client_id="ada")
        messages = heard(line)
        seen = json.loads(other.recv(timeout=PATIENCE))
        others = {seen["type"]} | {json.loads(other.recv(timeout=PATIENCE))["type"] for _ in range(2)}
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
        first = json.loads(line.recv(timeout=PATIENCE))
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
    with unfinished(served) as text, listening(served, "eve") as line:
        line.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        assert [json.loads(line.recv(timeout=PATIENCE))["type"] for _ in range(2)] == [
            "status",
            "feature_flags",
        ]
        queue(client, stock(text), client_id="eve", extra_data={"preview_method": "auto"})
        messages = shown(served, line)
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
    with unfinished(served) as text, listening(served, "max") as line:
        queue(client, stock(text), client_id="max", extra_data={"preview_method": "auto"})
        messages = shown(served, line)
    assert next(one for one in messages if isinstance(one, bytes))[:8] == b"\0\0\0\1\0\0\0\1"


def test_who_comes_back_hears_the_rest(served, client):
    with listening(served, "zoe") as line:
        id = queue(client, stock("an elephant"), client_id="zoe")
        until(lambda: client.get("/queue").json()["queue_running"])
        assert json.loads(line.recv(timeout=PATIENCE))["type"] == "status"
    with listening(served, "zoe") as line:
        assert [json.loads(line.recv(timeout=PATIENCE))["type"] for _ in range(2)] == ["status", "executing"]
        client.post("/interrupt", json={"prompt_id": str(uuid.uuid4())})  # another's: nothing
        client.post("/interrupt", json={"prompt_id": id})
        assert [one["type"] for one in heard(line)][-3:] == ["execution_interrupted", "status", "executing"]


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
