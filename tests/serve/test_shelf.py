"""Pictures are whole or not there, under names of their own; orphans are swept."""

import errno

import pytest

from pawlette.errors import CannotSave
from pawlette.serve.shelf import Shelf


def full(point):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path / "pictures")
    shelf.make()
    return shelf


def test_two_claims_of_a_job_never_touch_each_others_file(shelf):
    late, done = shelf.save("job", 1, "png", b"late"), shelf.save("job", 2, "png", b"done")
    shelf.remove([late, "was-never-there.png"])
    assert shelf.path(done).read_bytes() == b"done"


def test_the_points_are_reached_in_order(tmp_path):
    reached = []
    shelf = Shelf(tmp_path, lambda point: reached.append((point, len(list(tmp_path.iterdir())))))
    shelf.save("job", 1, "webp", b"data")
    assert reached == [("saving", 0), ("saved", 1)]


def test_sweeping(shelf):
    kept = shelf.save("a", 1, "png", b"a")
    (shelf.folder / ".pawlette-half.png").write_bytes(b"half")
    orphan = shelf.save("b", 1, "png", b"b")
    assert set(shelf.sweep({kept})) == {".pawlette-half.png", orphan}
    assert [path.name for path in shelf.folder.iterdir()] == [kept]


def test_a_full_disk(shelf):
    assert shelf.probe() == ""
    shelf.at_point = full
    with pytest.raises(CannotSave, match="No space left"):
        shelf.save("a", 1, "png", b"a")
    assert "No space left" in shelf.probe()
    assert list(shelf.folder.iterdir()) == []
    assert shelf.free() > 0


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotSave, match="cannot make"):
        Shelf(tmp_path / "file" / "pictures").make()


@pytest.mark.parametrize("name", ["../jobs.db", "a/b.png", ".pawlette-x", "/etc/passwd", ""])
def test_a_name_is_no_path(shelf, name):
    with pytest.raises(ValueError, match="no picture"):
        shelf.path(name)
