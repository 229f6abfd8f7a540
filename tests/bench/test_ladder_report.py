"""The table: what is there, what is not, and why."""

from pawlette.bench.ladder_report import HEAD, MARKED, as_markdown

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


def test_a_rung_whose_streams_met_new_shapes_is_marked():
    rungs = [{"rung": "all", "unrehearsed": True}, {"rung": "fp8", "unrehearsed": False}]
    report = {"machine": {}, "plan": {}, "matmul_tflops": None, "cases": [CASE | {"rungs": rungs}]}
    text = as_markdown(report)
    assert "| all † |" in text
    assert "| fp8 |" in text
    assert text.count(MARKED) == 1
    assert MARKED not in as_markdown(report | {"cases": [CASE | {"rungs": rungs[1:]}]})


def test_rungs_with_short_streams_are_named():
    rated = {"per_minute": {"median": 1.0, "lowest": 1.0, "highest": 1.0}}
    rungs = [{"rung": "fp32", "jobs": 4} | rated, {"rung": "all", "jobs": 16} | rated, {"rung": "baseline"}]
    rungs.append({"rung": "broken", "jobs": 5, "failed": "in its stream"})
    report = {"machine": {}, "plan": {"jobs": 16}, "matmul_tflops": None, "cases": [CASE | {"rungs": rungs}]}
    assert "Streams of fewer pictures than 16, to fit the time: fp32 4." in as_markdown(report)
    assert "fewer" not in as_markdown(report | {"cases": [CASE | {"rungs": rungs[1:]}]})
    two = [CASE | {"rungs": rungs}, CASE | {"size": 96, "rungs": rungs}]
    assert "to fit the time: fp32 at 64 4, fp32 at 96 4." in as_markdown(report | {"cases": two})
