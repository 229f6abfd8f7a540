"""The nodes where the package `pawlette` is not installed: each says the line that installs it."""

import sys

from .names import CATEGORY, DISPLAY

LINE = f'"{sys.executable}" -m pip install pawlette'
TELL = f"Pawlette is not installed in ComfyUI's Python. Run this, then start ComfyUI again: {LINE}"


class Missing:
    """Takes anything, and fails with the line. It asks for no input, so that nothing else is found wrong before."""

    CATEGORY = CATEGORY
    DESCRIPTION = TELL
    FUNCTION = "tell"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def tell(self, **inputs):
        raise RuntimeError(TELL)


NODE_CLASS_MAPPINGS = {name: type(name, (Missing,), {}) for name in DISPLAY}
NODE_DISPLAY_NAME_MAPPINGS = {name: f"{shown} (not installed)" for name, shown in DISPLAY.items()}
