"""The table: what is there, what is not, and why."""

from pawlette.bench.ladder_report import HEAD, as_markdown

CASE = {"size": 64, "steps": 2, "guidance": 1.0, "text_tokens": [50, 60]}


def test_rows_have_all_columns_whatever_is_missing():
    rungs = [{"rung": "begun"}, {"rung": "broken", "failed": "a | b"}, {"rung": "late", "skipped": "no time"}]
    report = {
        "machine": {"model": "2.1"}, "plan": {"jobs": 2, "budget": None}, "matmul_tflops": 700.0,
        "cases": [CASE | {"rungs": rungs}],
    }  # fmt: skip
    text = as_markdown(report)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {len(HEAD) + 1}
    assert "failed: a / b" in text
    assert "skipped: no time" in text
    assert "700 TFLOP/s" in text
    assert "budget" not in text
