"""Names are taken at once, pictures are whole or not there, and a failure is remembered."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from pawlette.comfyui.saving import MOST_WAITING, Saver, png, reserve, with_texts
from pawlette.errors import BadPicture, CannotSave


@pytest.fixture
def saver():
    saver = Saver()
    yield saver
    saver.close()


def picture():
    return np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_a_picture_is_written_with_its_texts(saver, tmp_path):
    path = reserve(tmp_path, "cute", 1)
    saver.save(path, lambda: png(picture(), {"prompt": '{"1": "é"}', "workflow": "熊猫"}))
    saver.close()
    with Image.open(path) as opened:
        assert np.array_equal(np.asarray(opened), picture())
        assert (opened.text["prompt"], opened.text["workflow"]) == ('{"1": "é"}', "熊猫")
    assert [one.name for one in tmp_path.iterdir()] == ["cute_00001_.png"]
    assert (saver.saved, saver.pending, list(saver.failures)) == (1, 0, [])


def test_texts_change_nothing_else_of_a_finished_png():
    plain = png(picture(), {})
    texts = with_texts(plain, {"prompt": "x"})
    assert len(texts) == len(plain) + 12 + len("prompt\0x")
    with Image.open(io.BytesIO(texts)) as opened:
        opened.load()
        assert opened.text == {"prompt": "x"}
    with pytest.raises(BadPicture):
        with_texts(b"GIF89a", {})


def test_names_are_taken_before_anything_is_written(tmp_path):
    (tmp_path / "cute_00002_.png").write_bytes(b"another program's")
    names = [reserve(tmp_path, "cute", 1).name for _ in range(3)]
    assert names == ["cute_00001_.png", "cute_00003_.png", "cute_00004_.png"]


def test_no_two_threads_take_one_name(tmp_path):
    names = []
    threads = [
        threading.Thread(target=lambda: names.extend(reserve(tmp_path, "x", 1) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 80


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CannotSave, match="cannot save"):
        reserve(tmp_path / "none", "x", 1)


def test_who_wants_a_picture_waits_for_it(saver, tmp_path):
    go, path = threading.Event(), reserve(tmp_path, "x", 1)

    def make():
        assert go.wait(60)
        return png(picture(), {})

    saver.save(path, make)
    waiting = saver.waiting(path)
    assert (saver.pending, path.exists()) == (1, False)
    go.set()
    waiting.result(60)
    assert path.exists()
    assert saver.waiting(path) is None


def test_a_failure_is_remembered_told_and_leaves_nothing(tmp_path):
    told = []
    saver = Saver(on_failure=told.append)
    path = reserve(tmp_path, "x", 1)

    def full():
        raise OSError(28, "No space left on device", "/a/place/that/is/nobody's/business")

    saver.save(path, full)
    saver.close()
    assert saver.failure(path).reason == "No space left on device"
    assert told == list(saver.failures)
    assert list(tmp_path.iterdir()) == []


def test_only_so_many_wait(saver, tmp_path):
    go = threading.Event()

    def make():
        assert go.wait(60)
        return png(picture(), {})

    for _ in range(MOST_WAITING):
        saver.save(reserve(tmp_path, "x", 1), make)
    late = threading.Thread(target=lambda: saver.save(reserve(tmp_path, "x", 1), make))
    late.start()
    late.join(0.1)
    assert late.is_alive()
    go.set()
    late.join(60)
    saver.close()
    assert saver.saved == MOST_WAITING + 1
