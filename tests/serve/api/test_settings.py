"""/v1/settings, /v1/adult, health and metrics over a real server."""

import gc
import signal

from pawlette.engine.tally import Figures
from pawlette.errors import CannotSave
from pawlette.serve.api import jobs
from pawlette.serve.api.run import settle
from pawlette.serve.store_sqlite import SqliteStore
from pawlette.studio import version
from tests.serve.api.fake_desk import SLOW
from tests.serve.api.serving import PATIENCE, PIN, ended, serving, until


def test_everybody_sees_what_holds(client):
    found = client.get("/v1/settings").json()
    assert found["owner"] == "local"
    assert (found["adult"], found["key_needed"], found["kid_mode"], found["history"]) == (
        False,
        False,
        True,
        False,
    )
    assert (found["mark"], found["version"]) == (True, version())
    assert found["model"]["sizes"] == ["256x256", "512x512"]
    assert found["model"]["guidable"] is False


def test_adults_change_what_is_kept_and_the_pin(tmp_path):
    with serving(tmp_path) as served, served.client() as adult, served.client() as child:
        assert child.patch("/v1/settings", json={"history": True}).status_code == 403
        grown = adult.post("/v1/adult", json={"pin": PIN}).json()
        assert grown["adult"]
        assert adult.get("/v1/settings").json()["adult_until"] == grown["until"]
        changed = adult.patch(
            "/v1/settings", json={"history": True, "retention_days": 7, "pin": "13579"}
        ).json()
        assert (changed["history"], changed["retention_days"]) == (True, 7)
        assert adult.get("/v1/settings").json()["adult"]
        assert child.post("/v1/adult", json={"pin": PIN}).status_code == 403
        assert child.post("/v1/adult", json={"pin": "13579"}).status_code == 200
        assert adult.delete("/v1/adult").status_code == 204
        assert adult.patch("/v1/settings", json={"history": False}).status_code == 403
        assert child.patch("/v1/settings", json={"retention_days": 0}).status_code == 400
        assert child.delete("/v1/session").status_code == 204
        assert child.get("/v1/settings").json()["adult"] is False


def test_readiness_says_why_not(served, client):
    assert client.get("/readyz").json() == {"ready": True, "reason": ""}
    served.desk.desk.disk = "only 3 MiB are free"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "only 3 MiB are free"})
    served.desk.desk.disk = ""
    assert client.get("/livez").text == "ok"


def test_metrics_count_what_happened_and_hold_no_words(served, client):
    job = client.post("/v1/jobs", json={"text": "a cute panda", "steps": 2}).json()["jobs"][0]["id"]
    client.post("/v1/words", json={"text": "狮子吃斑马"})
    ended(client, job)
    text = until(
        lambda: (found := client.get("/metrics").text) and "pawlette_images_total{" in found and found
    )
    for line in (
        'pawlette_jobs{state="queued"} 0.0', 'pawlette_jobs_ended_total{reason="drawn",state="done"} ',
        'pawlette_words_total{code="prey",decision="refused",language="zh",layer="words"} 1.0',
        'pawlette_images_total{format="png"} ', 'pawlette_stage_seconds_count{clock="host",stage="denoise"} ',
        "pawlette_ready 1.0",
        'pawlette_http_requests_total{method="POST",route="/v1/jobs",status="202"} ',
        "pawlette_queue_wait_seconds_count ",
        "pawlette_lease_expiries_total 0.0", "pawlette_jobs_accepted_total ", "pawlette_free_bytes ",
    ):  # fmt: skip
        assert line in text, line
    assert "panda" not in text
    assert job not in text


