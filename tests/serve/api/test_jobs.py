"""/v1/jobs over a real server: accepted, drawn, fetched, cancelled, moved, drawn again, deleted."""

import io

import pytest
from PIL import Image

from pawlette.serve.api.config import Config, Limits
from pawlette.serve.api.jobs import purge_ended
from tests.serve.api.fake_desk import BROKEN
from tests.serve.api.serving import ended, serving, until


def ask(client, **body):
    words = {} if "texts" in body else {"text": "a cute panda"}
    answer = client.post("/v1/jobs", json=words | {"steps": 2} | body)
    assert answer.status_code == 202, answer.text
    return answer.json()["jobs"]


@pytest.fixture
def held(served):
    """Nothing new is begun."""
    served.desk.hold.set()
    yield
    served.desk.hold.clear()


def error_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_job_is_accepted_drawn_and_fetched(client):
    answer = client.post(
        "/v1/jobs", json={"text": "a pink blorp cat", "seed": 5, "steps": 2, "size": "256x256"}
    )
    assert answer.status_code == 202
    (job,) = answer.json()["jobs"]
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["text"], job["seed"], job["width"], job["understood"]["status"]) == (
        "a pink blorp cat",
        5,
        256,
        "changed",
    )
    assert any("blorp" in sentence for sentence in job["said"])
    done = ended(client, job["id"])
    assert (done["state"], done["reason"], done["picture"]) == (
        "done",
        "drawn",
        f"/v1/jobs/{job['id']}/picture",
    )
    picture = client.get(done["picture"])
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (256, 256)
    saved = client.get(done["picture"], params={"download": "true"})
    assert saved.headers["content-disposition"].startswith("attachment")


def test_formats_finish_and_seeds(client):
    jobs = ask(client, texts=["a cat", "a dog"], count=2, seed=7, format="webp", finish={"cartoon": 0.5})
    assert [(job["text"], job["seed"]) for job in jobs] == [
        ("a cat", 7),
        ("a cat", 8),
        ("a dog", 7),
        ("a dog", 8),
    ]
    assert len({job["request"] for job in jobs}) == 1
    done = ended(client, jobs[3]["id"])
    assert done["finish"] == {"saturation": 0.0, "cartoon": 0.5}
    assert Image.open(io.BytesIO(client.get(done["picture"]).content)).format == "WEBP"
    listed = client.get("/v1/jobs", params={"request": jobs[0]["request"]}).json()["jobs"]
    assert [job["id"] for job in listed] == [job["id"] for job in reversed(jobs)]


