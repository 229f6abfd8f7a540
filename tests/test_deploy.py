"""The files for operators: they can be parsed, name what there is, and hold no secret."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pawlette.cli import main

DEPLOY = Path(__file__).parent.parent / "deploy"


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def known_options():
    return {name for option in main.commands["serve"].params for name in option.opts}


@pytest.mark.parametrize("name", ["pawlette.service", "Dockerfile"])
def test_they_start_the_server_with_options_that_it_has(name):
    text = (DEPLOY / name).read_text()
    line = next(line for line in text.splitlines() if line.startswith(("ExecStart=", "ENTRYPOINT")))
    assert "serve" in line
    assert options_in(line) <= known_options()
    assert options_in(line)


def test_the_compose_file_passes_options_that_there_are_and_publishes_on_this_machine_alone():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    service = compose["services"]["pawlette"]
    assert options_in(" ".join(service["command"])) <= known_options()
    assert all(port.startswith("127.0.0.1:") for one in compose["services"].values() for port in one["ports"])
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    for value in service["environment"].values():
        assert value.startswith("${")
    mounted = [volume.split(":")[0] for one in compose["services"].values() for volume in one["volumes"]]
    for path in mounted:
        if path.startswith("./") and "secrets" not in path:
            assert (DEPLOY / path).is_file(), path
    source = yaml.safe_load((DEPLOY / "grafana-datasource.yml").read_text())["datasources"][0]
    assert source["type"] == "prometheus"
    assert source["isDefault"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((DEPLOY / "grafana-provider.yml").read_text())["providers"]
    assert any(volume.split(":")[1].startswith(provider["options"]["path"] + "/")
               for volume in compose["services"]["grafana"]["volumes"])  # fmt: skip
    prometheus = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    assert prometheus["scrape_configs"][0]["static_configs"][0]["targets"] == ["pawlette:8470"]


def test_the_dashboard_and_the_runbook_draw_figures_that_are_told(tmp_path):
    pytest.importorskip("fastapi", reason="needs the [serve] extra")
    pytest.importorskip("apsw", reason="needs the [serve] extra")
    from tests.serve.api.serving import serving

    with serving(tmp_path) as served, served.client() as client:
        told = set(re.findall(r"^# TYPE (\w+)", client.get("/metrics").text, flags=re.MULTILINE))
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    runbook = (DEPLOY.parent / "docs" / "runbook.md").read_text()
    named = set(re.findall(r"pawlette_\w+", asked)) | set(re.findall(r"pawlette_\w+", runbook))
    assert len(named) > 10
    for name in named:
        assert {name, re.sub(r"_(bucket|sum|count)$", "", name)} & told, name
    described = (DEPLOY.parent / "docs" / "serve.md").read_text()
    for name in told:
        if not name.endswith("_created"):
            assert re.search(rf"\b{name}\b", described), name
    grids = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(grids)) == len(grids)


def test_the_runbook_names_options_that_there_are():
    runbook = (DEPLOY.parent / "docs" / "runbook.md").read_text()
    others = {"--profile", "--upgrade", "--adult"}
    assert options_in(runbook) - others <= known_options()
