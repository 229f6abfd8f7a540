"""DOOR  ComfyUI: workflows read and converted, without ComfyUI. The node pack stands in `comfyui-pawlette/`."""
