"""docs/serve.md names what there is: every route, every code of an error, every field of a job."""

import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the [serve] extra")
from pawlette.serve.api import bodies, problems
from pawlette.serve.api.answers import JobAnswer, SettingsAnswer, VocabularyAnswer, WordsAnswer
from pawlette.serve.api.images_body import ImagesBody

ROOT = Path(__file__).parent.parent.parent.parent
DOCS = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
NEVER_ASKED = {"bad_picture", "missing_extra", "jobs_error", "invalid_request"}  # no route leads there


def test_every_route_stands_there(served, client):
    for path in client.get("/openapi.json").json()["paths"]:
        if path != "/v1/pictures/{job}":  # addresses that the Images API gives
            known = {
                path,
                path.replace("{job}", "{id}"),
                path.replace("{model}", "{id}"),
                path.removeprefix("/v1/queue"),
            }
            assert any(f"{one}" in DOCS for one in known), path


def test_every_code_of_an_error_stands_there():
    source = "".join(path.read_text() for path in (ROOT / "pawlette" / "serve" / "api").glob("*.py"))
    codes = set(re.findall(r'(?:Problem|_wrong)\(\s*\d+,\s*"([a-z_]+)"', source))
    codes |= {code for _, code, _ in problems.STATUS.values()} | {
        code for _, code, _ in problems.ENDED.values()
    }
    assert len(codes) > 25
    for code in codes - NEVER_ASKED:
        assert f"`{code}`" in DOCS, code


@pytest.mark.parametrize("kind", [
    JobAnswer, SettingsAnswer, VocabularyAnswer, WordsAnswer, ImagesBody, bodies.JobsBody, bodies.WishBody,
    bodies.PreferencesBody,
])  # fmt: skip
def test_every_field_stands_there(kind):
    for name in kind.model_fields:
        assert re.search(rf'["`]{name}["`+]|`width`\+`height`', DOCS), name
