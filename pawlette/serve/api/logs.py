"""One line of JSON for each thing that happened: names and figures, never words, keys, PINs or what an error says."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback
from typing import Any, TextIO


class Lines(logging.Handler):
    """Writes what other libraries log (uvicorn) in the same form, by its template, without what was filled in."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.INFO)
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.log.fault(error)
        else:
            self.log.line(
                record.levelname.lower(), "library", source=record.name, message=str(record.msg)[:200]
            )


class Log:
    """`stream`: where the lines go; standard error by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, level: str, event: str, **fields: Any) -> None:
        shown = {"time": round(time.time(), 3), "level": level, "event": event}
        shown |= {name: value for name, value in fields.items() if value is not None}
        text = json.dumps(shown, default=str) + "\n"
        stream = self._stream or sys.stderr
        with self._lock:  # a line is whole, whichever thread writes it
            stream.write(text)
            stream.flush()

    def request(self, method: str, route: str, status: int, seconds: float, **fields: Any) -> None:
        """`route` is the template (`/v1/jobs/{job}`), not what was asked for."""
        level = "error" if status >= 500 and status not in (503, 507) else "info"
        self.line(
            level,
            "request",
            method=method[:10],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            **fields,
        )

    def fault(self, error: BaseException, **fields: Any) -> None:
        """A fault of ours: its kind and where, not its sentence, which may hold what somebody typed."""
        frames = [f"{frame.filename.rpartition('pawlette/')[2]}:{frame.lineno} {frame.name}"
                  for frame in traceback.extract_tb(error.__traceback__)]  # fmt: skip
        self.line("error", "fault", kind=type(error).__name__, frames=frames[-12:], **fields)

    def take_over(self, *names: str) -> None:
        """Loggers of libraries write through this log."""
        for name in names:
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [Lines(self)], False
            logger.setLevel(logging.WARNING)
