"""The file of a loss curve, when a run goes on. Knows no loss: a row begins with its step, below a line of names."""

from pathlib import Path

from pawlette.files import write_whole


def cut_behind(path: Path, step: int) -> bool:
    """Drop the rows behind `step`, which will come again, and half a row; whether there is a curve to go on with."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    if not lines:
        return False
    head, *rows = lines
    write_whole(path, b"".join([head, *(row for row in rows if _is_whole(row, head) and _step(row) <= step)]))
    return True


def _is_whole(row: bytes, head: bytes) -> bool:
    """A run that was killed may have left the front of its last row."""
    return row.endswith(b"\n") and row.count(b",") == head.count(b",") and row.split(b",")[0].isdigit()


def _step(row: bytes) -> int:
    return int(row.split(b",")[0])
