"""Each row of the security table: what is refused, and that what is allowed is not."""

import json
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.errors import BadJob
from pawlette.serve.api import server as server_module
from pawlette.serve.api.config import LOOPBACK, Config, host_name, is_loopback
from pawlette.serve.api.guard import SAFE_HEADERS
from tests.serve.api.serving import PIN, ended, serving, until

CAT = {"text": "a cat", "steps": 1}


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def raw(served, request: bytes, seconds=5.0) -> bytes:
    """What comes back for these bytes, until the server closes."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


# -- Host and Origin -----------------------------------------------------------------------------------------------

HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.2",
    "[::2]",
    "0.0.0.0",
    "localhost:99999",
    "localhost:8470:1",
    "localhost@evil.example",
    "evil.example#localhost",
    "localhost/evil",
    ":80",
    "[::1",
    "[localhost]",
    "loc\tlhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "localhost%00.evil.example",
]


@pytest.mark.parametrize("host", HOSTS)
def test_foreign_names_are_not_answered(client, host):
    assert code(client.get("/v1/settings", headers={"Host": host})) == (421, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1:80", "[::1]:8470", "localhost."])
def test_own_names_are(client, host):
    assert client.get("/v1/settings", headers={"Host": host}).status_code == 200


def test_a_request_without_a_host_or_with_two_is_refused(served):
    assert b" 400 " in raw(served, b"GET /livez HTTP/1.1\r\n\r\n").split(b"\r\n")[0]
    both = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    assert raw(served, both).split(b"\r\n")[0].split()[1] in (b"400", b"431")
    assert b" 421 " in raw(served, b"GET /livez HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


ORIGINS = [
    "null", "http://evil.example", "https://localhost.evil.example", "http://127.0.0.1", "http://localhost:1",
    "file://", "chrome-extension://abc", "http://[", "", "127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/jobs"), ("PATCH", "/v1/settings"), ("DELETE", "/v1/adult")]
)
def test_other_websites_change_nothing(adult, origin, method, path):
    assert code(adult.request(method, path, json=CAT, headers={"Origin": origin})) == (403, "foreign_origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_what_browsers_say_of_other_sites_counts(client, site):
    assert code(client.post("/v1/jobs", json=CAT, headers={"Sec-Fetch-Site": site})) == (
        403,
        "foreign_origin",
    )


def test_the_page_itself_may(served, client):
    for headers in (
        {"Origin": served.url},
        {"Sec-Fetch-Site": "same-origin", "Origin": served.url},
        {"Sec-Fetch-Site": "none"},
    ):
        assert client.post("/v1/words", json={"text": "a cat"}, headers=headers).status_code == 200


def test_no_answer_is_shared_with_other_origins(client):
    answer = client.options(
        "/v1/jobs", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 405
    for one in (answer, client.get("/v1/settings", headers={"Origin": "http://evil.example"})):
        assert not [name for name in one.headers if name.startswith("access-control-")]


def test_every_answer_carries_what_browsers_must_know(client):
    for path in ("/v1/settings", "/nothing", "/livez", "/v1/jobs/x"):
        answer = client.get(path)
        for name in SAFE_HEADERS:
            assert name in answer.headers
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers


def test_sixty_four_requests_have_sixty_four_ids(client):
    assert len({client.get("/livez").headers["x-request-id"] for _ in range(64)}) == 64


# -- bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "application/json; charset=utf-8; x=1",
    ],
)
def test_only_json_is_read(client, kind):
    assert code(client.post("/v1/jobs", content=json.dumps(CAT), headers={"Content-Type": kind})) == (
        415,
        "not_json",
    )


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_is(client, kind):
    answer = client.post("/v1/words", content='{"text": "a cat"}', headers={"Content-Type": kind})
    assert answer.status_code == 200


def test_large_bodies_are_refused_whatever_they_say_of_themselves(served, client):
    large = json.dumps({"text": "a" * 70_000})
    assert code(client.post("/v1/words", content=large, headers={"Content-Type": "application/json"})) == (
        413,
        "body_too_large",
    )

    def parts():
        for _ in range(80):
            yield b" " * 1024

    chunked = client.post("/v1/words", content=parts(), headers={"Content-Type": "application/json"})
    assert code(chunked) == (413, "body_too_large")
    head = b"POST /v1/words HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    assert b" 413 " in raw(served, head + b"99999999999\r\n\r\n").split(b"\r\n")[0]
    assert b" 400 " in raw(served, head + b"9" * 30 + b"\r\n\r\n").split(b"\r\n")[0]
    assert b" 400 " in raw(served, head + b"-5\r\n\r\n").split(b"\r\n")[0]


def test_compressed_bodies_are_not_unpacked(client):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert client.post("/v1/words", content=b"\x1f\x8b" + b"0" * 100, headers=headers).status_code == 415


BOMBS = [
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"text":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    b'{"text": "\\ud800"}',
    b"\xff\xfe{}",
    b'{"text": "\x00"}',
    b"nul",
    b"",
    b"NaN",
    b'{"text": 1e999999}',
    b'{"seed": ' + b"9" * 5000 + b', "text": "a cat"}',
    b'{"text": "a cat", "guidance": Infinity}',
    b'{"text": "a cat", "\\ud800\\udc00": 1}',
    b'{"\\ud800": 1, "text": "a cat"}',
    b'{"text": "a cat", "patience": NaN}',
    b'{"texts": [' + b'"a cat",' * 6000 + b'"a cat"]}',
    ('{"text": "' + "\u202e\u200b" * 900 + '"}').encode(),
    ('{"text": "' + "z\u0335" * 900 + '"}').encode(),
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/words", "/v1/images/generations"])
def test_bombs_are_refused_in_our_shape(client, path, bomb):
    answer = client.post(path, content=bomb, headers={"Content-Type": "application/json"})
    if answer.status_code == 200 and path == "/v1/words":
        assert answer.json()["status"] == "refused"
    else:
        assert 400 <= answer.status_code < 500
        assert set(answer.json()["error"]) >= {"message", "type", "param", "code"}


# -- paths, headers ------------------------------------------------------------------------------------------------

PATHS = [
    "/../etc/passwd",
    "/v1/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/page/../api/keys.py",
    "/page/%2e%2e/jobs.py",
    "/page/..%5c..%5cjobs.py",
    "//evil.example/x",
    "/v1/jobs/../../jobs.db",
    "/v1/jobs/%2e%2e%2fjobs.db/picture",
    "/v1/pictures/..%2fjobs.db?until=1&signature=" + "0" * 64,
    "/page//etc/passwd",
    "/%00",
    "/v1/jobs/\u202e",
    "/jobs.db",
    "/v1/models/../../x",
    "/v1/models/%2e%2e%2fx",
    "/page/C:%5cwindows",
    "/page/.hidden",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_lead_nowhere(served, path):
    target = path.encode("ascii", "ignore")
    answer = raw(served, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"400", b"404"), answer[:200]
    assert b"root:" not in answer
    assert b"import " not in answer


def test_long_addresses_and_headers_are_refused(served, client):
    assert code(client.get("/v1/jobs", params={"state": "x" * 2100})) == (414, "path_too_long")
    assert client.get("/livez", headers={"X-Much": "x" * 20_000}).status_code in (400, 431)
    many = {f"X-{i}": "y" * 200 for i in range(100)}
    assert client.get("/livez", headers=many).status_code in (400, 431)
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("Content-Type", "application/json")]
    assert code(client.post("/v1/jobs", content=json.dumps(CAT), headers=twice)) == (431, "headers_too_large")


NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET\r\n\r\n",
    b"GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"\r\n\r\n\x00\x00\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\n b\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", NO_HTTP, ids=range(len(NO_HTTP)))
def test_what_is_no_http_harms_nobody(served, client, request_bytes):
    answer = raw(served, request_bytes, seconds=1.0)
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"415", b"431", b"200")
    assert client.get("/livez").text == "ok"


# -- words that would be code --------------------------------------------------------------------------------------

XSS = [
    "<script>alert(1)</script> a cat",
    'a cat"><img src=x onerror=alert(1)>',
    "a cat javascript:alert(1)",
    "a cat {{7*7}} ${7*7}",
    "a cat'; DROP TABLE jobs; --",
    "a cat ../../../etc/passwd",
    "a cat \\u003cscript\\u003e",
    "a cat %3Cscript%3E",
    "a cat\u2028alert(1)",
    "a cat <svg/onload=alert(1)>",
    "a cat |ls; $(id) `id`",
]


@pytest.mark.parametrize("text", XSS)
def test_words_stay_words(served, client, adult, text):
    adult.patch("/v1/settings", json={"history": True})
    answer = client.post("/v1/jobs", json={"text": text, "steps": 1})
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code == 202:
        job = answer.json()["jobs"][0]["id"]
        done = ended(client, job)
        assert done["text"] == text
        picture = client.get(done["picture"], params={"download": "true"})
        assert picture.headers["content-type"] == "image/png"
        assert "script" not in picture.headers["content-disposition"]
        assert served.desk.store.get(job).picture.startswith(job)
    else:
        assert answer.status_code == 422
    adult.patch("/v1/settings", json={"history": False})


# -- slow and greedy clients ---------------------------------------------------------------------------------------


def test_slow_heads_and_bodies_are_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.3)
    from dataclasses import replace

    config = Config()
    with serving(tmp_path, replace(config, limits=replace(config.limits, body_seconds=0.3))) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as slow:
            start = time.monotonic()
            try:
                for byte in b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" * 20:
                    slow.send(bytes([byte]))
                    time.sleep(0.02)
            except (ConnectionResetError, BrokenPipeError):
                pass
            assert time.monotonic() - start < 5
        head = b"POST /v1/words HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        assert b" 408 " in raw(served, head + b"Content-Length: 50\r\n\r\n{").split(b"\r\n")[0]
        until(lambda: len(served.server.server_state.connections) == 0)


def test_who_asks_too_often_waits_and_others_do_not(tmp_path):
    from dataclasses import replace

    limits = replace(Config().limits, requests=0.001, requests_burst=5)
    with serving(tmp_path, Config(limits=limits)) as served:
        greedy, other = served.keys.new("greedy"), served.keys.new("other")
        with (
            served.client(Authorization=f"Bearer {greedy}") as one,
            served.client(Authorization=f"Bearer {other}") as two,
        ):
            answers = [one.get("/v1/settings") for _ in range(7)]
            assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert two.get("/v1/settings").status_code == 200
            assert one.get("/livez").status_code == 200


# -- keys and the PIN ----------------------------------------------------------------------------------------------


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


# -- logs and faults -----------------------------------------------------------------------------------------------


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
    chance = (
        "time",
        "ms",
        "request_id",
        "error_id",
    )  # figures and random names, which may hold any four digits
    text = json.dumps(
        [{name: said for name, said in line.items() if name not in chance} for line in served.logged()]
    )
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


# -- parsers -------------------------------------------------------------------------------------------------------


@given(st.one_of(st.text(max_size=300), st.from_regex(r"[\[\]a-z0-9.:%-]{0,40}", fullmatch=True)))
@settings(max_examples=400, deadline=None)
def test_any_host_is_a_plain_name_or_none(header):
    name = host_name(header)
    assert name is None or (name == name.lower() and not set(name) & set("/@\\ \t\r\n%#?"))
    if name in LOOPBACK:
        assert header.lower().strip("[").startswith(name)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_loopback_is_told_for_any_text(text):
    assert is_loopback(text) in (True, False)


def test_websockets_are_turned_away(served):
    head = b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    answer = raw(
        served,
        head + b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n",
        seconds=1,
    )
    assert b" 101 " not in answer.split(b"\r\n")[0]
