"""What the log tells, and what it and an answer never do."""

import json

from tests.serve.api.serving import PIN, raw, until


def test_logs_hold_no_words_keys_pins_or_paths(served, client):
    secret = "a very special turquoise unicorn"
    client.post("/v1/jobs", json={"text": secret})
    client.post("/v1/words", json={"text": secret, "blorp": secret})
    client.get(f"/v1/jobs/{secret}")
    client.get("/v1/jobs", params={"state": secret})
    client.post("/v1/session", json={"key": "pawlette_secretsecret"})
    client.post("/v1/adult", json={"pin": "97531"})
    client.get("/v1/jobs", headers={"Authorization": "Bearer pawlette_secretsecret"})
    raw(served, b"GET /unicorn\x00 HTTP/1.1\r\n\r\n")
    chance = ("time", "ms", "request_id", "error_id")  # figures and random names may hold any four digits
    told = [{name: said for name, said in line.items() if name not in chance} for line in served.logged()]
    text = json.dumps(told)
    for hidden in ("unicorn", "turquoise", "secretsecret", "97531", PIN):
        assert hidden not in text
    line = next(line for line in served.logged() if line.get("route") == "/v1/jobs" and line["status"] == 202)
    assert set(line) == {"time", "level", "event", "method", "route", "status", "ms", "request_id", "owner"}


def test_a_fault_is_an_id_and_no_sentence(served, client, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("/secret/path and a prompt")

    monkeypatch.setattr(served.desk.store, "page", broken)
    answer = client.get("/v1/jobs")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (500, "internal_error")
    assert len(answer.headers["x-request-id"]) == 32
    fault = until(
        lambda: next((line for line in served.logged() if line.get("error_id") == error["error_id"]), None)
    )
    assert fault["kind"] == "RuntimeError"
    assert any("broken" in frame for frame in fault["frames"])
    assert "secret" not in answer.text + json.dumps(fault)
