"""The table and the sheet of a made-up report."""

from pawlette.bench.art_report import CELL, as_markdown, missed_files, sheet
from pawlette.bench.art_scores import score
from tests.bench.jury import drawn, jury

SIGHTS = [{"animal": "cat"}, {"animal": "pig"}, {"animal": "cat", "colour": "blue"}]
PICTURES = drawn([("a cute cat", 0, 0), ("a cute cat", 1, 1), ("a blue cat", 0, 0), ("a blue cat", 1, 2)])
REPORT = score(PICTURES, jury(SIGHTS))


def test_the_table_shows_the_reference_beside_the_model():
    page = as_markdown(REPORT, REPORT)
    assert "taught: 50.0% of 2 pictures of 1 animals" in page
    assert "ratio 0.625" in page
    assert "| colour | 2 | 50.0% | 50.0% | 80.0% |" in page
    assert "weakest: cat 50% (pig)" in page
    assert "| diversity: distance | 1.414 | 1.414 | 1.00 |" in page
    assert "alpha" not in page


def test_without_a_reference_its_columns_are_empty():
    page = as_markdown(REPORT, None)
    assert "| colour | 2 | 50.0% | - | 80.0% |" in page
    assert "| diversity: distance | 1.414 | - | - |" in page


def test_the_sheet_frames_what_was_missed_and_leaves_nothing_out():
    missed = missed_files(REPORT)
    assert missed == {str(PICTURES[1].wish.file), str(PICTURES[2].wish.file)}
    page = sheet(PICTURES, missed)
    corners = [page.getpixel((index * CELL, 0)) for index in range(4)]
    assert [corner != (255, 255, 255) for corner in corners] == [False, True, True, False]
    assert page.getpixel((3 * CELL + CELL // 2, CELL // 2)) == (2, 40, 90)
