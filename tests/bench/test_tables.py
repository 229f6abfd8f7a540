"""Tables as text."""

from pawlette.bench.tables import facts, markdown, number, plain, share


def test_columns_are_aligned_by_how_wide_they_look():
    assert plain(("way", "ms"), [["plain", "9"], ["熊猫", "1,234"]]) == "\n".join(
        ["way       ms", "plain      9", "熊猫   1,234"]
    )


def test_a_row_that_says_why_it_has_no_figures_widens_no_column():
    shown = plain(("way", "ms", "MB"), [["one", "1", "2"], ["other", "it could not"]])
    assert shown.splitlines() == ["way    ms  MB", "one     1   2", "other  it could not"]
    assert markdown(("way", "ms", "MB"), [["other", "a | b"]]).splitlines()[-1] == "| other | a / b |  |"


def test_markdown_has_a_rule_below_its_head():
    assert markdown(("a", "b"), [["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_what_was_not_measured_is_a_dash():
    assert (number(None), share(None)) == ("–", "–")
    assert (number(1234.5678, 1), share(0.1234)) == ("1,234.6", "12.3 %")
    assert facts({"torch": "2", "driver": None}) == "torch 2"
