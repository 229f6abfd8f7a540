"""/v1/words, /v1/wish and /v1/vocabulary: what is understood, kindly said, in both languages."""

import pytest

from pawlette.serve.api.bodies import WishBody
from pawlette.serve.api.tiles import vocabulary, wish_text
from pawlette.studio import Studio


def test_words_tell_what_would_be_drawn(client):
    read = client.post("/v1/words", json={"text": "two pink blorp cats under a rainbow"}).json()
    assert (read["status"], read["language"], read["code"]) == ("changed", "en", None)
    assert read["scene"]["creatures"][0]["count"] == 2
    assert read["scene"]["weather"] == "rainbow"
    assert read["said"] == ["I don't know “blorp” yet."]
    assert read["message"] == "I don't know “blorp” yet."
    assert "two pink cats" in read["prompt"] or "two cute cartoon pink cats" in read["prompt"]


def test_what_the_model_has_not_learnt_is_said(client):
    read = client.post("/v1/words", json={"text": "a cat at a market"}).json()
    assert read["status"] == "changed"
    assert read["scene"]["place"] is None
    assert any("market" in sentence for sentence in read["said"])


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("a lion eating a zebra", "en", "prey"),
        ("狮子吃斑马", "zh", "prey"),
        ("", "en", "empty"),
        ("a chair", "en", "no_animal"),
    ],
)
def test_a_refusal_is_an_answer_with_a_suggestion(client, text, language, code):
    answer = client.post("/v1/words", json={"text": text})
    read = answer.json()
    assert (answer.status_code, read["status"], read["code"], read["language"]) == (
        200,
        "refused",
        code,
        language,
    )
    assert read["suggestion"]
    assert read["said"] == [read["message"]]
    assert client.post("/v1/words", json={"text": read["suggestion"]}).json()["status"] == "accepted"


def test_an_animal_that_is_not_learnt_names_the_nearest(client):
    read = client.post("/v1/words", json={"text": "食蚁兽"}).json()
    assert (read["status"], read["language"]) == ("unknown_animal", "zh")
    assert len(read["nearest"]) == 3
    assert client.post("/v1/words", json={"text": read["suggestion"]}).json()["status"] == "accepted"


def test_the_vocabulary_is_what_the_model_draws(client):
    found = client.get("/v1/vocabulary").json()
    assert {"cat", "panda"} <= {animal["id"] for animal in found["animals"]}
    assert len(found["animals"]) == 60
    panda = next(animal for animal in found["animals"] if animal["id"] == "panda")
    assert panda == {"id": "panda", "en": "panda", "zh": "熊猫", "emoji": "🐼", "group": "mammal/bear"}
    assert {"id": "pink", "en": "pink", "zh": "粉色"} in found["colours"]
    assert [style["id"] for style in found["styles"]] == ["storybook", "sticker"]
    assert all(found[name] for name in found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_tiles_make_words_that_are_read_as_them(language):
    """Each animal in four colours, and one animal with each action in each place: nothing dropped, nothing changed."""
    studio = Studio()
    offered = vocabulary(studio.family)
    for first, animal in enumerate(offered.animals):
        for i in range(first, first + 4):
            colour = offered.colours[i % len(offered.colours)]
            wish = WishBody(animal=animal.id, language=language, colour=colour.id, count=1 + i % 3)
            accepted = studio.accept(wish_text(wish, studio.family))
            (creature,) = accepted.job.prompt.scene.creatures
            assert (creature.animal, creature.colour, creature.count) == (animal.id, colour.id, 1 + i % 3)
            assert accepted.said == ()
    for place in offered.places:
        for i, action in enumerate(offered.actions):
            looks, weather = offered.looks[i % 4].id, offered.weather[i % 5].id
            worn, mood = offered.accessories[i % 7].id, offered.moods[i % 6].id
            wish = WishBody(
                animal="cat", language=language, place=place.id, action=action.id, look=looks, weather=weather,
                accessory=worn, mood=mood,
            )  # fmt: skip
            accepted = studio.accept(wish_text(wish, studio.family))
            scene = accepted.job.prompt.scene
            assert (scene.place, scene.action, scene.weather) == (place.id, action.id, weather)
            assert (scene.creatures[0].looks, scene.accessories, scene.mood) == ((looks,), (worn,), mood)
            assert accepted.said == ()


def test_a_wish_is_told_in_words(client):
    body = {"animal": "cat", "colour": "pink", "action": "flying", "place": "meadow", "accessory": "scarf"}
    english = client.post("/v1/wish", json=body).json()
    assert english["text"] == "a pink cat wearing a scarf flying, in a meadow"
    assert english["status"] == "accepted"
    chinese = client.post("/v1/wish", json=body | {"language": "zh"}).json()
    assert chinese["text"] == "一只粉色的猫在草地上飞，戴着围巾"
    assert chinese["scene"] == english["scene"] | {"language": "zh"}


@pytest.mark.parametrize(
    "wrong", [{"animal": "yak"}, {"animal": "cat", "place": "mars"}, {"animal": "cat; rm"}]
)
def test_tiles_that_are_none_are_refused(client, wrong):
    answer = client.post("/v1/wish", json=wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_job")
