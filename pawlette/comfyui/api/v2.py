"""The Comfy API v2, as `comfy-sdk` asks for it: jobs, their events, their pictures. The same queue and the same reader.

Every refusal is {"error": {"code", "message", "details"}}. What this server does not do is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pawlette.comfyui.api import v2_answers
from pawlette.comfyui.api.bodies import body_of, number_of
from pawlette.comfyui.api.desk import Desk, Front, NotLetIn, Prompt, Refusal
from pawlette.comfyui.api.plan import plan_of
from pawlette.comfyui.api.v2_answers import AT, STATES
from pawlette.comfyui.api.v2_events import EventStream, events_of
from pawlette.comfyui.faults import shown
from pawlette.comfyui.ui_format import is_ui_format
from pawlette.errors import BadWorkflow, KeyReused

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEY = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")
MOST_JOBS, SOME_JOBS = 100, 50  # of one list
FIELDS = frozenset({"workflow", "extra_data"})
CODES = {401: "unauthorized", 403: "forbidden"}  # this API's words for the server's own refusals
NO_LABELS = "no labels are kept with a job here: leave metadata out"
Answer = Callable[[Request, Desk], Awaitable[Response]]


class No(Exception):
    """A refusal on its way out."""

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, code, message, {})
        self.details = details


def v2_routes(front: Front) -> list[BaseRoute]:
    made = V2(front)
    known: list[tuple[str, str, Answer]] = [
        ("POST", "/jobs", made.post_job), ("GET", "/jobs", made.get_jobs), ("GET", "/jobs/{id}", made.get_job),
        ("GET", "/jobs/{id}/workflow", made.get_workflow), ("GET", "/jobs/{id}/events", made.get_events),
        ("POST", "/jobs/{id}/cancel", made.cancel_job),
        ("GET", "/assets/{id}", made.get_asset), ("GET", "/assets/{id}/content", made.get_content),
        ("POST", "/assets", made.no_upload), ("POST", "/assets/from-hash", made.no_such_blob),
        ("GET", "/assets/by-hash/{hash}", made.no_such_blob), ("DELETE", "/assets/{id}", made.no_deleting),
    ]  # fmt: skip
    return [Route(f"{AT}{path}", made.answering(answer), methods=[method]) for method, path, answer in known]


class V2:
    def __init__(self, front: Front) -> None:
        self.front = front

    def answering(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Every refusal, of ours and of the server's, in the one shape."""

        @wraps(answer)
        async def answered(request: Request) -> Response:
            try:
                return await answer(request, await self.front.desk(request))
            except No as no:
                return _told(no.refusal, no.details)
            except BadWorkflow as bad:
                kind = bad.error["type"]
                status, code = (
                    (400, "invalid_request") if kind == "invalid_prompt" else (422, "invalid_workflow")
                )
                return _told(Refusal(status, code, str(bad), {}), {"node_errors": bad.node_errors})
            except Exception as error:
                refusal = self.front.refusal(error)
                if refusal is None:
                    raise
                return _told(replace(refusal, code=CODES.get(refusal.status, refusal.code)))

        return answered

    # -- jobs ------------------------------------------------------------------------------------------------

    async def post_job(self, request: Request, desk: Desk) -> Response:
        body = await body_of(request)
        check_body(body)
        key = _key(request)
        prompt = await anyio.to_thread.run_sync(self._submit, desk, body, key)
        return JSONResponse(await self._job(request, desk, prompt), 201)

    def _submit(self, desk: Desk, body: Mapping[str, Any], key: str | None) -> Prompt:
        asked = {"prompt": body["workflow"], "extra_data": {"preview_method": "auto"}}
        new, node_errors = plan_of(asked, self.front.studio, once=key)
        if node_errors:
            said = "some outputs of the workflow cannot be drawn; nothing was queued"
            raise No(422, "invalid_workflow", said, {"node_errors": node_errors})
        try:
            return desk.submit(new)
        except KeyReused:
            said = "this Idempotency-Key was used before; list your jobs instead of asking again under it"
            raise No(422, "idempotency_key_reuse", said) from None

    async def get_jobs(self, request: Request, desk: Desk) -> Response:
        query = request.query_params
        if any(name.startswith("metadata") for name in query):
            raise No(422, "invalid_metadata_filter", NO_LABELS)
        wanted = {one.strip() for one in query.get("status", "").split(",") if one.strip()}
        if not wanted <= set(STATES):
            raise No(400, "invalid_request", f"status is of {', '.join(STATES)}; got {shown(sorted(wanted))}")
        limit, cursor = number_of(request, "limit", SOME_JOBS, least=1), query.get("cursor")
        if cursor is not None and not re.fullmatch(r"[0-9]{1,18}", cursor):
            raise No(400, "invalid_cursor", f"a cursor is what a list gave; got {shown(cursor)}")
        before = None if cursor is None else int(cursor)
        prompts, more = await anyio.to_thread.run_sync(desk.newest, min(limit, MOST_JOBS), before)
        found = [v2_answers.summary(await self._job(request, desk, one)) for one in prompts]
        page = [one for one in found if not wanted or one["status"] in wanted]
        return JSONResponse({"jobs": page} | ({"next_cursor": str(more)} if more is not None else {}))

    async def _find(self, request: Request, desk: Desk) -> Prompt:
        id = request.path_params["id"]
        prompt = await anyio.to_thread.run_sync(desk.prompt, id) if ID.fullmatch(id) else None
        if prompt is None:
            raise No(404, "not_found", "no job of yours has this id; ended ones are forgotten after a while")
        return prompt

    async def get_job(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(await self._job(request, desk, await self._find(request, desk)))

    async def _job(self, request: Request, desk: Desk, prompt: Prompt) -> dict[str, Any]:
        base = _base(request)
        return await anyio.to_thread.run_sync(
            lambda: v2_answers.job(prompt, dict(_sizes(desk, prompt)), base, desk.kept_seconds)
        )

    async def get_workflow(self, request: Request, desk: Desk) -> Response:
        prompt = await self._find(request, desk)
        if not prompt.workflow:
            raise No(404, "not_found", "the workflow of this job was not kept: an adult can turn history on")
        return JSONResponse({"workflow": dict(prompt.workflow), "format": "api"})

    async def cancel_job(self, request: Request, desk: Desk) -> Response:
        """At once: a picture under way is let go of before its next step. What has ended stays as it is."""
        prompt = await self._find(request, desk)
        await anyio.to_thread.run_sync(desk.cancel, prompt)
        return await self.get_job(request, desk)

    async def get_events(self, request: Request, desk: Desk) -> Response:
        prompt = await self._find(request, desk)

        async def look() -> tuple[Prompt, dict[str, Any]] | None:
            now = await anyio.to_thread.run_sync(desk.prompt, prompt.id)
            return None if now is None else (now, await self._job(request, desk, now))

        events = events_of(desk, look)
        try:
            first = await anext(events)  # listens from here on
        except NotLetIn:
            refusal = Refusal(
                429, "too_many_streams", "Too many event streams are open.", {"retry-after": "5"}
            )
            return _told(refusal)
        return EventStream(first, events)

    # -- pictures --------------------------------------------------------------------------------------------

    async def get_asset(self, request: Request, desk: Desk) -> Response:
        id, job = _asset(request)
        prompt = await anyio.to_thread.run_sync(desk.prompt_of, job)
        told = await self._job(request, desk, prompt) if prompt is not None else {"outputs": []}
        one = next((one for one in told["outputs"] if one["id"] == id), None)
        if one is None:
            raise _no_picture()
        same = ("id", "hash", "size_bytes", "content_type", "url", "url_expires_at", "job_id")
        times = {
            "created_at": told["completed_at"] or told["created_at"],
            "expires_at": one["url_expires_at"],
        }
        return JSONResponse({name: one[name] for name in same} | {"file_path": one["name"]} | times)

    async def get_content(self, request: Request, desk: Desk) -> Response:
        """The picture's file, or the part that Range asks for."""
        _, job = _asset(request)
        path = await anyio.to_thread.run_sync(desk.picture, job)
        if path is None:
            raise _no_picture()
        return FileResponse(path, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    async def no_upload(self, request: Request, desk: Desk) -> Response:
        raise No(403, "forbidden", "no pictures are taken: only words become pictures here")

    async def no_such_blob(self, request: Request, desk: Desk) -> Response:
        raise No(404, "blob_not_found", "nothing is found by its hash here")

    async def no_deleting(self, request: Request, desk: Desk) -> Response:
        raise No(
            403, "forbidden", "a picture is deleted with its job: POST /history with its id under delete"
        )


def check_body(body: Mapping[str, Any]) -> None:
    """Raise the refusal of a body that is no job's."""
    if body.get("metadata"):
        raise No(422, "metadata_not_supported", NO_LABELS)
    unknown = sorted(set(body) - FIELDS - {"metadata"})
    if unknown:
        raise No(
            422, "invalid_request", f"{shown(unknown[0])} is not known here; workflow and extra_data are"
        )
    workflow, extra = body.get("workflow"), body.get("extra_data")
    if not isinstance(workflow, dict):
        raise No(422, "invalid_workflow", "workflow is an object of nodes, in the API format")
    if is_ui_format(workflow):
        raise No(422, "workflow_format_ui", "this is in the UI format; export it in the API format")
    if extra is not None and (not isinstance(extra, dict) or not extra.keys() <= {"api_key_comfy_org"}):
        raise No(400, "invalid_request", "extra_data holds api_key_comfy_org alone, which nothing here needs")
    missing = [shown(ref) for node in workflow.values() for ref in _assets(node)]
    if missing:
        said = "no pictures are taken, so that no asset is there to be used"
        raise No(422, "missing_asset", said, {"missing_ids": missing})


def _assets(node: Any) -> Iterator[Any]:
    """References of uploads among a node's inputs."""
    inputs = node.get("inputs") if isinstance(node, dict) else None
    for value in inputs.values() if isinstance(inputs, dict) else ():
        if isinstance(value, dict) and value.get("__type") == "core/ASSET":
            info = value.get("info")
            yield info.get("id") if isinstance(info, dict) else None


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise No(400, "invalid_request", "an Idempotency-Key has 1 to 255 printable ASCII characters")
    return key


def _asset(request: Request) -> tuple[str, str]:
    """The id, and the job that it is of."""
    id = request.path_params["id"]
    if not ID.fullmatch(id):
        raise _no_picture()
    return id, id.replace("-", "")


def _no_picture() -> No:
    return No(404, "not_found", "no picture of yours has this id; they are forgotten after a while")


def _sizes(desk: Desk, prompt: Prompt) -> Iterator[tuple[str, int]]:
    for part in prompt.parts:
        path = desk.picture(part.job)
        if path is not None:
            yield part.job, path.stat().st_size


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _told(refusal: Refusal, details: Mapping[str, Any] | None = None) -> Response:
    body = {"code": refusal.code, "message": refusal.message, "details": dict(details) if details else None}
    return JSONResponse({"error": body}, refusal.status, headers=dict(refusal.headers))
