"""The OpenAI Images API through OpenAI's own SDK, against a real server."""

import base64
import io
import threading
from dataclasses import replace

import pytest
from PIL import Image

openai = pytest.importorskip("openai", reason="needs the dev dependencies")
from pawlette.engine.labels import record_in_xmp  # noqa: E402
from pawlette.serve.api.config import Config, Limits  # noqa: E402
from tests.serve.api.fake_desk import BROKEN, SLOW  # noqa: E402
from tests.serve.api.serving import PATIENCE, serving, until  # noqa: E402

FAST = {"num_inference_steps": 1}


def client_of(served, max_retries=0):
    return openai.OpenAI(
        base_url=f"{served.url}/v1", api_key="none", max_retries=max_retries, timeout=PATIENCE
    )


@pytest.fixture
def sdk(served):
    with client_of(served) as one:
        yield one


def opened(one):
    return Image.open(io.BytesIO(base64.b64decode(one.b64_json)))


def test_generate(sdk):
    answer = sdk.images.generate(prompt="a cute panda", extra_body=FAST | {"seed": 7})
    (one,) = answer.data
    assert opened(one).size == (256, 256)
    assert (answer.size, answer.output_format, answer.background, answer.quality) == (
        "256x256",
        "png",
        "opaque",
        "high",
    )
    assert one.revised_prompt.startswith("a cute cartoon panda")
    assert one.model_extra["seed"] == 7
    assert len(one.model_extra["job_id"]) == 32
    assert one.model_extra["safety"] == {"status": "accepted", "said": []}
    assert (answer.usage.output_tokens, answer.usage.input_tokens) == (256, 3)
    assert answer.model_extra["notes"] == []


def test_three_pictures_of_three_seeds(sdk):
    answer = sdk.images.generate(prompt="两只熊猫", n=3, extra_body=FAST)
    seeds = [one.model_extra["seed"] for one in answer.data]
    assert len({one.b64_json for one in answer.data}) == 3
    assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]


def test_formats_backgrounds_and_compression(sdk):
    clear = sdk.images.generate(
        prompt="a cat", background="transparent", output_format="webp", extra_body=FAST
    )
    assert (opened(clear.data[0]).format, opened(clear.data[0]).mode) == ("WEBP", "RGBA")
    assert clear.background == "transparent"
    sizes = []
    for compression in (5, 95):
        made = sdk.images.generate(
            prompt="a cat",
            output_format="jpeg",
            output_compression=compression,
            extra_body=FAST | {"seed": 1},
        )
        image = opened(made.data[0])
        assert image.format == "JPEG"
        assert record_in_xmp(image.info["xmp"])["seed"] == 1
        sizes.append(len(made.data[0].b64_json))
    assert sizes[0] < sizes[1] / 2
    low = sdk.images.generate(prompt="a cat", quality="low", size="512x512")
    assert (low.quality, low.size) == ("low", "512x512")


def test_an_address_is_signed_and_needs_no_key(served, sdk, client):
    made = sdk.images.generate(prompt="a cat", response_format="url", extra_body=FAST)
    address = made.data[0].url
    assert address.startswith(f"{served.url}/v1/pictures/")
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    forged = address[:-1] + ("0" if address[-1] != "0" else "1")
    assert client.get(forged).status_code == 404
    late = address.replace("until=", "until=1&x=")
    assert client.get(late).status_code in (400, 404)


def test_a_stream_brings_partial_pictures_of_the_asked_size(served, sdk):
    served.desk.hold.set()
    asked = {"prompt": "a cat", "stream": True, "partial_images": 2, "output_format": "jpeg"}
    stream = sdk.images.generate(**asked, extra_body=FAST)
    until(lambda: len(served.desk.listeners) == 2)  # this one's, and the metrics'
    served.desk.hold.clear()
    seen = list(stream)
    assert [event.type for event in seen] == ["image_generation.partial_image"] * 2 + [
        "image_generation.completed"
    ]
    assert [event.partial_image_index for event in seen[:2]] == [0, 1]
    for event in seen:
        image = opened(event)
        assert (image.format, image.size, event.output_format) == ("JPEG", (256, 256), "jpeg")
    assert seen[-1].usage.output_tokens == 256


