"""Pixels -> a labelled PNG, WebP or JPEG, and a file that is whole or not there. Knows no model and no words."""

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from pawlette.engine import labels as labelling
from pawlette.engine.labels import Labels
from pawlette.errors import BadJob, BadPicture, CannotSave
from pawlette.job import Job, Picture, Pixels

FORMATS = {"png": ".png", "webp": ".webp", "jpeg": ".jpg"}
MAX_PIXELS = 16_000_000  # what we open again
ROOM = 32 * 1024 * 1024  # bytes that must be free before drawing starts


def to_image(pixels: Pixels) -> Image.Image:
    """The picture as RGBA where the job wants transparency, else RGB on white."""
    array = pixels.tensor.cpu().numpy()
    image = Image.fromarray(array)
    if image.mode != "RGBA" or pixels.job.transparent:
        return image
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    return page.convert("RGB")


def encode_image(image: Image.Image, job: Job, labels: Labels, form: str) -> bytes:
    """The encoded file with its labels; raises BadJob for an unknown format."""
    packet = labelling.xmp(job, labels)
    out = io.BytesIO()
    if form == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("parameters", labelling.parameters(job, labels))
        info.add_itxt("pawlette", json.dumps(labelling.describe(job, labels), ensure_ascii=False))
        info.add_itxt("AIGC", labelling.aigc(job, labels))
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(out, "PNG", pnginfo=info, compress_level=6)
    elif form == "webp":
        image.save(out, "WEBP", quality=92, method=4, exact=True, xmp=packet)
    elif form == "jpeg":
        if image.mode == "RGBA":
            raise BadJob("jpeg has no transparency; use png or webp")
        image.save(out, "JPEG", quality=93, subsampling=0, xmp=packet)
    else:
        raise BadJob(f"a picture's format is one of {', '.join(FORMATS)}; got {form!r}")
    return out.getvalue()


def encode_plain(image: Image.Image) -> bytes:
    """A PNG of a page that no model drew: a contact sheet."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def deliver(pixels: Pixels, seconds: dict[str, float], *, labels: Labels, form: str = "png") -> Picture:
    """Encode and label one picture. `seconds` is what the stages took so far."""
    data = encode_image(to_image(pixels), pixels.job, labels, form)
    return Picture(job=pixels.job, data=data, format=form, seconds=seconds)


def check_folder(folder: Path) -> None:
    """Raise CannotSave, before any drawing, where the folder cannot be written or its disk is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".pawlette-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotSave(f"cannot write in {folder}: {error.strerror or error}; choose another --out") from error
    if free < ROOM:
        raise CannotSave(f"only {free // 1024**2} MB are free in {folder}; {ROOM // 1024**2} MB are needed")


def write_whole(path: Path, data: bytes) -> Path:
    """Write beside the target, flush to disk, then rename: no reader ever sees half a file."""
    handle, temporary = -1, ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".pawlette-", suffix=path.suffix)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        _remove(temporary)
        raise CannotSave(f"cannot save {path}: {error.strerror or error}") from error
    except BaseException:  # Ctrl-C between write and rename: leave nothing half done, then let it pass
        _remove(temporary)
        raise
    return path


def _remove(temporary: str) -> None:
    if temporary:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def read_picture(path: Path) -> tuple[dict[str, Any], str]:
    """Our record in a picture file, and the file's format; raises BadPicture with what is wrong.

    Only the header is trusted before the size is known, so that no small file unfolds to gigabytes.
    """
    try:
        with Image.open(path, formats=("PNG", "WEBP", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(f"{path} has {image.width}x{image.height} pixels; at most {MAX_PIXELS} are opened")
            form = str(image.format).lower()
            if form == "png":
                image.load()  # text chunks may stand behind the pixels
            text, packet = image.info.get("pawlette"), image.info.get("xmp")
    except BadPicture:
        raise
    except FileNotFoundError:
        raise BadPicture(f"{path} does not exist") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(f"{path} is not a PNG, WebP or JPEG picture: {error}") from error
    try:
        if isinstance(text, str):
            return labelling.read_record(text), form
        if isinstance(packet, bytes):
            return labelling.record_in_xmp(packet), form
    except BadPicture as error:
        raise BadPicture(f"{path}: {error}") from None
    raise BadPicture(f"{path} carries no Pawlette record; it was not drawn by Pawlette, or the record was removed")
