"""What the nodes of one process share: the desk with its studios, and the thread that saves."""

from __future__ import annotations

import atexit

from pawlette.comfyui.desk import Desk
from pawlette.comfyui.saving import Failure, Saver

from . import host


def _tell(failure: Failure) -> None:
    print(f"Pawlette Save: {failure.path} could not be saved: {failure.reason}")
    server = getattr(host.PromptServer, "instance", None)
    if server is not None:
        server.send_sync("pawlette_save_failed", {"filename": failure.path.name, "reason": failure.reason})


DESK = Desk()
SAVER = Saver(on_failure=_tell)
atexit.register(SAVER.close)
atexit.register(DESK.close)
