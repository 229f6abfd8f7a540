"""Pixels -> a labelled PNG, WebP or JPEG, and back to what its labels say. Knows no model and no words."""

import io
import json
import zlib
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from pawlette.engine import labels as labelling
from pawlette.engine.finish import apply_finish
from pawlette.engine.labels import Labels
from pawlette.engine.mark import marked
from pawlette.errors import BadJob, BadPicture
from pawlette.job import Job, Picture, Pixels

FORMATS = {"png": ".png", "webp": ".webp", "jpeg": ".jpg"}
MAX_PIXELS = 16_000_000  # what we open again
# Looking for runs alone: a third to a fifth of level 6's time, and files no larger (docs/benchmarks/png.md).
PNG = {"compress_level": 1, "compress_type": zlib.Z_RLE}


def to_image(pixels: Pixels) -> Image.Image:
    """The finished picture: RGBA where the job wants transparency, else RGB on white."""
    array = apply_finish(pixels.tensor.cpu().numpy(), pixels.job.finish)
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
        image.save(out, "PNG", pnginfo=info, **PNG)
    elif form == "webp":
        image.save(out, "WEBP", quality=92, method=4, exact=True, xmp=packet)
    elif form == "jpeg":
        if image.mode == "RGBA":
            raise BadJob("jpeg has no transparency; use png or webp")
        image.save(out, "JPEG", quality=93, subsampling=0, xmp=packet)
    else:
        raise BadJob(f"a picture's format is one of {', '.join(FORMATS)}; got {form!r}")
    return out.getvalue()


def encode_sheet(image: Image.Image, labels: Labels) -> bytes:
    """A PNG of a page of drawn pictures, labelled as made by a machine, without any one picture's record."""
    record = labelling.aigc_record(image.tobytes(), labels)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("AIGC", record)
    info.add_itxt("XML:com.adobe.xmp", labelling.packet(record).decode())
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info, **PNG)
    return out.getvalue()


def deliver(pixels: Pixels, seconds: dict[str, float], *, labels: Labels, form: str = "png") -> Picture:
    """Encode and label one picture. `seconds` is what the stages took so far."""
    image = to_image(pixels)
    data = encode_image(marked(image) if labels.mark else image, pixels.job, labels, form)
    return Picture(job=pixels.job, data=data, format=form, seconds=seconds)


def read_picture(path: Path) -> tuple[dict[str, Any], str]:
    """Our record in a picture file, and the file's format; raises BadPicture with what is wrong.

    Only the header is trusted before the size is known, so that no small file unfolds to gigabytes.
    """
    try:
        with Image.open(path, formats=("PNG", "WEBP", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(
                    f"{path} has {image.width}x{image.height} pixels; at most {MAX_PIXELS} are opened"
                )
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
    raise BadPicture(
        f"{path} carries no Pawlette record; it was not drawn by Pawlette, or the record was removed"
    )
