"""What a picture says about itself: that a machine made it, how, and how to draw it again.

Knows no pixels. The labels that law asks for (AIGC of GB 45438-2025, IPTC's digital source type for the EU's AI
Act) are always written; the prompt can be left out. Everything also stands in XMP, which PNG, WebP and JPEG share.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from pawlette.errors import BadPicture
from pawlette.job import FULL, Job

VERSION = 1
MAX_METADATA = 64 * 1024  # bytes: more than this is not ours
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
NAMESPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
    "pawlette": "https://pawlette.art/ns/1.0/",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Who made the picture, with what, and whether the words may stand in the file."""

    model: str
    version: str  # of Pawlette
    producer: str = "Pawlette"
    keep_words: bool = True
    lora_digest: str | None = None  # of the merged LoRA's weights, since a name can come to mean another file
    mark: bool = False  # the visible one, which services that publish to others need


def describe(job: Job, labels: Labels) -> dict[str, Any]:
    """Our own record of a picture: enough to draw it again."""
    record: dict[str, Any] = {"version": VERSION, "pawlette": labels.version, "model": labels.model}
    if labels.keep_words:
        record |= {"words": job.words, "prompt": job.prompt.text, "negative": job.prompt.negative}
    settings = ("seed", "width", "height", "steps", "guidance", "lora", "decoder", "transparent")
    record |= {name: getattr(job, name) for name in settings}
    record["finish"] = job.finish.parts if job.finish else None
    if job.sampling:
        record["sampling"] = asdict(job.sampling)
    if labels.lora_digest is not None:
        record["lora_digest"] = labels.lora_digest
    if labels.mark:
        record["mark"] = True
    record["style"] = job.prompt.style
    record["open_text"] = job.prompt.scene is None
    if labels.keep_words and job.prompt.scene is not None:
        record["scene"] = asdict(job.prompt.scene)
    return record


def aigc(job: Job, labels: Labels) -> str:
    """The AIGC record of GB 45438-2025: made by a machine (Label 1), by whom, and which piece."""
    return aigc_record(json.dumps(describe(job, labels), sort_keys=True).encode(), labels)


def aigc_record(content: bytes, labels: Labels) -> str:
    """The same for anything that holds made pictures, such as a contact sheet."""
    piece = sha256(content).hexdigest()[:32]
    record = {
        "Label": "1",
        "ContentProducer": labels.producer,
        "ProduceID": piece,
        "ReservedCode1": "",
        "ContentPropagator": labels.producer,
        "PropagateID": piece,
        "ReservedCode2": "",
    }
    return json.dumps(record, ensure_ascii=False)


def parameters(job: Job, labels: Labels) -> str:
    """The text that many picture tools show under "parameters"."""
    words = f"{job.prompt.text}\nNegative prompt: {job.prompt.negative}\n" if labels.keep_words else ""
    extras = "" if job.lora is None else f"LoRA: {job.lora}, "
    extras += "" if job.decoder == FULL else f"Decoder: {job.decoder}, "
    if job.finish:
        extras += (
            f"Finish: {' '.join(f'{part} {strength:g}' for part, strength in job.finish.parts.items())}, "
        )
    return (
        f"{words}Steps: {job.steps}, Sampler: Euler, CFG scale: {job.guidance:g}, Seed: {job.seed}, "
        f"Size: {job.width}x{job.height}, Model: {labels.model}, {extras}Version: Pawlette {labels.version}"
    )


def xmp(job: Job, labels: Labels) -> bytes:
    """One XMP packet with the digital source type, the AIGC record and our own."""
    return packet(aigc(job, labels), json.dumps(describe(job, labels)))  # ASCII: XML forbids some characters


def packet(record: str, ours: str | None = None) -> bytes:
    """An XMP packet around an AIGC record and, for a single picture, our own."""
    names = "".join(f" xmlns:{short}={quoteattr(uri)}" for short, uri in NAMESPACES.items())
    job = "" if ours is None else f" pawlette:job={quoteattr(ours)}"
    text = (
        f'{XMP_HEAD}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{names} Iptc4xmpExt:DigitalSourceType={quoteattr(TRAINED)} '
        f"TC260:AIGC={quoteattr(record)}{job}/>"
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return text.encode()


def read_record(text: str | bytes) -> dict[str, Any]:
    """Parse our record as JSON of a known version; raises BadPicture on anything else."""
    if len(text) > MAX_METADATA:
        raise BadPicture(f"its metadata is {len(text)} bytes long; ours is at most {MAX_METADATA}")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPicture(f"its metadata is not JSON: {error}") from None
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise BadPicture(f"its metadata is not a Pawlette record of version {VERSION}")
    return record


def record_in_xmp(packet: bytes) -> dict[str, Any]:
    """Our record out of an XMP packet; raises BadPicture where there is none."""
    if len(packet) > MAX_METADATA:
        raise BadPicture(f"its XMP is {len(packet)} bytes long; ours is at most {MAX_METADATA}")
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise BadPicture("its XMP declares entities; ours never does")
    try:
        root = ElementTree.fromstring(packet.decode())
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise BadPicture(f"its XMP cannot be read: {error}") from None
    key = f"{{{NAMESPACES['pawlette']}}}job"
    for element in root.iter():
        if key in element.attrib:
            return read_record(element.attrib[key])
    raise BadPicture("it carries no Pawlette record")
