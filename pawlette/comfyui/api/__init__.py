"""ComfyUI's own HTTP and websocket API, over a queue that somebody else keeps: `desk.py` says what it asks of that."""