def test_what_workers_count_is_told_and_nothing_is_made_up(served, client):
    assert "pawlette_device_busy_seconds_total{" not in client.get("/metrics").text
    served.desk.on_figures(0, Figures({2: 3, 16: 1}))  # as from a CPU
    assert 'clock="device"' not in client.get("/metrics").text
    served.desk.on_figures(1, Figures({}, (("denoise", 0.3), ("denoise", 0.2)), busy=0.25))
    text = client.get("/metrics").text
    for line in (
        'pawlette_step_rows_bucket{le="1.0"} 0.0', 'pawlette_step_rows_bucket{le="2.0"} 3.0',
        "pawlette_step_rows_count 4.0", "pawlette_step_rows_sum 22.0",
        'pawlette_stage_seconds_sum{clock="device",stage="denoise"} 0.5',
        'pawlette_device_busy_seconds_total{worker="1"} 0.25',
    ):  # fmt: skip
        assert line in text, line
    assert 'worker="0"' not in text


def test_what_is_kept_no_longer_goes_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "SOON", 0.0)
    with serving(tmp_path, tidy=0.05) as served, served.client() as client:
        job = client.post("/v1/jobs", json={"text": "a cat", "steps": 1}).json()["jobs"][0]["id"]
        until(lambda: client.get(f"/v1/jobs/{job}").status_code == 404)
        until(lambda: not list(served.desk.folder.glob("*.png")))  # the file goes behind the row


def test_sigterm_finishes_what_is_drawn_and_keeps_what_waits(tmp_path):
    with serving(tmp_path) as served, served.client() as client:
        drawn = client.post("/v1/jobs", json={"text": f"a cute {SLOW}", "steps": 1}).json()["jobs"][0]["id"]
        until(lambda: client.get(f"/v1/jobs/{drawn}").json()["state"] == "running")
        waits = client.post("/v1/jobs", json={"text": "a cat", "steps": 1}).json()["jobs"][0]["id"]
        served.server.handle_exit(signal.SIGTERM, None)
        assert until(lambda: client.get("/readyz").status_code == 503)
        answer = client.post("/v1/jobs", json={"text": "a cat"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/livez").text == "ok"
        served.desk.go.set()
        served.thread.join(PATIENCE)
        assert not served.thread.is_alive()
    store = SqliteStore(tmp_path / "jobs.db")
    assert [store.get(job).state.value for job in (drawn, waits)] == ["done", "queued"]
    store.close()


def test_the_page_is_served_where_it_is(tmp_path):
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<p>hello")
    (page / "app.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    with serving(tmp_path / "data", page=page) as served, served.client() as client:
        answer = client.get("/")
        assert answer.text == "<p>hello"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert client.get("/page/app.js").headers["content-type"].startswith("text/javascript")
        for path in ("/page/../secret", "/page/%2e%2e/secret", "/page/..%2fsecret"):
            assert client.get(path).status_code == 404


def test_a_restart_keeps_a_keys_session_and_asks_for_the_pin_again(tmp_path):
    with serving(tmp_path) as served, served.client() as client:
        secret = served.keys.new("ada")
        assert client.post("/v1/session", json={"key": secret}).status_code == 200
        assert client.post("/v1/adult", json={"pin": PIN}).status_code == 200
        cookie = {"Cookie": f"pawlette_session={client.cookies['pawlette_session']}"}
    with serving(tmp_path) as served, served.client(**cookie) as client:
        found = client.get("/v1/settings").json()
        assert (found["owner"], found["adult"]) == ("ada", False)
        served.keys.drop("ada")
        served.keys.new("ada")  # another key: what the old one opened stays shut
        assert client.get("/v1/settings").json()["owner"] == "local"


def test_who_is_to_make_room_gets_in_while_the_disk_is_full(tmp_path, monkeypatch):
    with serving(tmp_path) as served, served.client() as client:
        secret = served.keys.new("ada")

        def full(*given, **more):
            raise CannotSave("the disk is full")

        monkeypatch.setattr(served.desk.store, "keep_sessions", full)
        assert client.post("/v1/session", json={"key": secret}).status_code == 200
        assert client.get("/v1/settings").json()["owner"] == "ada"
        assert [line["doing"] for line in served.logged() if line.get("event") == "fault"] == ["session"]


def test_what_is_loaded_for_good_is_not_looked_through_again(served):
    try:
        settle(served.room)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
