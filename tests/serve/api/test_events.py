"""Server-sent events: in order, resumed by Last-Event-ID, ended behind a job's last, closed to other owners."""

import json
import threading
from contextlib import contextmanager, suppress

import httpx2
import pytest

from pawlette.serve.api import events as api
from pawlette.serve.api.config import Config, Limits
from pawlette.serve.api.events import encode
from pawlette.serve.api.sessions import ADULT
from pawlette.serve.jobs import Event
from tests.serve.api.fake_desk import SLOW
from tests.serve.api.serving import PATIENCE, PIN, ended, serving, until


def events_of(lines):
    """(kind, id, data) of each event in a stream's lines."""
    kind = ident = data = None
    for line in lines:
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("id: "):
            ident = int(line[4:])
        elif line.startswith("data: "):
            data = json.loads(line[6:])
        elif not line and data is not None:
            yield kind, ident, data
            kind = ident = data = None


def follow(client, path, **headers):
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield from events_of(answer.iter_lines())


def ask(client, **body):
    return client.post("/v1/jobs", json={"text": "a cute panda", "steps": 2} | body).json()["jobs"][0]["id"]


def test_a_jobs_events_come_in_order_and_end(served, client):
    served.desk.hold.set()
    job = ask(client, previews=2)
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(follow(client, f"/v1/jobs/{job}/events")))
    reader.start()
    until(lambda: served.room.streams.total() == 1)
    served.desk.hold.clear()
    reader.join(PATIENCE)
    kinds = [kind for kind, _, _ in seen]
    assert [kind for kind in kinds if kind not in ("step", "preview")] == ["queued", "running", "done"]
    assert kinds.count("preview") == 2
    assert all(data["job"] == job and data["at"] > 0 for _, _, data in seen)
    preview = next(data for kind, _, data in seen if kind == "preview")
    assert preview["media_type"] == "image/jpeg"
    assert preview["b64"]
    assert seen[-1][2]["picture"] == f"/v1/jobs/{job}/picture"
    ids = [ident for _, ident, _ in seen if ident is not None]
    assert ids == sorted(ids)
    assert until(lambda: served.room.streams.total() == 0) or True


def test_a_listener_goes_on_where_it_was(client):
    job = ask(client)
    ended(client, job)
    whole = list(follow(client, f"/v1/jobs/{job}/events"))
    assert [kind for kind, _, _ in whole] == ["queued", "running", "done"]
    rest = list(follow(client, f"/v1/jobs/{job}/events", **{"Last-Event-ID": str(whole[0][1])}))
    assert rest == whole[1:]
    assert list(follow(client, f"/v1/jobs/{job}/events?after={whole[1][1]}")) == whole[2:]
    answer = client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": str(whole[2][1])})
    assert answer.status_code == 204
    assert client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": "x"}).status_code == 400


def test_all_events_begin_now_and_bring_what_was_missed(served, client):
    before = served.desk.store.last_event()
    job = ask(client)
    ended(client, job)
    missed = follow(client, f"/v1/events?after={before}")
    assert [next(missed)[0] for _ in range(3)] == ["queued", "running", "done"]
    missed.close()
    until(lambda: served.room.streams.total() == 0)


def test_a_client_that_leaves_is_forgotten(served, client):
    stream = follow(client, "/v1/events?after=0")
    next(stream)
    assert served.room.streams.total() == 1
    stream.close()
    until(lambda: served.room.streams.total() == 0)


def test_one_owner_cannot_take_all_streams(tmp_path):
    limits = Limits(listeners=3, listeners_of_one=2)
    with serving(tmp_path, Config(limits=limits)) as served:
        clients = [
            served.client(Authorization=f"Bearer {served.keys.new(name)}") for name in ("ada", "bo", "cy")
        ]
        ada, bo, cy = clients
        open_streams = [follow(one, "/v1/events?after=0") for one in (ada, ada, bo)]
        with served.client() as local:
            for _ in range(3):
                local.post("/v1/jobs", json={"text": "a cat", "steps": 1})
        for one in (ada, ada, bo):
            one.post("/v1/jobs", json={"text": "a cat", "steps": 1})
        for stream in open_streams:
            next(stream)
        assert served.room.streams == {"ada": 2, "bo": 1}
        for one in (ada, cy):
            answer = one.get("/v1/events")
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_listeners")
        for stream in open_streams:
            stream.close()
        until(lambda: not served.room.streams)
        for one in clients:
            one.close()


