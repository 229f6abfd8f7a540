"""The routes of users, settings and userdata, as ComfyUI's frontend asks for them. Knows the drawers and no disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pawlette.comfyui.api.bodies import bad_query, body_of, json_of, switch_of
from pawlette.comfyui.api.desk import Desk
from pawlette.comfyui.api.drawers import Drawers, File, NotKept

Answer = Callable[[Request, Desk], Awaitable[Response]]
ALONE = {"content-security-policy": "default-src 'none'; sandbox", "content-disposition": "attachment"}


class Kept:
    """Each answers for the asker's own drawer."""

    def __init__(self, drawers: Drawers) -> None:
        self.drawers = drawers

    def table(self) -> list[tuple[str, str, Answer]]:
        known: list[tuple[str, str, Answer]] = [
            ("GET", "/users", self.get_users), ("POST", "/users", self.post_users),
            ("GET", "/settings", self.get_settings), ("POST", "/settings", self.post_settings),
            ("GET", "/settings/{id}", self.get_setting), ("POST", "/settings/{id}", self.post_setting),
            ("GET", "/userdata", self.list_files), ("GET", "/userdata/{file:path}", self.get_file),
            ("POST", "/userdata/{file:path}", self.post_file), ("DELETE", "/userdata/{file:path}", self.delete_file),
        ]  # fmt: skip
        return [(method, path, told(answer)) for method, path, answer in known]

    async def get_users(self, request: Request, desk: Desk) -> Response:
        """There are no users to choose from: the session or the key says who asks."""
        return JSONResponse({"storage": "server", "migrated": True})

    async def post_users(self, request: Request, desk: Desk) -> Response:
        raise NotKept(403, "no users are made here: a key or a session says who asks")

    async def get_settings(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(self.drawers.settings(desk.owner))

    async def get_setting(self, request: Request, desk: Desk) -> Response:
        return JSONResponse(self.drawers.settings(desk.owner).get(request.path_params["id"]))

    async def post_settings(self, request: Request, desk: Desk) -> Response:
        self.drawers.change(desk.owner, await body_of(request))
        return Response()

    async def post_setting(self, request: Request, desk: Desk) -> Response:
        self.drawers.change(desk.owner, {request.path_params["id"]: await json_of(request)})
        return Response()

    async def list_files(self, request: Request, desk: Desk) -> Response:
        folder = request.query_params.get("dir")
        if folder is None:
            raise bad_query("dir", "says of which folder")
        found = self.drawers.listed(desk.owner, folder.strip("/"), recurse=switch_of(request, "recurse"))
        if switch_of(request, "full_info"):
            return JSONResponse([one.about(name) for name, one in found.items()])
        names: list[Any] = list(found)
        if switch_of(request, "split"):
            names = [[name, *name.split("/")] for name in names]
        return JSONResponse(names)

    async def get_file(self, request: Request, desk: Desk) -> Response:
        """As JSON, or as bytes that no browser shows: a stranger's file is no page of this server."""
        name = request.path_params["file"]
        file = self.drawers.read(desk.owner, name)
        kind = "application/json" if name.endswith(".json") else "application/octet-stream"
        return Response(file.data, media_type=kind, headers=ALONE)

    async def post_file(self, request: Request, desk: Desk) -> Response:
        name, to = names_of(request)
        overwrite = switch_of(request, "overwrite", default=to is None)
        if to is None:
            file = self.drawers.write(desk.owner, name, await request.body(), overwrite=overwrite)
        else:
            file = self.drawers.move(desk.owner, name, to, overwrite=overwrite)
        return _about(request, to or name, file)

    async def delete_file(self, request: Request, desk: Desk) -> Response:
        self.drawers.delete(desk.owner, request.path_params["file"])
        return Response(status_code=204)


def _about(request: Request, name: str, file: File) -> Response:
    return JSONResponse(file.about(name) if switch_of(request, "full_info") else name)


def names_of(request: Request) -> tuple[str, str | None]:
    """A file's name, and the one that it is moved to: `A/move/B`, whose own strokes come encoded."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    parts = raw.decode("ascii", "replace").partition("/userdata/")[2].split("/")
    if len(parts) == 3 and parts[1] == "move":
        return unquote(parts[0]), unquote(parts[2])
    return request.path_params["file"], None


def told(answer: Answer) -> Answer:
    """What is not kept is said."""

    async def answered(request: Request, desk: Desk) -> Response:
        try:
            return await answer(request, desk)
        except NotKept as refusal:
            return JSONResponse({"error": refusal.said}, refusal.status)

    return answered
