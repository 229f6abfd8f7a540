"""What is sent to do harm: bodies, paths, headers, bytes that are no HTTP, words that would be code."""

import json

import pytest

from tests.serve.api.serving import CAT, code, ended, raw

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
    answer = raw(served, request_bytes)
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
