"""Pawlette draws cute animals for children. `import pawlette` is light: torch is loaded at the first picture."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pawlette.job import Finish, Job, Picture
    from pawlette.studio import Studio

__all__ = ["Finish", "Job", "Picture", "Studio"]


def __getattr__(name: str) -> Any:
    if name == "Studio":
        from pawlette.studio import Studio

        return Studio
    if name in ("Finish", "Job", "Picture"):
        from pawlette import job

        return getattr(job, name)
    raise AttributeError(f"module 'pawlette' has no attribute {name!r}")
