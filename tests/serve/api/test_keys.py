"""Keys and the PIN: who is let in, and what is told to nobody."""

import pytest

from pawlette.errors import BadJob
from pawlette.serve.api.config import Config
from tests.serve.api.serving import CAT, PIN, code, serving


def test_off_loopback_a_key_is_needed_or_it_does_not_start():
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(BadJob, match="pawlette keys new"):
            Config(host=host).check(has_keys=False)
        Config(host=host).check(has_keys=True)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        Config(host=host).check(has_keys=False)


def test_where_a_key_is_needed_nothing_is_told_without(tmp_path):
    with serving(tmp_path, Config(key_needed=True)) as served:
        key = served.keys.new("ada")
        other = served.keys.new("bo")
        with served.client() as nobody:
            for method, path in (
                ("GET", "/v1/jobs"), ("POST", "/v1/jobs"), ("GET", "/v1/events"), ("POST", "/v1/images/generations"),
                ("GET", "/metrics"), ("POST", "/v1/words"), ("GET", "/v1/vocabulary"), ("GET", "/v1/models"),
            ):  # fmt: skip
                body = {"prompt": "a cat"} if "images" in path else {"text": "a cat"}
                answer = nobody.request(method, path, json=body if method == "POST" else None)
                assert code(answer) == (401, "key_needed"), path
                assert answer.headers["www-authenticate"] == "Bearer"
            assert nobody.get("/v1/settings").json()["owner"] is None
            assert nobody.get("/livez").status_code == 200
            for wrong in ("x", key[:-1], key + "x", "é"):
                headers = {"Authorization": f"Bearer {wrong}".encode("latin-1")}
                assert nobody.get("/v1/jobs", headers=headers).status_code == 401
            assert nobody.post("/v1/session", json={"key": "wrong"}).status_code == 401
            session = nobody.post("/v1/session", json={"key": key})
            assert session.json() == {"owner": "ada", "adult": False}
            cookie = session.headers["set-cookie"].lower()
            assert "httponly" in cookie
            assert "samesite=strict" in cookie
            assert key.lower() not in cookie
            assert nobody.get("/v1/jobs").status_code == 200
            mine = nobody.post("/v1/jobs", json=CAT).json()["jobs"][0]["id"]
            served.keys.drop("ada")
            assert nobody.get("/v1/jobs").status_code == 401
        with served.client(Authorization=f"Bearer {other}") as bo:
            assert bo.get(f"/v1/jobs/{mine}").status_code == 404
            assert bo.post(f"/v1/jobs/{mine}/cancel", json={}).status_code == 404
            assert bo.delete(f"/v1/jobs/{mine}").status_code == 404
            assert bo.get("/v1/jobs").json()["jobs"] == []
            assert bo.get("/v1/queue").json()["jobs"] == []


def test_a_key_that_is_given_is_never_taken_for_none(tmp_path):
    with serving(tmp_path) as served, served.client(Authorization="Bearer wrong") as one:
        assert one.get("/v1/jobs").status_code == 200  # no keys are: the SDK always sends one
        served.keys.new("ada")
        assert code(one.get("/v1/jobs")) == (401, "invalid_api_key")
        with served.client() as local:
            assert local.get("/v1/jobs").status_code == 200


def test_the_pin_is_guessed_five_times(tmp_path):
    with serving(tmp_path) as served, served.client() as one:
        for wrong in ("0000", "1111", "2222", "3333", "4444"):
            assert code(one.post("/v1/adult", json={"pin": wrong})) == (403, "wrong_pin")
        answer = one.post("/v1/adult", json={"pin": PIN})
        assert code(answer) == (429, "rate_limit_exceeded")
        assert 55 <= int(answer.headers["retry-after"]) <= 60
        assert one.get("/v1/settings").json()["adult"] is False


def test_in_studio_mode_only_adults_and_keys_draw(tmp_path):
    with serving(tmp_path, Config(studio_mode=True)) as served:
        with served.client() as child:
            assert child.get("/v1/settings").json()["kid_mode"] is False
            assert code(child.post("/v1/jobs", json=CAT)) == (403, "adult_needed")
            assert code(child.post("/v1/images/generations", json={"prompt": "a cat"})) == (
                403,
                "adult_needed",
            )
            child.post("/v1/adult", json={"pin": PIN})
            assert child.post("/v1/jobs", json=CAT).status_code == 202
        key = served.keys.new("ada")
        with served.client(Authorization=f"Bearer {key}") as one:
            assert one.post("/v1/jobs", json=CAT).status_code == 202
