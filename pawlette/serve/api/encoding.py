"""Picture files of ours in another format or at another compression, their labels kept. Knows no job and no HTTP."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

OURS = ("PNG", "WEBP", "JPEG")


def compressed(path: Path, form: str, quality: int) -> bytes:
    """A PNG of ours as WebP or JPEG at a quality of 0 to 100, with the same XMP labels."""
    with Image.open(path, formats=("PNG",)) as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp", "")
        packet = packet if isinstance(packet, bytes) else packet.encode()
        out = io.BytesIO()
        if form == "webp":
            image.save(out, "WEBP", quality=quality, method=4, exact=True, xmp=packet)
        else:
            image.convert("RGB").save(out, "JPEG", quality=max(1, quality), xmp=packet)
    return out.getvalue()


def partial(preview: bytes, form: str, size: tuple[int, int]) -> bytes:
    """An unfinished picture in the format and size of the finished one, so that a client can swap them."""
    with Image.open(io.BytesIO(preview), formats=OURS) as image:
        whole = image if form != "jpeg" or image.mode == "RGB" else image.convert("RGB")
        whole = whole if whole.size == size else whole.resize(size, Image.Resampling.BICUBIC)
        out = io.BytesIO()
        settings: dict[str, Any] = {
            "png": {"compress_level": 1},
            "webp": {"quality": 80},
            "jpeg": {"quality": 80},
        }[form]
        whole.save(out, form.upper(), **settings)
    return out.getvalue()
