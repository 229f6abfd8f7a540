"""A curve whose run goes on: rows behind the state, half rows and files without a row."""

import pytest

from pawlette.train.curve import cut_behind

HEAD = b"step,loss\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD + b"1,0.5\r\n2,0.4\r\n3,0.3\r\n", HEAD + b"1,0.5\r\n2,0.4\r\n"),
        (HEAD + b"1,0.5\r\n2", HEAD + b"1,0.5\r\n"),
        (HEAD + b"1,0.5\r\n2,0.", HEAD + b"1,0.5\r\n"),
        (HEAD + b"1,0.5\r\nnonsense\r\n\r\n", HEAD + b"1,0.5\r\n"),
        (HEAD, HEAD),
    ],
)
def test_what_comes_again_is_cut(tmp_path, before, after):
    (tmp_path / "curve.csv").write_bytes(before)
    assert cut_behind(tmp_path / "curve.csv", 2)
    assert (tmp_path / "curve.csv").read_bytes() == after


def test_no_curve_is_none_to_go_on_with(tmp_path):
    assert not cut_behind(tmp_path / "curve.csv", 2)
    (tmp_path / "curve.csv").touch()
    assert not cut_behind(tmp_path / "curve.csv", 2)
