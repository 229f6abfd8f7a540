"""Who may ask, from where, how often and how slowly: what is refused, and that what is allowed is not."""

import socket
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawlette.serve.api import server as server_module
from pawlette.serve.api.config import LOOPBACK, Config, host_name, is_loopback
from pawlette.serve.api.guard import SAFE_HEADERS
from tests.serve.api.serving import CAT, PATIENCE, code, raw, serving, until

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


# -- slow and greedy clients ---------------------------------------------------------------------------------------


def is_cut_off(connection, data):
    """Whether the server closes while it is sent a byte now and then."""
    for byte in data:
        try:
            connection.send(bytes([byte]))
        except (ConnectionResetError, BrokenPipeError):
            return True
        time.sleep(0.02)
    return False


def test_slow_heads_and_bodies_are_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.3)
    config = Config()
    with serving(tmp_path, replace(config, limits=replace(config.limits, body_seconds=0.3))) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as slow:
            assert is_cut_off(slow, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" * 20)
        head = b"POST /v1/words HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        assert b" 408 " in raw(served, head + b"Content-Length: 50\r\n\r\n{").split(b"\r\n")[0]
        until(lambda: len(served.server.server_state.connections) == 0)


def test_who_asks_too_often_waits_and_others_do_not(tmp_path):
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
    rest = b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n"
    assert raw(served, head + rest).split(b" ")[1] == b"200"  # the events, as for everybody
