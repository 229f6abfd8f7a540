"""Peers on small models: each named with its settings, each as it is while it draws and gone afterwards."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from pawlette.bench import peers
from pawlette.bench.gauge import Watch
from pawlette.bench.peers import Compiled, Drawn, figures, of_diffusers, remarks, run
from pawlette.bench.plan import Budget
from pawlette.bench.subject import Wish


@pytest.fixture
def without_compiler(monkeypatch):
    """What diffusers would compile for minutes is put in its place at once."""

    def put(transformer, **settings):
        assert settings == {"fullgraph": True}
        for block in Compiled(transformer).blocks:
            block._compiled_call_impl = block._call_impl

    kind = "diffusers.models.modeling_utils.ModelMixin.compile_repeated_blocks"
    monkeypatch.setattr(kind, put)


@pytest.fixture
def cache(monkeypatch):
    """cache-dit as far as we ask it."""
    calls = []
    made = SimpleNamespace(
        DBCacheConfig=lambda **settings: settings,
        enable_cache=lambda pipeline, cache_config: calls.append(cache_config),
        disable_cache=lambda pipeline: calls.append("off"),
    )
    monkeypatch.setattr(peers, "_installed", lambda name: made)
    monkeypatch.setattr(peers.metadata, "version", lambda name: "9.9")
    return calls


def measured(subject, out, **changes):
    settings = {
        "pictures": 1,
        "rounds": 2,
        "budget": Budget(3600.0),
        "rungs": ("inline",),
        "say": lambda _: None,
    } | changes
    return run(subject, Wish(64, 2), out, **settings)


def test_every_peer_is_measured_and_named(subject, tmp_path, without_compiler, cache):
    report = measured(subject, tmp_path)
    named = {one["peer"]: one for one in report["peers"]}
    assert list(named) == [
        "diffusers, eager",
        "diffusers, compiled",
        "diffusers + cache-dit",
        "pawlette, inline",
    ]
    assert "compile_repeated_blocks(fullgraph=True)" in named["diffusers, compiled"]["about"]
    assert "cache-dit 9.9, DBCache with Fn_compute_blocks=1" in named["diffusers + cache-dit"]["about"]
    for one in named.values():
        assert one["rounds"] == 2
        assert one["against_eager"]["pixels_ssim"] > 0.99
    assert named["diffusers, eager"]["x_eager"] == {"median": 1.0, "lowest": 1.0, "highest": 1.0}
    assert cache.count("off") == 3  # once to prepare, once a round
    assert json.loads((tmp_path / "peers.json").read_text())["peers"] == report["peers"]
    assert "| diffusers, compiled |" in (tmp_path / "peers.md").read_text()
    assert any("random" in note for note in report["notes"])


def test_a_peer_that_cannot_is_named_and_ends_nothing(subject, tmp_path, without_compiler, monkeypatch):
    monkeypatch.setattr(peers, "_installed", lambda name: None)

    @contextmanager
    def broken(self):
        raise RuntimeError("no | compiler\nat all")
        yield

    monkeypatch.setattr(Compiled, "on", broken)
    report = measured(subject, tmp_path, rounds=1)
    assert [one.get("failed") for one in report["peers"]] == [None, "RuntimeError: no | compiler", None]
    assert "failed: RuntimeError: no / compiler" in (tmp_path / "peers.md").read_text()
    assert any("cache-dit is not installed" in note for note in report["notes"])


def test_no_further_round_is_begun_without_time(subject, tmp_path, without_compiler, monkeypatch):
    monkeypatch.setattr(peers, "_installed", lambda name: None)
    report = measured(subject, tmp_path, rounds=5, budget=Budget(0.0))
    assert "1 of 5 rounds fitted the budget." in report["notes"]


def test_compiled_code_is_put_on_and_off(subject, without_compiler):
    compiled = Compiled(subject.baseline.pipeline.transformer)
    assert compiled.blocks
    for _ in range(2):
        with compiled.on():
            assert all(block._compiled_call_impl is not None for block in compiled.blocks)
        assert all(block._compiled_call_impl is None for block in compiled.blocks)


def test_a_cache_is_taken_off_whatever_happens(subject, tmp_path, cache):
    peer = of_diffusers(subject, tmp_path)[-1]
    with pytest.raises(KeyError), peer.ready():
        raise KeyError
    assert cache == [peers.CACHE, "off"]


def test_ratios_are_of_one_round():
    watch = Watch(0.0, 1.0)
    own = [(Drawn(1.0, 0.5), watch), (Drawn(2.0, 1.5), watch)]
    found = figures(own, [(Drawn(3.0, None), watch), (Drawn(3.0, None), watch)])
    assert found["x_eager"] == {"median": 2.25, "lowest": 1.5, "highest": 3.0}
    assert found["seconds"]["median"] == 1.5
    assert found["unsaved_seconds"]["median"] == 1.0
    assert figures(own[:1], [])["x_eager"] is None


def test_a_trained_models_cache_needs_no_warning(subject):
    assert len(remarks(SimpleNamespace(name="builtin"))) == len(remarks(subject)) - 1
