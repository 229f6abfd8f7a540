"""Imported for what it imports: all that loading a model needs, so that processes may be forked with it."""

from pawlette.model import qwen

__all__ = ["qwen"]
