"""What a browser keeps on the server: its bounds, its names, and whose it is."""

import pytest

from pawlette.comfyui.api import drawers
from pawlette.comfyui.api.drawers import Drawers, NotKept


def refused(status, act, *args, **more):
    with pytest.raises(NotKept) as refusal:
        act(*args, **more)
    assert refusal.value.status == status
    return refusal.value.said


def test_each_owner_has_a_drawer_of_their_own():
    kept = Drawers()
    kept.write("ada", "workflows/panda.json", b"{}", overwrite=True)
    kept.change("ada", {"Comfy.ColorPalette": "light"})
    assert kept.read("ada", "workflows/panda.json").data == b"{}"
    assert kept.settings("ada")["Comfy.ColorPalette"] == "light"
    assert kept.listed("bob", "workflows", recurse=True) == {}
    assert "Comfy.ColorPalette" not in kept.settings("bob")
    refused(404, kept.read, "bob", "workflows/panda.json")
    refused(404, kept.delete, "bob", "workflows/panda.json")


def test_files_are_listed_by_folder_moved_and_deleted():
    kept = Drawers()
    for name in ("workflows/b.json", "workflows/old/a.json", "notes.txt"):
        kept.write("", name, b"1", overwrite=False)
    assert list(kept.listed("", "workflows", recurse=True)) == ["b.json", "old/a.json"]
    assert list(kept.listed("", "workflows", recurse=False)) == ["b.json"]
    refused(409, kept.write, "", "notes.txt", b"2", overwrite=False)
    assert kept.write("", "notes.txt", b"22", overwrite=True).about("notes.txt")["size"] == 2
    refused(409, kept.move, "", "notes.txt", "workflows/b.json", overwrite=False)
    kept.move("", "notes.txt", "workflows/c.txt", overwrite=False)
    kept.delete("", "workflows/b.json")
    assert list(kept.listed("", "", recurse=True)) == ["workflows/c.txt", "workflows/old/a.json"]


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/.", "a\\b", "a\nb", "a\0", "x" * 101, "/".join("abcdefg")]
)  # fmt: skip
def test_odd_names_are_refused(name):
    kept = Drawers()
    assert "workflows/panda.json" in refused(400, kept.write, "", name, b"", overwrite=True)
    assert kept.listed("", "", recurse=True) == {}


def test_a_drawer_has_bounds(monkeypatch):
    monkeypatch.setattr(drawers, "MOST_FILES", 3)
    monkeypatch.setattr(drawers, "MOST_BYTES", 100)
    monkeypatch.setattr(drawers, "LONGEST_FILE", 60)
    monkeypatch.setattr(drawers, "MOST_OWNERS", 1)
    kept = Drawers()
    refused(413, kept.write, "", "a", bytes(61), overwrite=True)
    kept.write("", "a", bytes(60), overwrite=True)
    refused(507, kept.write, "", "b", bytes(41), overwrite=True)
    kept.write("", "a", bytes(20), overwrite=True)  # a smaller one in its place
    kept.write("", "b", bytes(41), overwrite=True)
    kept.write("", "c", b"", overwrite=True)
    refused(507, kept.write, "", "d", b"", overwrite=True)
    refused(413, kept.change, "", {"x": "y" * drawers.MOST_SETTINGS})
    refused(507, kept.write, "another", "a", b"", overwrite=True)
