"""The nodes by the names that workflows know them by."""

from .names import DISPLAY
from .nodes_draw import Draw, Load, Prompt
from .nodes_save import Save
from .nodes_stages import Decode, Denoise, Encode

NODE_CLASS_MAPPINGS = dict(zip(DISPLAY, (Load, Prompt, Draw, Encode, Denoise, Decode, Save), strict=True))
NODE_DISPLAY_NAME_MAPPINGS = DISPLAY
