"""Where a real ComfyUI is: COMFYUI in the environment."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def comfyui() -> Path:
    """The folder of a real ComfyUI whose requirements this Python has; the test is skipped where there is none."""
    named = os.environ.get("COMFYUI")
    if not named:
        pytest.skip("no ComfyUI: name its folder in the environment variable COMFYUI")
    folder = Path(named)
    assert (folder / "main.py").exists(), f"COMFYUI names {folder}, which holds no main.py"
    return folder
