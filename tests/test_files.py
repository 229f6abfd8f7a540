"""Files are whole or not there; a bad folder is told before drawing."""

import errno
import os
from types import SimpleNamespace

import pytest

from pawlette import files
from pawlette.errors import CannotSave


def test_a_file_is_written_and_replaced_whole(tmp_path):
    path = tmp_path / "new" / "a.png"
    files.write_whole(path, b"one")
    assert files.write_whole(path, b"two").read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotSave, match="No space left"):
        files.write_whole(tmp_path / "a.png", b"data")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_between_write_and_rename_leaves_nothing(tmp_path, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        files.write_whole(tmp_path / "a.png", b"data")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_an_error_before_drawing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotSave, match="cannot write"):
        files.check_folder(tmp_path / "file" / "below")


def test_a_full_disk_is_an_error_before_drawing(tmp_path, monkeypatch):
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(CannotSave, match="0 MB are free"):
        files.check_folder(tmp_path)
