"""What the nodes add to ComfyUI's server: /view waits for a picture that is being saved, /pawlette/status tells."""

from __future__ import annotations

import asyncio

from aiohttp import web

from . import host
from .shared import DESK, SAVER

LONGEST_WAIT = 60.0  # seconds


def status() -> dict:
    """What is under way, for a person or a script that wants to know whether all is saved."""
    return {
        "drawing": DESK.under_way(),
        "ahead": DESK.ahead(),
        "saving": SAVER.pending,
        "saved": SAVER.saved,
        "failures": [{"filename": one.path.name, "reason": one.reason} for one in SAVER.failures],
    }


async def get_status(request: web.Request) -> web.Response:
    return web.json_response(status())


@web.middleware
async def wait_for_picture(request: web.Request, handler) -> web.StreamResponse:
    """Before /view answers: until the picture is whole, or why it never will be."""
    if request.method in ("GET", "HEAD") and request.path in ("/view", "/api/view"):
        asked = request.query
        path = host.path_of(
            asked.get("filename", ""), asked.get("subfolder", ""), asked.get("type", "output")
        )
        if path is not None:
            writing = SAVER.waiting(path)
            if writing is not None:
                await asyncio.wait([asyncio.wrap_future(writing)], timeout=LONGEST_WAIT)
            failure = SAVER.failure(path)
            if failure is not None:
                return web.json_response({"error": f"it could not be saved: {failure.reason}"}, status=500)
    return await handler(request)


def install() -> None:
    """Into the server that imports the nodes, where there is one."""
    server = getattr(host.PromptServer, "instance", None)
    if server is None:
        return
    server.routes.get("/pawlette/status")(get_status)
    server.app.middlewares.append(wait_for_picture)
