"""Which run a training state belongs to: kept inside the state, compared before a run goes on from it.

Knows no trainer: facts are a mapping of plain JSON.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pawlette.errors import BadJob

KEY = "pawlette.run"  # where a state's metadata have it


def facts_of(plan: Any, *, but: str) -> dict[str, object]:
    """A plan's fields, without the one that may change when a run goes on: its length."""
    return {name: value for name, value in dataclasses.asdict(plan).items() if name != but}


def check_same(path: Path, kept: object, now: Mapping[str, object]) -> None:
    """Raise BadJob, naming the first fact that differs, where the state at `path` is another run's."""
    if not isinstance(kept, dict):
        raise BadJob(f"{path} does not say which run it belongs to; start a new one in another folder")
    present = json.loads(json.dumps(now))
    for name in sorted(kept.keys() | present.keys()):
        was, is_now = kept.get(name), present.get(name)
        if was != is_now:
            raise BadJob(
                f"{path} was made with {name} = {was!r}, now it is {is_now!r}; "
                "go on with what it was, or start a new run in another folder"
            )
