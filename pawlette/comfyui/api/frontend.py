"""ComfyUI's own frontend, served from a folder that the operator names, at /comfyui/. Knows no prompt and no user.

It is no part of Pawlette (GPL-3): its files are somebody else's and are only handed out. What it may do in a browser
is decided here: scripts of this folder alone, and nobody to talk to but this server.
"""

from __future__ import annotations

import base64
import importlib.util
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pawlette.errors import BadJob

AT = "/comfyui"
INSTALLED = "installed"
PACKAGE = "comfyui_frontend_package"
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ASK_FIRST = {"cache-control": "no-cache"}


def find_frontend(named: str) -> Path:
    """The folder with its index.html: the one that is named, or the installed package's. Raises BadJob."""
    folder = Path(named).expanduser()
    if named == INSTALLED:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise BadJob(
                "ComfyUI's frontend is not installed: pip install comfyui-frontend-package (it is GPL-3, and no part "
                "of Pawlette), or name a folder that holds its index.html"
            )
        folder = Path(spec.origin).parent / "static"
    if not (folder / "index.html").is_file():
        raise BadJob(f"no index.html is in {folder}: --frontend names the folder of ComfyUI's built frontend")
    return folder


def frontend_routes(folder: Path) -> tuple[list[BaseRoute], list[BaseRoute]]:
    """What stands before the routes of its API, which are below the same address, and what stands behind them."""
    page = (folder / "index.html").read_bytes()
    headers = ASK_FIRST | {"content-security-policy": policy_of(page)}

    async def index(request: Request) -> Response:
        return Response(page, media_type="text/html", headers=headers)

    async def to_index(request: Request) -> Response:
        return RedirectResponse(f"{AT}/", 308)

    async def no_style(request: Request) -> Response:
        """A style of one's own is not kept here; without one the page complains."""
        return Response(media_type="text/css")

    async def no_templates(request: Request) -> Response:
        return JSONResponse([])

    before: list[BaseRoute] = [
        Route(AT, to_index),
        Route(f"{AT}/", index),
        Route(f"{AT}/index.html", index),
        Route(f"{AT}/user.css", no_style),
        Route(f"{AT}/api/userdata/user.css", no_style),
        Route(f"{AT}/templates/index.json", no_templates),
    ]
    # The icons of its progress are asked for at the root, wherever the page itself is.
    icons = Files(directory=folder / "assets" / "images", check_dir=False, headers=headers)
    return before, [Mount("/assets/images", icons), Mount(AT, Files(directory=folder, headers=headers))]


def policy_of(page: bytes) -> str:
    """The page's own inline scripts, by their digests, and no others."""
    digests = [base64.b64encode(sha256(one).digest()).decode() for one in INLINE.findall(page)]
    return POLICY.format(scripts="".join(f" 'sha256-{one}'" for one in digests))


class Files(StaticFiles):
    """Workers of the frontend need its policy, too, so that every file carries it."""

    def __init__(self, headers: dict[str, str], **more: Any) -> None:
        super().__init__(**more)
        self.headers = headers

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(self.headers)
        return response
