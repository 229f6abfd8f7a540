"""ComfyUI's routes, each also under /api. Every body is a JSON object; what is wrong is said in ComfyUI's shape."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from importlib import metadata
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from pawlette.comfyui.api import answers
from pawlette.comfyui.api.bodies import bad_query, body_of, ids_of, number_of, truth_of
from pawlette.comfyui.api.desk import Desk, Front, Prompt, Stage
from pawlette.comfyui.api.drawers import Drawers
from pawlette.comfyui.api.frontend import AT, frontend_routes
from pawlette.comfyui.api.kept import Kept
from pawlette.comfyui.api.messages import FEATURES
from pawlette.comfyui.api.object_info import FOLDERS, models_in, object_info
from pawlette.comfyui.api.plan import bad_id, plan_of
from pawlette.comfyui.api.socket import follow
from pawlette.comfyui.api.v2 import v2_routes
from pawlette.comfyui.api.v2_answers import AT as V2
from pawlette.comfyui.saving import with_texts
from pawlette.errors import BadWorkflow, KeyReused

MOST_HISTORY = 100  # prompts of one answer, where no fewer are asked for
FILE = re.compile(r"([0-9a-f]{32})\.png")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
POSTS = ("/prompt", "/queue", "/history", "/interrupt", "/free", "/upload/image", "/upload/mask")
# Where bodies are of any type; all below those that end with a stroke.
PROGRAMS = frozenset({*(start + path for path in POSTS for start in ("", "/api")), "/api/jobs/", f"{V2}/"})
SOCKETS = frozenset({"/ws", "/api/ws"})
FRONTEND_SOCKETS = frozenset({f"{AT}/ws", f"{AT}/api/ws"})
FRONTEND_PAGES = (f"{AT}/api/",)  # where its page may post JSON, whatever it calls that
Answer = Callable[[Request, Desk], Awaitable[Response]]
Table = list[tuple[str, str, Answer]]  # method, path, answer


def routes(front: Front, frontend: Path | None = None) -> list[BaseRoute]:
    """To be put behind whatever guards a server: names, origins and sizes are not looked at here.

    `frontend`: the folder of ComfyUI's own, for which everything is answered below its address once more.
    """
    made = Routes(front)
    below = () if frontend is None else (AT,)
    found: list[BaseRoute] = []
    for starts, table in ((("", "/api"), made.everywhere()), (("/api",), made.under_api())):
        addresses = (*starts, *(f"{one}/api" for one in below))
        for method, path, answer in table:
            found += [
                Route(f"{start}{path}", made.answering(answer), methods=[method]) for start in addresses
            ]
    sockets = SOCKETS | (FRONTEND_SOCKETS if below else frozenset())
    found += [WebSocketRoute(path, made.socket) for path in sorted(sockets)]
    before, behind = ([], []) if frontend is None else frontend_routes(frontend)
    return [*before, *found, *v2_routes(front), *behind]


class Routes:
    def __init__(self, front: Front) -> None:
        self.front = front
        self.kept = Kept(Drawers())

    def everywhere(self) -> Table:
        return [
            ("POST", "/prompt", self.post_prompt), ("GET", "/prompt", self.get_prompt),
            ("GET", "/queue", self.get_queue), ("POST", "/queue", self.post_queue),
            ("GET", "/history", self.get_history), ("POST", "/history", self.post_history),
            ("GET", "/history/{id}", self.get_one), ("GET", "/view", self.get_view),
            ("POST", "/interrupt", self.post_interrupt), ("POST", "/free", self.post_free),
            ("POST", "/upload/image", self.post_upload), ("POST", "/upload/mask", self.post_upload),
            ("GET", "/object_info", self.get_object_info), ("GET", "/object_info/{kind}", self.get_object_info),
            ("GET", "/system_stats", self.get_system_stats), ("GET", "/features", self.get_features),
            ("GET", "/embeddings", self.get_nothing), ("GET", "/extensions", self.get_nothing),
            ("GET", "/models", self.get_folders), ("GET", "/models/{folder}", self.get_models),
        ]  # fmt: skip

    def under_api(self) -> Table:
        """Those that ComfyUI has there alone, or that only its frontend asks for."""
        return [
            ("GET", "/jobs", self.get_jobs), ("POST", "/jobs/cancel", self.cancel_jobs),
            ("GET", "/jobs/{id}", self.get_job), ("POST", "/jobs/{id}/cancel", self.cancel_job),
            ("GET", "/experiment/models", self.get_described_folders),
            ("GET", "/experiment/models/{folder}", self.get_described_models),
            *(("GET", path, self.get_empty) for path in ("/i18n", "/workflow_templates", "/node_replacements",
                                                         "/global_subgraphs")),
            *self.kept.table(),
        ]  # fmt: skip

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

    async def cancel_job(self, request: Request, desk: Desk) -> Response:
        """Stop one prompt, whether it runs or waits; one that has ended is left as it is."""
        prompt = await self._find(request, desk)
        if prompt is None:
            return JSONResponse({"error": "Job not found"}, 404)
        await anyio.to_thread.run_sync(desk.cancel, prompt)
        return JSONResponse({"cancelled": not prompt.stage.is_final})

    async def cancel_jobs(self, request: Request, desk: Desk) -> Response:
        ids = ids_of(await body_of(request), "job_ids")

        def work() -> list[str]:
            wanted = [one for one in desk.open() if one.id in ids]
            for prompt in wanted:
                desk.cancel(prompt)
            return [one.id for one in wanted]

        return JSONResponse({"cancelled": await anyio.to_thread.run_sync(work)})

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

    async def get_empty(self, request: Request, desk: Desk) -> Response:
        return JSONResponse({})

    async def get_folders(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(list(FOLDERS))

    async def get_models(self, request: Request, desk: Desk) -> Response:
        names = models_in(self.front.studio, request.path_params["folder"])
        return Response(status_code=404) if names is None else JSONResponse(names)

    async def get_described_folders(self, request: Request, desk: Desk) -> Response:
        """The folders of models; none is one of this machine's."""
        return JSONResponse([{"name": name, "folders": []} for name in FOLDERS])

    async def get_described_models(self, request: Request, desk: Desk) -> Response:
        names = models_in(self.front.studio, request.path_params["folder"])
        if names is None:
            return Response(status_code=404)
        return JSONResponse([{"name": name, "pathIndex": 0} for name in names])
