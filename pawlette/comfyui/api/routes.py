"""ComfyUI's routes, each also under /api. Every body is a JSON object; what is wrong is said in ComfyUI's shape."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from importlib import metadata
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from pawlette.comfyui.api import answers
from pawlette.comfyui.api.desk import Desk, Front, Prompt, Stage
from pawlette.comfyui.api.messages import FEATURES
from pawlette.comfyui.api.object_info import object_info
from pawlette.comfyui.api.plan import bad_id, plan_of
from pawlette.comfyui.api.socket import follow
from pawlette.comfyui.faults import Fault, bad_workflow, shown
from pawlette.comfyui.graph import load_json
from pawlette.comfyui.saving import with_texts
from pawlette.errors import BadWorkflow, KeyReused

MOST_HISTORY = 100  # prompts of one answer, where no fewer are asked for
MOST_IDS = 1000  # of one deletion
FILE = re.compile(r"([0-9a-f]{32})\.png")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
POSTS = ("/prompt", "/queue", "/history", "/interrupt", "/free", "/upload/image", "/upload/mask")
PROGRAMS = frozenset(start + path for path in POSTS for start in ("", "/api"))  # where bodies are of any type
SOCKETS = frozenset({"/ws", "/api/ws"})
Answer = Callable[[Request, Desk], Awaitable[Response]]


def routes(front: Front) -> list[BaseRoute]:
    """To be put behind whatever guards a server: names, origins and sizes are not looked at here."""
    made = Routes(front)
    known: list[tuple[str, str, Answer]] = [
        ("POST", "/prompt", made.post_prompt), ("GET", "/prompt", made.get_prompt),
        ("GET", "/queue", made.get_queue), ("POST", "/queue", made.post_queue),
        ("GET", "/history", made.get_history), ("POST", "/history", made.post_history),
        ("GET", "/history/{id}", made.get_one), ("GET", "/view", made.get_view),
        ("POST", "/interrupt", made.post_interrupt), ("POST", "/free", made.post_free),
        ("POST", "/upload/image", made.post_upload), ("POST", "/upload/mask", made.post_upload),
        ("GET", "/object_info", made.get_object_info), ("GET", "/object_info/{kind}", made.get_object_info),
        ("GET", "/system_stats", made.get_system_stats), ("GET", "/features", made.get_features),
        ("GET", "/embeddings", made.get_nothing), ("GET", "/extensions", made.get_nothing),
    ]  # fmt: skip
    found: list[BaseRoute] = []
    for method, path, answer in known:
        for address in (path, f"/api{path}"):
            found.append(Route(address, made.answering(answer), methods=[method]))
    found.append(Route("/api/jobs", made.answering(made.get_jobs), methods=["GET"]))
    found.append(Route("/api/jobs/{id}", made.answering(made.get_job), methods=["GET"]))
    return found + [WebSocketRoute(path, made.socket) for path in sorted(SOCKETS)]


class Routes:
    def __init__(self, front: Front) -> None:
        self.front = front

    def answering(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Who asks is asked first; what a workflow lacks is a 400 in ComfyUI's shape."""

        @wraps(answer)
        async def answered(request: Request) -> Response:
            desk = await self.front.desk(request)
            try:
                return await answer(request, desk)
            except BadWorkflow as bad:
                return JSONResponse({"error": bad.error, "node_errors": bad.node_errors}, 400)

        return answered

    async def socket(self, socket: WebSocket) -> None:
        await follow(self.front, socket)

    # -- asking ----------------------------------------------------------------------------------------------

    async def post_prompt(self, request: Request, desk: Desk) -> Response:
        body = await body_of(request)
        prompt, node_errors = await anyio.to_thread.run_sync(self._submit, desk, body)
        return JSONResponse({"prompt_id": prompt.id, "number": prompt.number, "node_errors": node_errors})

    def _submit(self, desk: Desk, body: Mapping[str, Any]) -> tuple[Prompt, dict[str, Any]]:
        new, node_errors = plan_of(body, self.front.studio)
        try:
            return desk.submit(new), node_errors
        except KeyReused:
            raise bad_id("another prompt has this prompt_id") from None

    async def get_prompt(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(
            {"exec_info": {"queue_remaining": await anyio.to_thread.run_sync(desk.remaining)}}
        )

    async def get_queue(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(answers.queue(await anyio.to_thread.run_sync(desk.open)))

    async def post_queue(self, request: Request, desk: Desk) -> Response:
        body = await body_of(request)
        ids, everything = ids_of(body), truth_of(body, "clear")

        def work() -> None:
            for prompt in desk.open():
                if prompt.stage is Stage.WAITING and (everything or prompt.id in ids):
                    desk.cancel(prompt)

        await anyio.to_thread.run_sync(work)
        return Response()

    async def post_interrupt(self, request: Request, desk: Desk) -> Response:
        """Stop the prompt that is named, or all of one's own that run."""
        body = await body_of(request, empty={})
        wanted = body.get("prompt_id")

        def work() -> None:
            for prompt in desk.open():
                if prompt.stage is Stage.RUNNING and wanted in (None, "", prompt.id):
                    desk.cancel(prompt)

        await anyio.to_thread.run_sync(work)
        return Response()

    async def post_free(self, request: Request, desk: Desk) -> Response:
        """Taken, and changes nothing: the model stays ready, for everybody."""
        await body_of(request, empty={})
        return Response()

    async def post_upload(self, request: Request, desk: Desk) -> Response:
        said = "no pictures are taken: only words become pictures here"
        return JSONResponse({"error": {"type": "upload_refused", "message": said, "details": said, "extra_info": {}},
                             "node_errors": {}}, 403)  # fmt: skip

    # -- looking ---------------------------------------------------------------------------------------------

    async def get_history(self, request: Request, desk: Desk) -> Response:
        limit = number_of(request, "max_items", MOST_HISTORY, least=0)
        offset = number_of(request, "offset", 0, least=-1)
        found = await anyio.to_thread.run_sync(desk.ended, min(limit, MOST_HISTORY), max(0, offset))
        return JSONResponse({prompt.id: answers.history(prompt) for prompt in reversed(found)})

    async def get_one(self, request: Request, desk: Desk) -> Response:
        prompt = await self._find(request, desk)
        told = prompt is not None and prompt.stage.is_final and prompt.was_begun
        return JSONResponse({prompt.id: answers.history(prompt)} if prompt is not None and told else {})

    async def _find(self, request: Request, desk: Desk) -> Prompt | None:
        id = request.path_params["id"]
        return await anyio.to_thread.run_sync(desk.prompt, id) if ID.fullmatch(id) else None

    async def post_history(self, request: Request, desk: Desk) -> Response:
        body = await body_of(request)
        ids, everything = ids_of(body), truth_of(body, "clear")

        def work() -> None:
            found = [desk.prompt(id) for id in ids if ID.fullmatch(id)]
            while everything and (more := desk.ended(MOST_HISTORY)):
                for prompt in more:
                    desk.forget(prompt)
            for one in found:
                if one is not None and one.stage.is_final and not everything:
                    desk.forget(one)

        await anyio.to_thread.run_sync(work)
        return Response()

    async def get_view(self, request: Request, desk: Desk) -> Response:
        """A picture by the name that /history gives; nothing else has a name."""
        query = request.query_params
        match = FILE.fullmatch(query.get("filename", ""))
        if match is None or query.get("subfolder") or query.get("type", "output") not in ("output", "temp"):
            return Response(status_code=404)
        return await anyio.to_thread.run_sync(self._picture, desk, match[1])

    def _picture(self, desk: Desk, job: str) -> Response:
        path = desk.picture(job)
        if path is None:
            return Response(status_code=404)
        headers = {
            "cache-control": "private, max-age=3600",
            "content-disposition": f'filename="{answers.file_name(job)}"',
        }
        prompt = desk.prompt_of(job) if self.front.studio.studio_mode else None
        if prompt is None or not prompt.workflow:
            return FileResponse(path, media_type="image/png", headers=headers)
        info = prompt.extra.get("extra_pnginfo")
        texts = {"prompt": prompt.workflow, **(info if isinstance(info, dict) else {})}
        written = {
            name[:70]: json.dumps(value) for name, value in texts.items() if name in ("prompt", "workflow")
        }
        return Response(with_texts(path.read_bytes(), written), media_type="image/png", headers=headers)

    async def get_jobs(self, request: Request, desk: Desk) -> Response:
        query = request.query_params
        wanted = {one.strip() for one in query.get("status", "").lower().split(",") if one.strip()}
        if not wanted <= set(answers.STATUS.values()):
            raise bad_query("status", f"is of {', '.join(answers.STATUS.values())}")
        order = query.get("sort_order", "desc").lower()
        if query.get("sort_by", "created_at") != "created_at" or order not in ("asc", "desc"):
            raise bad_query("sort_by", "is created_at, and sort_order asc or desc")
        limit = number_of(request, "limit", MOST_HISTORY, least=1)
        offset = number_of(request, "offset", 0, least=0)

        def work() -> list[Prompt]:
            return [*desk.open(), *desk.ended(offset + MOST_HISTORY)]

        found = [answers.job(one) for one in await anyio.to_thread.run_sync(work)]
        found = [one for one in found if not wanted or one["status"] in wanted]
        found.sort(key=lambda one: (one["create_time"], one["priority"]), reverse=order == "desc")
        page = found[offset : offset + limit]
        more = offset + len(page) < len(found)
        paging = {"offset": offset, "limit": limit, "total": len(found), "has_more": more}
        return JSONResponse({"jobs": page, "pagination": paging})

    async def get_job(self, request: Request, desk: Desk) -> Response:
        prompt = await self._find(request, desk)
        if prompt is None:
            return JSONResponse({"error": "Job not found"}, 404)
        return JSONResponse(answers.job(prompt, whole=True))

    async def get_object_info(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(object_info(self.front.studio, request.path_params.get("kind")))

    async def get_system_stats(self, request: Request, desk: Desk) -> Response:
        """What clients look for; nothing of this machine's folders or arguments."""
        page = os.sysconf("SC_PAGE_SIZE")
        system = {
            "os": sys.platform, "comfyui_version": f"pawlette-{self.front.version}",
            "python_version": ".".join(map(str, sys.version_info[:3])), "pytorch_version": metadata.version("torch"),
            "embedded_python": False, "argv": [], "ram_total": page * os.sysconf("SC_PHYS_PAGES"),
            "ram_free": page * os.sysconf("SC_AVPHYS_PAGES"),
        }  # fmt: skip
        unknown = dict.fromkeys(("vram_total", "vram_free", "torch_vram_total", "torch_vram_free"), 0)
        device = {
            "name": self.front.studio.family.name,
            "type": self.front.studio.device,
            "index": None,
        } | unknown
        return JSONResponse({"system": system, "devices": [device]})

    async def get_features(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(FEATURES)

    async def get_nothing(self, request: Request, desk: Desk) -> Response:
        return JSONResponse([])


async def body_of(request: Request, empty: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body, a JSON object, whatever its Content-Type; `empty`: what no body at all means. Raises BadWorkflow."""
    data = await request.body()
    if not data and empty is not None:
        return empty
    found = load_json(data)
    if not isinstance(found, dict):
        raise bad_workflow("invalid_prompt", f"a body is an object; got {shown(found)}")
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_workflow("invalid_prompt", "it has half a character (a lone surrogate)") from None
    return found


def ids_of(body: Mapping[str, Any]) -> frozenset[str]:
    ids = body.get("delete", [])
    if not isinstance(ids, list) or len(ids) > MOST_IDS or not all(isinstance(id, str) for id in ids):
        raise bad_workflow("invalid_prompt", f"delete is a list of at most {MOST_IDS} ids; got {shown(ids)}")
    return frozenset(ids)


def truth_of(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_workflow("invalid_prompt", f"{name} is true or false; got {shown(value)}")
    return value


def number_of(request: Request, name: str, default: int, *, least: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", given) or int(given) < least:
        raise bad_query(name, f"is a whole number from {least} on; got {shown(given)}")
    return int(given)


def bad_query(name: str, details: str) -> BadWorkflow:
    fault = Fault("invalid_prompt", f"{name} {details}", {"input_name": name})
    return BadWorkflow(fault.details, error=fault.to_dict() | {"message": "The address cannot be read"})