def test_refused_words_are_told_kindly_and_nothing_is_accepted(served, client):
    before = served.desk.store.counts().totals["accepted"]
    answer = client.post("/v1/jobs", json={"text": "a lion eating a zebra"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "refused", "text")
    assert error["suggestion"]
    assert error["language"] == "en"
    assert answer.headers["x-should-retry"] == "false"
    listed = client.post(
        "/v1/jobs", json={"texts": ["a cat", "a lion eating a zebra", "a blue whale in a pan", "a yak"]}
    )
    error = listed.json()["error"]
    assert listed.status_code == 422
    assert [(item["index"], item["code"]) for item in error["items"]] == [
        (1, "refused"), (2, "refused"), (3, "unknown_animal")
    ]  # fmt: skip
    assert error["items"][2]["nearest"]
    assert served.desk.store.counts().totals["accepted"] == before


@pytest.mark.parametrize(
    ("body", "expected", "param"),
    [
        ({}, "invalid_value", "body"),
        ({"text": "a cat", "texts": ["a dog"]}, "invalid_value", "body"),
        ({"text": 5}, "invalid_value", "text"),
        ({"text": "a cat", "colour": "pink"}, "unknown_parameter", "colour"),
        ({"text": "a cat", "seed": -1}, "invalid_value", "seed"),
        ({"text": "a cat", "seed": "5"}, "invalid_value", "seed"),
        ({"text": "a cat", "seed": 2**63 - 1, "count": 2}, "invalid_value", "seed"),
        ({"text": "a cat", "size": "big"}, "invalid_value", "size"),
        ({"text": "a cat", "size": "300x300"}, "bad_job", None),
        ({"text": "a cat", "style": "photo"}, "bad_job", None),
        ({"text": "a cat", "steps": 0}, "invalid_value", "steps"),
        ({"text": "a cat", "guidance": 4.0}, "bad_job", None),
        ({"text": "a cat", "texts": None, "count": 11}, "invalid_value", "count"),
        ({"texts": ["a cat"] * 50, "count": 10}, "invalid_value", "count"),
        ({"text": "a cat", "format": "jpeg", "transparent": True}, "bad_job", None),
        ({"text": "a cat", "format": "jpeg", "style": "sticker"}, "bad_job", None),
        ({"text": "a cat", "finish": {"cartoon": 2}}, "invalid_value", "finish.cartoon"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(client, body, expected, param):
    answer = client.post("/v1/jobs", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, expected, param), error


def test_the_same_key_gives_the_same_jobs_and_another_body_is_refused(client):
    key = {"Idempotency-Key": "abc"}
    first = client.post("/v1/jobs", json={"text": "a cat", "steps": 1}, headers=key).json()
    again = client.post("/v1/jobs", json={"steps": 1, "text": "a cat"}, headers=key).json()
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert [job["id"] for job in first["jobs"]] == [job["id"] for job in again["jobs"]]
    other = client.post("/v1/jobs", json={"text": "a dog", "steps": 1}, headers=key)
    assert error_of(other) == (409, "idempotency_key_reused")
    assert other.headers["x-should-retry"] == "false"
    assert (
        client.post("/v1/jobs", json={"text": "a cat"}, headers={"Idempotency-Key": "a b"}).status_code == 400
    )


def test_a_waiting_job_is_cancelled_and_one_that_ended_stays_as_it_is(client, held):
    (job,) = ask(client)
    assert client.get(f"/v1/jobs/{job['id']}").json()["position"] is not None
    for _ in range(2):
        answer = client.post(f"/v1/jobs/{job['id']}/cancel", json={})
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert error_of(client.get(f"/v1/jobs/{job['id']}/picture")) == (404, "no_picture")


def test_a_picture_that_cannot_be_drawn_fails_with_a_sentence(client):
    (job,) = ask(client, seed=BROKEN)
    done = ended(client, job["id"])
    assert (done["state"], done["reason"], done["picture"]) == ("failed", "drawing_failed", None)
    assert done["message"]


def test_drawing_again_needs_words_that_were_kept(served, client, adult):
    (job,) = ask(client, seed=3)
    assert ended(client, job["id"])["text"] == ""
    assert error_of(client.post(f"/v1/jobs/{job['id']}/again", json={})) == (409, "words_gone")
    adult.patch("/v1/settings", json={"history": True})
    (job,) = ask(client, seed=3)
    ended(client, job["id"])
    same = client.post(f"/v1/jobs/{job['id']}/again", json={"seed": "same"}).json()["jobs"][0]
    other = client.post(f"/v1/jobs/{job['id']}/again", json={"seed": 9}).json()["jobs"][0]
    new = client.post(f"/v1/jobs/{job['id']}/again", json={}).json()["jobs"][0]
    assert (same["seed"], other["seed"], new["text"]) == (3, 9, "a cute panda")
    assert ended(client, same["id"])["state"] == "done"
    pictures = [client.get(f"/v1/jobs/{one['id']}/picture").content for one in (job, same)]
    assert pictures[0] == pictures[1]
    adult.patch("/v1/settings", json={"history": False})


def test_the_gallery_is_closed_until_history_is_on(client, adult):
    assert error_of(client.get("/v1/gallery")) == (403, "history_off")
    adult.patch("/v1/settings", json={"history": True})
    made = [ended(client, ask(client)[0]["id"])["id"] for _ in range(3)]
    first = client.get("/v1/gallery", params={"limit": 2}).json()
    second = client.get("/v1/gallery", params={"limit": 2, "before": first["next"]}).json()
    assert [job["id"] for job in (*first["jobs"], *second["jobs"])][:3] == made[::-1]
    adult.patch("/v1/settings", json={"history": False})


def test_a_deleted_job_takes_its_picture_with_it(served, client):
    (job,) = ask(client)
    ended(client, job["id"])
    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert error_of(client.get(f"/v1/jobs/{job['id']}")) == (404, "unknown_job")
    assert not list(served.desk.folder.glob(f"{job['id']}*"))


def test_adults_alone_have_a_hand_on_the_queue(client, adult, held):
    first, second, third = (ask(client)[0]["id"] for _ in range(3))
    for path, body in (
        (f"jobs/{third}/move", {"to": 0}),
        ("queue/pause", {}),
        (f"jobs/{third}/priority", {"priority": 1}),
    ):
        assert error_of(client.post(f"/v1/{path}", json=body)) == (403, "adult_needed")
    assert error_of(client.post("/v1/jobs", json={"text": "a cat", "priority": 1})) == (403, "adult_needed")
    assert adult.post(f"/v1/jobs/{third}/move", json={"to": 0}).json()["position"] == 0
    assert adult.post(f"/v1/jobs/{second}/priority", json={"priority": 5}).json()["priority"] == 5
    assert adult.post("/v1/queue/pause", json={}).json() == {"paused": True}
    queue = client.get("/v1/queue").json()
    assert queue["paused"]
    assert [job["id"] for job in queue["jobs"]] == [second, third, first]
    assert adult.post("/v1/queue/resume", json={}).json() == {"paused": False}
    for job in (first, second, third):
        client.post(f"/v1/jobs/{job}/cancel", json={})
    assert error_of(adult.post(f"/v1/jobs/{first}/move", json={"to": 0})) == (409, "wrong_state")


def test_what_is_kept_no_longer_goes(served, client):
    (job,) = ask(client)
    done = ended(client, job["id"])
    purge_ended(served.room, now=done["ended_at"] + 3599)
    assert client.get(done["picture"]).status_code == 200
    assert purge_ended(served.room, now=done["ended_at"] + 3601) >= 1
    assert client.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert not list(served.desk.folder.glob(f"{job['id']}*"))


def test_everything_is_deleted_on_an_adults_word(served, client, adult):
    ended(client, ask(client)[0]["id"])
    assert error_of(client.post("/v1/delete-everything", json={"sure": True})) == (403, "adult_needed")
    assert adult.post("/v1/delete-everything", json={"sure": False}).status_code == 400
    assert adult.post("/v1/delete-everything", json={"sure": True}).json()["pictures"] >= 1
    assert client.get("/v1/jobs").json()["jobs"] == []
    assert not list(served.desk.folder.glob("*.png"))


def test_unknown_jobs_and_bad_ids(client):
    assert error_of(client.get(f"/v1/jobs/{'0' * 32}")) == (404, "unknown_job")
    for bad in ("x", "0" * 31, "..%2f..%2fetc%2fpasswd", "%00", "0" * 33):
        assert client.get(f"/v1/jobs/{bad}").status_code in (400, 404)
    assert until(lambda: client.get("/livez").text == "ok")


def test_a_full_queue_refuses_without_words_store_or_thread(tmp_path, monkeypatch):
    """And charges nothing; a repetition of what was accepted is answered nevertheless."""
    with serving(tmp_path, Config(limits=Limits(pictures=0.001, pictures_burst=4)), most_queued=2) as served:
        served.desk.hold.set()
        with served.client() as client:
            first = client.post(
                "/v1/jobs", json={"text": "a cat", "count": 2}, headers={"Idempotency-Key": "one"}
            )
            assert first.status_code == 202

            def asked(*given, **more):
                raise AssertionError("somebody was asked")

            with monkeypatch.context() as patched:
                for name in ("read", "submit"):
                    patched.setattr(served.desk, name, asked)
                patched.setattr("anyio.to_thread.run_sync", asked)
                for path, body in (
                    ("/v1/jobs", {"text": "a dog"}),
                    ("/v1/images/generations", {"prompt": "a dog"}),
                ):
                    answer = client.post(path, json=body)
                    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "queue_full"), (
                        answer.text
                    )
                    assert int(answer.headers["retry-after"]) >= 1
            again = client.post(
                "/v1/jobs", json={"text": "a cat", "count": 2}, headers={"Idempotency-Key": "one"}
            )
            assert (again.status_code, again.json()["replayed"]) == (202, True)
            served.desk.hold.clear()
            for job in first.json()["jobs"]:
                ended(client, job["id"])
        text = served.room.metrics.text().decode()
        assert 'pawlette_limited_total{limit="queue"} 2.0' in text
        assert 'limit="pictures"' not in text
