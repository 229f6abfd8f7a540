"""Imported for what it imports: all that loading a model would import late, so that processes may be forked with it."""

import importlib

from pawlette.model import qwen
from pawlette.model.text import TOWERS

__all__ = ["qwen"]

for kind in TOWERS:
    for part in ("configuration", "modeling"):
        importlib.import_module(f"transformers.models.{kind}.{part}_{kind}")
importlib.import_module("huggingface_hub.errors")
