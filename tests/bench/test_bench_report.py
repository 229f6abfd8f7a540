"""The page of `pawlette bench`: what stands where, and that nothing is filled in that was not measured."""

import pytest

from pawlette.bench import bench_report
from pawlette.bench.bench_report import BLOCK, CLIMB, beside, climb, ours, rate, rises


def block(prompt, way, **changes):
    latency = {"mean": 2000.0, "deviation": None, "lowest": 1900.0, "highest": 2100.0}
    return {
        "prompt": prompt, "way": way, "runs": 2, "latency_ms": latency, "p50_ms": 2000.0, "p95_ms": 2100.0,
        "nvml": 90.0, "sm_util": None, "processor_share": 0.5, "allocated_mib": 1000.0, "reserved_mib": None,
        "per_minute": 30.0,
    } | changes  # fmt: skip


PROTOCOL = {
    "size": 256, "steps": 8, "guidance": 1.0, "asked_runs": 2, "skipped": ["a colorful parrot, engine: no time"],
    "timelines": [],
    "blocks": [block("a cute panda", "plain"), block("a cute panda", "engine", per_minute=60.0),
               block("a fluffy bunny", "plain", nvml=None, per_minute=40.0)],
}  # fmt: skip
CASE = {
    "size": 256, "steps": 8, "guidance": 1.0, "text_tokens": [5, 6],
    "rungs": [
        {"rung": "baseline", "untraced_per_minute": 20.0, "alone": {"p50": 3.0, "p95": 3.5}},
        {"rung": "inline", "per_minute": {"median": 30.0, "lowest": 29.0, "highest": 31.0},
         "baseline_per_minute": {"default": {"median": 21.0, "lowest": 19.0, "highest": 22.0}},
         "ratio": {"default": {"median": 1.4, "lowest": 1.3, "highest": 1.5}},
         "busy": {"share": 0.931}, "nvml": 99.0, "against_baseline": {"pixels_max": 3, "pixels_ssim": 0.99987}},
        {"rung": "fp8", "failed": "BadJob: no | fp8"},
    ],
}  # fmt: skip
REPORT = {
    "title": "builtin on cpu", "command": "pawlette bench --quick", "machine": {"torch": "2"}, "notes": ["calm"],
    "protocol": PROTOCOL, "seconds": 100.0,
    "ladder": {"machine": {}, "plan": {}, "matmul_tflops": None, "notes": [], "cases": [CASE]},
}  # fmt: skip


def test_means_are_of_what_was_measured():
    found = ours(PROTOCOL, "plain", ["a cute panda", "a fluffy bunny"])
    assert found == {
        "latency_ms": 2000.0, "nvml": 90.0, "memory_mb": pytest.approx(1048.576), "per_minute": 35.0
    }  # fmt: skip
    assert set(ours(PROTOCOL, "engine", ["a fluffy bunny"]).values()) == {None}


def test_the_studys_table_stands_beside_ours():
    _, rows = beside(PROTOCOL)
    assert rows[0] == [
        "a cute panda", "9,840 · 42.3 · 5,210 · 6.1", "2,000 · 90.0 · 1,049 · 30.0", "2,000 · 90.0 · 1,049 · 60.0"
    ]  # fmt: skip
    assert rows[2][2:] == ["2,000 · – · 1,049 · 40.0", "– · – · – · –"]
    assert rows[-1][:2] == ["mean", "9,740 · 42.1 · 5,216 · 6.1"]


def test_rungs_have_their_figures_or_their_reason():
    first, second, third = climb(CASE)
    assert first[:5] == ["baseline", "21.00", "–", "3.00", "3.50"]
    assert second[1:3] == ["30.00", "1.40"]
    assert dict(zip(CLIMB, second, strict=True))["SSIM"] == "0.9999"
    assert dict(zip(CLIMB, second, strict=True))["kernel-busy"] == "93.1 %"
    assert third == ["fp8", "BadJob: no | fp8"]
    assert len(first) == len(second) == len(CLIMB)


def test_a_baseline_without_rungs_beside_it_has_its_own_rate():
    alone = {"rungs": [CASE["rungs"][0]]}
    assert rate(alone["rungs"][0], alone) == {"median": 20.0, "lowest": 20.0, "highest": 20.0}
    assert rate({"rung": "baseline"}, {"rungs": []}) is None
    assert rate({"rung": "inline"}, alone) is None


def test_the_page_has_all_of_it():
    page = bench_report.as_markdown(REPORT)
    for said in ("    pawlette bench --quick", "- calm", "not measured: a colorful parrot, engine", "| + FP16 | 7,640",
                 "other models on other machines", "2,000 ± – (1,900 to 2,100)", "100 s in all"):  # fmt: skip
        assert said in page
    assert len(rises()) == 4
    lines = [line for line in page.splitlines() if line.startswith("| a cute panda | plain")]
    assert lines[0].count("|") == len(BLOCK) + 1


def test_plots_stand_in_their_sections():
    page = bench_report.as_markdown(REPORT, ["study.png", "ladder-256.png"])
    parts = page.split("\n## ")
    shown = {part.splitlines()[0]: part.count("](") for part in parts}
    assert shown["The study's table beside ours"] == shown["The ladder"] == 1
    assert sum(shown.values()) == 2
    assert "](ladder-256.png)" in page
    assert "](" not in bench_report.as_markdown(REPORT | {"ladder": None}, ["ladder-256.png"])


def test_the_console_has_the_short_tables():
    shown = bench_report.for_console(REPORT)
    assert "9,840 · 42.3 · 5,210 · 6.1" in shown
    assert "- calm" in shown
    assert "\nfp8       BadJob: no | fp8\n" in shown
    assert bench_report.for_console(REPORT | {"ladder": None})