def test_a_stream_tells_of_an_error(sdk):
    with pytest.raises(openai.APIError, match="not finite") as caught:
        list(sdk.images.generate(prompt="a cat", stream=True, extra_body=FAST | {"seed": BROKEN}))
    assert caught.value.code == "drawing_failed"


def test_refused_words_are_not_tried_again(served):
    before = len(served.logged())
    with client_of(served, max_retries=2) as sdk, pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt="a lion eating a zebra")
    error = caught.value
    assert (error.code, error.type, error.param) == (
        "moderation_blocked",
        "image_generation_user_error",
        "prompt",
    )
    assert error.body["reason"] == "prey"
    assert error.body["suggestion"]
    assert len(error.response.headers["x-request-id"]) == 32
    # A line is written behind its answer, and one of an earlier request may still come before it.
    refused = until(
        lambda: [
            line for line in served.logged()[before:] if line["event"] == "request" and line["status"] == 400
        ]
    )
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("given", "kind", "code", "param"),
    [
        ({"model": "gpt-image-9"}, openai.NotFoundError, "model_not_found", "model"),
        ({"size": "1024x1024"}, openai.BadRequestError, "bad_job", None),
        ({"n": 11}, openai.BadRequestError, "invalid_value", "n"),
        ({"prompt": ""}, openai.BadRequestError, "moderation_blocked", "prompt"),
        ({"prompt": "an aardvark"}, openai.BadRequestError, "unknown_animal", "prompt"),
        ({"output_format": "gif"}, openai.BadRequestError, "invalid_value", "output_format"),
        (
            {"output_format": "jpeg", "background": "transparent"},
            openai.BadRequestError,
            "invalid_value",
            "background",
        ),
        ({"output_compression": 50}, openai.BadRequestError, "invalid_value", "output_compression"),
        ({"partial_images": 2}, openai.BadRequestError, "invalid_value", "partial_images"),
        (
            {"extra_body": {"lora": {"path": "/etc/passwd"}}},
            openai.BadRequestError,
            "unknown_parameter",
            "lora",
        ),
        (
            {"extra_body": {"perf_dump_path": "/tmp/x"}},
            openai.BadRequestError,
            "unknown_parameter",
            "perf_dump_path",
        ),
        (
            {"extra_body": {"image": "http://127.0.0.1/"}},
            openai.BadRequestError,
            "unknown_parameter",
            "image",
        ),
        ({"extra_body": {"width": 256}}, openai.BadRequestError, "invalid_value", "body"),
        (
            {"extra_body": {"width": 256, "height": 256}, "size": "512x512"},
            openai.BadRequestError,
            "bad_job",
            None,
        ),
        ({"extra_body": {"true_cfg_scale": 4}}, openai.BadRequestError, "bad_job", None),
        ({"style": "photo"}, openai.BadRequestError, "bad_job", None),
    ],
)
def test_what_cannot_be_done_is_told(sdk, given, kind, code, param):
    with pytest.raises(kind) as caught:
        sdk.images.generate(**({"prompt": "a cat"} | given))
    assert (caught.value.code, caught.value.param) == (code, param)


def test_fields_of_other_servers_are_taken_and_told_where_they_change_nothing(sdk):
    made = sdk.images.generate(
        prompt="a cat", model="pawlette", user="u", moderation="low", style="vivid",
        extra_body=FAST | {"guidance_scale": 1.0, "negative_prompt": "dogs", "width": 256, "height": 256,
                           "generator_device": "cuda", "vae_use_tiling": True},
    )  # fmt: skip
    notes = " ".join(made.model_extra["notes"])
    assert all(
        name in notes for name in ("negative_prompt", "generator_device", "vae_use_tiling", "vivid", "low")
    )
    sticker = sdk.images.generate(prompt="a cat", extra_body=FAST | {"style": "sticker"})
    assert sticker.background == "transparent"