class Clock:
    now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """A server with a key of ada's, whose adults' time goes by a clock of the test's; who holds a stream is looked at
    every moment."""
    monkeypatch.setattr(api, "PING", 0.05)
    limits = Limits(pictures_burst=1e6, requests=1e6, requests_burst=1e6)
    with serving(tmp_path, Config(limits=limits)) as served:
        served.clock = served.room.sessions._clock = Clock()
        served.secret = served.keys.new("ada")
        yield served


@contextmanager
def streaming(served, client, path="/v1/events"):
    """What a client's open stream has told: (kind, id, data); and whether it has ended."""
    heard, over = Heard(), threading.Event()

    def listen():
        with suppress(httpx2.TransportError):
            heard.extend_from(follow(client, path))
        over.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    until(lambda: served.room.streams.total() == 1)
    yield heard, over
    client.close()
    thread.join(10)


class Heard(list):
    def extend_from(self, events):
        for event in events:
            self.append(event)

    def jobs(self):
        return {data["job"] for _, _, data in self}


def adult_of(served):
    """A browser that gave ada's key and the PIN."""
    client = served.client()
    assert client.post("/v1/session", json={"key": served.secret}).status_code == 200
    assert client.post("/v1/adult", json={"pin": PIN}).status_code == 200
    return client


def time_ends(served, client):
    served.clock.now += ADULT


def says_so(served, client):
    with served.client(Cookie=f"pawlette_session={client.cookies['pawlette_session']}") as same:
        assert same.delete("/v1/adult").status_code == 204


@pytest.mark.parametrize("end", [time_ends, says_so])
def test_behind_an_adults_time_a_stream_tells_of_ones_own_alone(watched, end):
    client = adult_of(watched)
    with (
        watched.client() as other,
        watched.client(Authorization=f"Bearer {watched.secret}") as own,
        streaming(watched, client) as (heard, over),
    ):
        before = ask(other)
        ended(other, before)
        until(lambda: before in heard.jobs())
        end(watched, client)
        hidden = ask(other)
        ended(other, hidden)
        mine = ask(own)
        ended(own, mine)
        until(lambda: mine in heard.jobs())
        assert heard.jobs() == {before, mine}
        assert not over.is_set()


@pytest.mark.parametrize("revoke", ["key", "session", "key made anew"])
def test_a_stream_ends_with_what_opened_it(watched, revoke):
    client = adult_of(watched)
    with streaming(watched, client) as (_, over):
        if revoke == "session":
            with watched.client(Cookie=f"pawlette_session={client.cookies['pawlette_session']}") as same:
                same.delete("/v1/session")
        else:
            watched.keys.drop("ada")
            if revoke == "key made anew":
                watched.keys.new("ada")
        assert over.wait(10)
    until(lambda: not watched.room.streams)


def test_the_stream_of_anothers_job_ends_with_an_adults_time(watched):
    client = adult_of(watched)
    with watched.client() as other:
        job = ask(other, text=f"a cute {SLOW}")
        with streaming(watched, client, f"/v1/jobs/{job}/events") as (heard, over):
            until(lambda: job in heard.jobs())
            watched.clock.now += ADULT
            assert over.wait(10)


def test_an_open_stream_prolongs_no_session(watched):
    client = adult_of(watched)
    seen = [one.seen for one in watched.room.sessions._known.values()]
    with streaming(watched, client) as (heard, _):
        watched.clock.now += 60
        with watched.client() as other:
            job = ask(other)
            ended(other, job)
        until(lambda: job in heard.jobs())
        assert [one.seen for one in watched.room.sessions._known.values()] == seen


def test_the_stream_of_a_deleted_job_is_not_found(client):
    job = ask(client, text=f"a cute {SLOW}")
    client.delete(f"/v1/jobs/{job}")
    assert client.get(f"/v1/jobs/{job}/events").status_code == 404


@pytest.mark.parametrize("kind", ["queued", "step"])
def test_an_event_is_one_line_of_json(kind):
    event = Event(3 if kind == "queued" else None, "ab", kind, 1.5, {"message": "a\nb\r\nid: 9\n\ndata: <x>"})
    lines = encode(event).decode().split("\n")
    assert lines[-2:] == ["", ""]
    assert [line.split(":")[0] for line in lines[:-2]] == (
        ["event", "data", "id"] if kind == "queued" else ["event", "data"]
    )
    assert json.loads(lines[1][6:])["message"] == event.data["message"]
