"""/v1/words, /v1/wish and /v1/vocabulary: what would become of words, and which there are."""

from __future__ import annotations

from fastapi import APIRouter

from pawlette.serve.api.answers import VocabularyAnswer, WordsAnswer
from pawlette.serve.api.bodies import WishBody, WordsBody
from pawlette.serve.api.reading import answer_words
from pawlette.serve.api.room import Known, ThisRoom
from pawlette.serve.api.tiles import vocabulary, wish_text

router = APIRouter(tags=["words"])


@router.post("/v1/words", response_model=WordsAnswer)
def read_words(body: WordsBody, room: ThisRoom, asker: Known) -> WordsAnswer:
    """What would be drawn of a text, what was changed or not understood, and kindly why not. Nothing is kept."""
    return answer_words(room.desk.studio, body.text, body.style, room.metrics)


@router.post("/v1/wish", response_model=WordsAnswer)
def make_wish(body: WishBody, room: ThisRoom, asker: Known) -> WordsAnswer:
    """The words for chosen tiles, in English or Chinese, and what would be drawn of them."""
    studio = room.desk.studio
    return answer_words(studio, wish_text(body, studio.family), body.style, room.metrics)


@router.get("/v1/vocabulary", response_model=VocabularyAnswer)
def show_vocabulary(room: ThisRoom, asker: Known) -> VocabularyAnswer:
    """The animals, colours, actions, places and so on that the loaded model draws, in both languages."""
    return vocabulary(room.desk.studio.family)