def test_models(served, sdk):
    (model,) = sdk.models.list().data
    assert sdk.models.retrieve(model.id).id == model.id == served.desk.studio.family.name
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("other")


def test_a_full_queue_and_too_many_pictures_are_429(tmp_path):
    limits = Limits(pictures=0.001, pictures_burst=1)
    with serving(tmp_path, Config(limits=limits), most_queued=2) as served, client_of(served) as sdk:
        served.desk.hold.set()
        with pytest.raises(openai.RateLimitError) as caught:
            sdk.images.generate(prompt="a cat", n=3, extra_body=FAST)
        assert caught.value.code == "queue_full"
        assert int(caught.value.response.headers["retry-after"]) >= 1
        with pytest.raises(openai.RateLimitError) as caught:
            sdk.images.generate(prompt="a cat", n=2, extra_body=FAST)
        assert caught.value.code == "rate_limit_exceeded"
        assert int(caught.value.response.headers["retry-after"]) > 60


def test_the_sdk_tries_again_after_a_full_queue(tmp_path):
    with serving(tmp_path, Config(), most_queued=1) as served:

        def statuses():
            return [
                line["status"] for line in served.logged() if line.get("route") == "/v1/images/generations"
            ]

        def draw_once_one_was_turned_away():
            until(lambda: 429 in statuses())
            served.desk.hold.clear()

        served.desk.hold.set()
        with served.client() as client:
            client.post("/v1/jobs", json={"text": "a cat", "steps": 1})
        threading.Thread(target=draw_once_one_was_turned_away).start()
        with client_of(served, max_retries=5) as sdk:
            assert sdk.images.generate(prompt="a dog", extra_body=FAST).data
        assert until(lambda: statuses()[-1] == 200)


def test_a_client_that_leaves_takes_its_pictures_with_it(served, sdk):
    impatient = sdk.with_options(timeout=0.5)
    with pytest.raises(openai.APITimeoutError):
        impatient.images.generate(prompt=f"a cute {SLOW}", extra_body=FAST)
    assert until(lambda: newest(served)) == "cancelled"
    with sdk.images.generate(
        prompt=f"a happy {SLOW}", stream=True, partial_images=1, extra_body=FAST
    ) as stream:
        assert next(iter(stream)).type == "image_generation.partial_image"
    assert until(lambda: newest(served)) == "cancelled"


def newest(served):
    """The state of the newest job, once it is final."""
    state = served.desk.store.page(limit=1).records[0].state
    return state.value if state.is_final else None


def test_a_repetition_after_a_lost_answer_gets_the_same_pictures(served, client):
    body = {"prompt": "a cute fox", "num_inference_steps": 1}
    made = [
        client.post(
            "/v1/images/generations", json=body, headers={"x-stainless-retry-count": str(count)}
        ).json()["data"][0]
        for count in (0, 1, 0)
    ]
    ids = [one["job_id"] for one in made]
    assert ids[0] == ids[1] != ids[2]


def test_while_the_server_ends_whoever_waits_is_told(tmp_path):
    with serving(tmp_path, Config()) as served, client_of(served) as sdk:
        served.desk.hold.set()
        told = []

        def ask():
            try:
                sdk.images.generate(prompt="a cat", extra_body=FAST)
            except openai.APIStatusError as error:
                told.append((error.status_code, error.code))

        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: served.desk.store.counts().open)
        served.room.ending.set()
        asking.join(PATIENCE)
        assert told == [(503, "draining")]
        assert served.desk.store.counts().open == 0


def test_waiting_ends(tmp_path):
    with (
        serving(tmp_path, Config(limits=replace(Limits(), wait_seconds=0.1))) as served,
        client_of(served) as sdk,
    ):
        served.desk.hold.set()
        with pytest.raises(openai.InternalServerError) as caught:
            sdk.images.generate(prompt="a cat", extra_body=FAST)
        assert caught.value.code == "waited_too_long"
