"""What stands before every route: who may be asked for and from where, how large and slow a request may be, what every
answer carries, and one line of log for each. Plain ASGI, so that nothing is buffered. Knows no job.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from time import perf_counter
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pawlette.serve.api.config import Config, host_name
from pawlette.serve.api.logs import Log
from pawlette.serve.api.metrics import Metrics
from pawlette.serve.api.problems import Problem, of_fault

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
CSP = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""Of every answer, where a route does not say otherwise."""


class Guard:
    """Wraps the whole application; `log` and `metrics` hear of each request by the template of its route."""

    def __init__(self, app: ASGIApp, config: Config, log: Log, metrics: Metrics) -> None:
        self.app, self.config, self.log, self.metrics = app, config, log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            await self._open(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A websocket; refused before it is opened where it is not ours."""
        try:
            check_socket(scope, self.config)
        except Problem:
            await send({"type": "websocket.close", "code": 1008})
            return
        start = perf_counter()
        try:
            await self.app(scope, receive, send)
        except Exception as error:  # the boundary of the door
            self.log.fault(error, doing="websocket")
        finally:
            self.log.request("WEBSOCKET", scope["path"], 101, perf_counter() - start,
                             owner=scope.get("state", {}).get("owner"))  # fmt: skip

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Told(scope, receive, send, self.config)
        start = perf_counter()
        try:
            try:
                check(scope, self.config)
            except Problem:
                await request.drain()
                raise
            await request.read()
            await self.app(scope, request.receive, request.send)
        except Problem as problem:
            await self._tell(request, problem)
        except Gone:
            pass  # status 499 stands in the log
        except Exception as error:  # the boundary of the door: what is no answer yet becomes one
            error_id = scope["state"].get("error_id") or secrets.token_hex(8)
            self.log.fault(error, error_id=error_id, request_id=request.id)
            await self._tell(request, of_fault(error_id))
        finally:
            route = getattr(scope.get("route"), "path", None) or "-"
            seconds = perf_counter() - start
            self.metrics.request(scope["method"], route, request.status, seconds)
            self.log.request(scope["method"], route, request.status, seconds, request_id=request.id,
                             owner=scope.get("state", {}).get("owner"))  # fmt: skip

    async def _tell(self, request: Told, problem: Problem) -> None:
        if not request.started:
            await problem.response()(request.scope, request.receive, request.send)


DRAIN_SECONDS = 1.0


class Gone(Exception):
    """The client went away before its request was whole."""


class Told:
    """One request: its body, which is small, is read before it is answered; its answer gets what every answer has."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, config: Config) -> None:
        self.scope, self._receive, self._send, self.limits = scope, receive, send, config.limits
        self.most = config.most_body(scope["path"])
        self.id = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = self.id
        self.started, self.status = False, 499  # 499: the client was gone before there was an answer
        self._body: bytes | None = None

    async def read(self) -> None:
        """Read the body; raises the Problem of one that is too large or too slow, and Gone."""
        parts, size = list[bytes](), 0
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while True:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        raise Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self.most:
                        raise too_large(self.most)
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            raise Problem(408, "body_too_slow", "The body did not come in time.", headers=CLOSE) from None
        self._body = b"".join(parts)

    async def drain(self) -> None:
        """Read what is still being sent, where it is little and comes soon: who sends on while the connection
        closes may never see the answer."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while size <= self.most:
                    message = await self._receive()
                    size += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    async def receive(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            headers = list(message.get("headers", []))
            given = {name.lower() for name, _ in headers}
            headers += [
                (name.encode(), value.encode())
                for name, value in (SAFE_HEADERS | {"x-request-id": self.id}).items()
                if name.encode() not in given
            ]
            message = {**message, "headers": headers}
        await self._send(message)


CLOSE = {"connection": "close"}


def too_large(most: int) -> Problem:
    return Problem(413, "body_too_large", f"A body may have {most} bytes.", headers=CLOSE)


def check(scope: Scope, config: Config) -> None:
    """Raise the Problem of a request that is not let in, from its head alone."""
    headers = check_head(scope, config)
    if scope["method"] in UNSAFE:
        check_origin(headers)
    if scope["method"] in WITH_BODY:
        path = scope["path"]
        program = config.is_for_programs(path) and of_program(headers)
        own_page = path.startswith(config.pages) and of_own_page(headers)
        check_body(headers, config.most_body(path), any_type=program or own_page)


def check_socket(scope: Scope, config: Config) -> None:
    """The same of a websocket; a browser names the origin of each."""
    if scope["path"] not in config.sockets:
        raise Problem(404, "not_found", "There is nothing here.")
    check_origin(check_head(scope, config))


def of_program(headers: dict[str, list[str]]) -> bool:
    """Whether no browser sent it: those say where a request that changes something comes from."""
    return not any(name == "origin" or name.startswith("sec-fetch-") for name in headers)


def of_own_page(headers: dict[str, list[str]]) -> bool:
    """Whether a browser says that a page of this server sent it; `check_origin` has looked at the names."""
    return first(headers, "origin") is not None or first(headers, "sec-fetch-site") == "same-origin"


def check_head(scope: Scope, config: Config) -> dict[str, list[str]]:
    """Sizes and the host; the headers."""
    headers = heads(scope)
    limits = config.limits
    if len(scope["path"]) + len(scope["query_string"]) > limits.path:
        raise Problem(
            414, "path_too_long", f"A path and its query may have {limits.path} bytes.", headers=CLOSE
        )
    if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.headers or any(
        len(values) > 1 for name, values in headers.items() if name in SINGLE
    ):
        raise Problem(431, "headers_too_large", f"Headers may have {limits.headers} bytes.", headers=CLOSE)
    check_host(headers, config)
    return headers


SINGLE = frozenset({"host", "origin", "content-type", "content-length", "authorization", "idempotency-key"})


def heads(scope: Scope) -> dict[str, list[str]]:
    """Header name -> its values."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def first(headers: dict[str, list[str]], name: str) -> str | None:
    return headers.get(name, [None])[0]


def check_host(headers: dict[str, list[str]], config: Config) -> None:
    """Only names that the operator allows: a foreign name that leads here is DNS rebinding."""
    host = first(headers, "host")
    name = None if host is None else host_name(host)
    if name is None or name not in config.allowed_hosts:
        raise Problem(
            421, "unknown_host", "This server is not asked for by that name; its operator can allow it (--allow-host).",
            headers=CLOSE,
        )  # fmt: skip


def check_origin(headers: dict[str, list[str]]) -> None:
    """What changes something comes from our own page, or from a program, which names no origin."""
    site = first(headers, "sec-fetch-site")
    origin = first(headers, "origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if origin is not None:
        try:
            parts = urlsplit(origin)
            own = (
                parts.scheme in ("http", "https")
                and parts.netloc.lower() == (first(headers, "host") or "").lower()
            )
        except ValueError:
            own = False
        foreign = foreign or not own
    if foreign:
        raise Problem(403, "foreign_origin", "Another website may not do this.", headers=CLOSE)


def check_body(headers: dict[str, list[str]], most: int, *, any_type: bool = False) -> None:
    """JSON alone, not compressed, and not too long by its own account. `any_type`: whatever it is called."""
    kind, _, parameters = (first(headers, "content-type") or "").partition(";")
    charset = parameters.strip().lower().replace('"', "").replace(" ", "")
    is_json = kind.strip().lower() == "application/json" and charset in ("", "charset=utf-8")
    if not is_json and not any_type:
        raise Problem(
            415, "not_json", "A body is JSON in UTF-8: Content-Type: application/json.", headers=CLOSE
        )
    if (first(headers, "content-encoding") or "identity").lower() != "identity":
        raise Problem(415, "not_json", "A body is not compressed.", headers=CLOSE)
    length = first(headers, "content-length")
    if (
        length is not None
        and length.isascii()
        and length.isdigit()
        and (len(length) > 12 or int(length) > most)
    ):
        raise too_large(most)
