"""A list of wishes for the command line: rows of a table, where each picture goes, and the sheet of them all.

Knows no model: it reads tables and names files.
"""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from pawlette.engine.deliver import FORMATS, encode_sheet
from pawlette.engine.labels import Labels
from pawlette.errors import BadJob, CannotSave
from pawlette.files import write_whole
from pawlette.job import MAX_SEED
from pawlette.studio import Accepted

MAX_ROWS = 10_000
COLUMNS = ("prompt", "seed", "style", "name")
SUFFIXES = {".png": "png", ".webp": "webp", ".jpg": "jpeg", ".jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture that somebody asks for."""

    text: str
    seed: int | None = None
    style: str | None = None
    name: str | None = None  # of the file
    row: int = 1  # where it stands in its table


def several(text: str, seed: int | None, count: int) -> list[Wish]:
    """`count` wishes for one text; with a seed, the seeds follow one another."""
    return [Wish(text, None if seed is None else seed + i, row=i + 1) for i in range(count)]


def read_csv(path: Path) -> tuple[list[Wish], list[str]]:
    """The table's good rows, and a line for each bad one; raises BadJob where it is no such table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            columns = [c.strip().lower() for c in table.fieldnames or []]
            table.fieldnames = columns
            if "prompt" not in columns:
                raise BadJob(
                    f"{path}: the first line names the columns, with prompt among them; got {columns}"
                )
            if unknown := sorted(set(columns) - set(COLUMNS)):
                raise BadJob(f"{path}: unknown column {unknown[0]!r}; columns are {', '.join(COLUMNS)}")
            rows = [(table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadJob(f"{path} cannot be read as a UTF-8 table: {error}") from error
    if not rows or len(rows) > MAX_ROWS:
        raise BadJob(f"{path} has {len(rows)} rows; 1 to {MAX_ROWS} are drawn")
    wishes, bad = [], []
    for number, row in rows:  # the line of the file where the row ends; line 1 is the header
        try:
            wishes.append(_wish(row, number))
        except BadJob as error:
            bad.append(f"row {number}: {error}")
    return wishes, bad


def _wish(row: dict, number: int) -> Wish:
    if None in row:
        raise BadJob("more cells than columns; put quotes around a prompt that holds a comma")
    cells = {key: (value or "").strip() for key, value in row.items()}
    if not cells["prompt"]:
        raise BadJob("the prompt is empty")
    seed = cells.get("seed") or None
    if seed is not None and not (
        seed.isascii() and seed.isdigit() and len(seed) <= 19 and int(seed) <= MAX_SEED
    ):
        raise BadJob(f"a seed is a whole number from 0 to {MAX_SEED}; got {seed[:40]!r}")
    name = cells.get("name") or None
    if name is not None and len(name.encode()) > 200:
        raise BadJob(f"a name is at most 200 bytes long; got {len(name.encode())}")
    if name is not None and not re.fullmatch(r"[\w][\w .-]{0,99}", name):
        raise BadJob(f"a name is letters, digits, spaces, dots and dashes; got {name!r}")
    return Wish(
        cells["prompt"], None if seed is None else int(seed), cells.get("style") or None, name, number
    )


@dataclass(frozen=True, slots=True)
class Target:
    """Where pictures go, and in which format. It never writes over a file that it did not just name."""

    folder: Path
    form: str
    file: Path | None = None  # the one file that was asked for
    taken: set[Path] = field(default_factory=set)

    @classmethod
    def of(cls, out: Path | None, form: str | None, *, several: bool) -> "Target":
        """From --out and --format; raises BadJob where they disagree."""
        if out is None or (not out.suffix and not several) or several or out.is_dir():
            if out is not None and several and out.suffix.lower() in SUFFIXES:
                raise BadJob(f"several pictures need a folder for --out, got the file {out}")
            return cls(out or Path(), form or "png")
        told = SUFFIXES.get(out.suffix.lower())
        if told is None:
            raise BadJob(f"--out ends in {', '.join(SUFFIXES)}; got {out.name}")
        if form not in (None, told):
            raise BadJob(f"--out {out.name} is {told}, but --format says {form}")
        return cls(out.parent, told, out)

    def path(self, wish: Wish, accepted: Accepted) -> Path:
        """A new name in the folder, told by the animals and the seed, or the one that was asked for."""
        if self.file is not None:
            return self.file
        scene = accepted.job.prompt.scene
        animals = "-".join(c.animal.replace(" ", "-") for c in scene.creatures) if scene else "picture"
        stem = wish.name or f"pawlette-{animals}-{accepted.job.seed}"
        path, again = self.folder / f"{stem}{FORMATS[self.form]}", 1
        while path in self.taken or path.exists():
            again += 1
            path = self.folder / f"{stem}-{again}{FORMATS[self.form]}"
        self.taken.add(path)
        return path


def contact_sheet(paths: list[Path], folder: Path, labels: Labels, cell: int = 256) -> Path:
    """All pictures on one white page, in order, at most 8 in a row."""
    columns = min(8, len(paths))
    page = Image.new("RGB", (columns * cell, -(-len(paths) // columns) * cell), "white")
    for index, path in enumerate(paths):
        try:
            with Image.open(path) as picture:
                small = picture.convert("RGBA").resize((cell, cell), Image.Resampling.LANCZOS)
        except OSError as error:
            raise CannotSave(f"cannot read {path} again for the contact sheet: {error}") from error
        page.paste(small, (index % columns * cell, index // columns * cell), small)
    name, again = folder / "pawlette-sheet.png", 1
    while name.exists():
        again += 1
        name = folder / f"pawlette-sheet-{again}.png"
    return write_whole(name, encode_sheet(page, labels))
