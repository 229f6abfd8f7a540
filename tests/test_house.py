"""Promises of the house as a whole: light imports, quick help, documents that tell the truth."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "from click.testing import CliRunner\nfrom pawlette.cli import main\nCliRunner().invoke(main, {!r})"
HEAVY = ("torch", "transformers", "diffusers", "numpy", "PIL")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.strip().splitlines()[-1].split()) if run.stdout.strip() else set()


def test_import_pawlette_loads_nothing_heavy():
    assert loaded_by("import pawlette, pawlette.words, pawlette.errors") == set()


def test_help_loads_nothing_heavy():
    assert loaded_by(RUN.format(["draw", "--help"])) == set()


def test_words_command_loads_no_torch():
    assert "torch" not in loaded_by(RUN.format(["words", "a cat"]))


def test_the_lock_files_carry_no_hashes_and_no_index_addresses():
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert pins
        assert all("==" in line and "--hash" not in line and "://" not in line for line in pins)


def test_the_makefile_lists_every_command_it_has():
    makefile = (ROOT / "Makefile").read_text()
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY")).split()[1:]
    for target in phony:
        assert f"\n{target}:" in makefile
    described = [line.split(":")[0] for line in makefile.splitlines() if ":  ##" in line or " ## " in line]
    assert set(phony) <= set(described)


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_names_every_command(readme):
    from pawlette.cli import main

    text = (ROOT / readme).read_text(encoding="utf-8")
    for command in main.commands:
        assert f"pawlette {command}" in text
    assert "make draw" in text
    assert "make test" in text


OPTION = re.compile(r"--[a-z][a-z-]+")


def test_both_readmes_name_the_same_options():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    assert set(OPTION.findall(english)) == set(OPTION.findall(chinese))


LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (
        ".",
        "docs",
        "docs/benchmarks",
        "decisions",
        "comfyui-pawlette",
        "workflows",
        "pawlette/builtin",
    )
    for path in (ROOT / folder).glob("*.md")
)


def heading(line: str) -> str:
    """The name by which a heading is linked to: lower case, words joined by hyphens, no other sign."""
    return re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_there(document):
    text = CODE.sub("", (ROOT / document).read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if "://" in link:
            continue
        name, _, part = link.partition("#")
        target = (ROOT / document).parent / name if name else ROOT / document
        assert target.exists(), link
        if part:
            lines = target.read_text(encoding="utf-8").splitlines()
            assert part in {heading(line) for line in lines if line.startswith("#")}, link


PATHS = re.compile(r"`((?:[\w-]+/)+[\w-]+\.(?:py|md|js|json|toml|tsv))`")


@pytest.mark.parametrize(
    "document", [name for name in DOCUMENTS if not name.startswith(("decisions/", "CHANGELOG"))]
)
def test_every_file_that_is_named_with_its_folder_is_there(document):
    """From the root or inside the package; decisions and changes tell of what was."""
    for name in PATHS.findall((ROOT / document).read_text(encoding="utf-8")):
        assert (ROOT / name).exists() or (ROOT / "pawlette" / name).exists(), name
