"""Who asks: programs and browsers, keys, adults in studio mode."""

import json
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from tests.cli_comfyui.comfy import CONFIG, comfy, history, listening, queue
from tests.comfyui.stock import stock
from tests.serve.api.serving import PATIENCE


def raw(served, path, body=b"{}", **headers):
    request = urllib.request.Request(served.url + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
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


def test_with_keys_each_sees_their_own(tmp_path):
    with comfy(tmp_path, replace(CONFIG, key_needed=True)) as served:
        ada, bob = (served.keys.new(name) for name in ("ada", "bob"))
        with served.client() as nobody:
            assert nobody.get("/queue").status_code == 401
            assert nobody.post("/prompt", json={"prompt": stock()}).status_code == 401
        with pytest.raises(InvalidStatus), listening(served, "x"):
            pass
        with listening(served, "x", additional_headers={"Authorization": f"Bearer {ada}"}) as line:
            assert json.loads(line.recv(timeout=PATIENCE))["type"] == "status"
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
