"""The application: routes, errors in one shape, and what goes on beside them while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Scope

from pawlette.errors import JobsError, PawletteError
from pawlette.serve.api import events, health, images, jobs, settings, words
from pawlette.serve.api.description import describe
from pawlette.serve.api.guard import Guard
from pawlette.serve.api.problems import Problem, of_fault, of_status, of_validation, problem_of
from pawlette.serve.api.room import Room
from pawlette.serve.api.tiles import vocabulary

PAGE = Path(__file__).parent.parent / "page"
TIDY = 60.0  # seconds between two looks at what is no longer kept


def create_app(
    room: Room, *, page: Path = PAGE, tidy: float = TIDY, more: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """The ASGI application. `page`: a folder with index.html, where it is there; `tidy`: seconds between two looks at
    what is no longer kept; `more`: routes of another door. The supervisor stays its caller's to start and to drain."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = (count_endings(room), _tidy(room, tidy), _read_the_lexicon(room))
        beside = [asyncio.create_task(_told(room, task)) for task in tasks]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    app = FastAPI(title="Pawlette", lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False)
    for module in (jobs, events, words, settings, images, health):
        app.include_router(module.router)
    app.router.routes.extend(map(_naming, more))
    _answer_errors(app)
    _serve_page(app, page)
    describe(app)
    app.state.room = room
    return Guard(app, room.config, room.log, room.metrics)


def _naming(route: BaseRoute) -> BaseRoute:
    """A route that names itself to the log and the metrics, as FastAPI's own do and plain ones do not."""
    plain = route.matches

    def matches(scope: Scope) -> tuple[Match, Scope]:
        match, found = plain(scope)
        return match, {**found, "route": route}

    route.matches = matches  # type: ignore[method-assign]
    return route


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(PawletteError)
    async def ours(request: Request, error: PawletteError) -> Response:
        found = problem_of(error)
        if found.status >= 500:
            request.app.state.room.log.fault(error, request_id=request.state.request_id)
        return found.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return of_validation(error).response()

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        request.state.error_id = error_id = secrets.token_hex(8)
        # It is raised once more behind this answer, for the guard to log.
        return of_fault(error_id).response()

    @app.exception_handler(HTTPException)
    async def of_router(request: Request, error: HTTPException) -> Response:
        return of_status(error.status_code, error.headers).response()


def _serve_page(app: FastAPI, page: Path) -> None:
    if not (page / "index.html").is_file():
        return

    for kind, end in PAGE_TYPES.items():
        mimetypes.add_type(kind, end)

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(page / "index.html", headers=ASK_FIRST)

    app.mount("/page", PageFiles(directory=page))


# As of the standard, whatever the system's own table says: a browser takes no other ones beside `nosniff`.
PAGE_TYPES = {"image/webp": ".webp", "image/svg+xml": ".svg", "text/javascript": ".js", "text/css": ".css"}
ASK_FIRST = {"cache-control": "no-cache"}


class PageFiles(StaticFiles):
    """Files that a browser may keep, and asks about before it shows them again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(ASK_FIRST)
        return response


async def count_endings(room: Room) -> None:
    """Metrics of the jobs that end, until the server does."""
    async for event in room.desk.listen():
        if event.kind in events.FINAL:
            try:
                room.metrics.ended(await anyio.to_thread.run_sync(room.desk.store.get, event.job))
            except JobsError:
                continue  # deleted meanwhile, or the store has closed


async def _told(room: Room, beside: Coroutine[Any, Any, None]) -> None:
    """What goes on beside the routes never fails in silence."""
    try:
        await beside
    except Exception as error:
        room.log.fault(error, doing="beside")
        raise


async def _read_the_lexicon(room: Room) -> None:
    """Now, so that the first who asks need not wait for it."""
    await anyio.to_thread.run_sync(vocabulary, room.desk.studio.family)


async def _tidy(room: Room, seconds: float) -> None:
    """Forget, every so often, what is no longer kept."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await anyio.to_thread.run_sync(jobs.purge_ended, room)
            await anyio.to_thread.run_sync(room.sessions.save)
        except PawletteError as error:
            room.log.fault(error, doing="tidy")
