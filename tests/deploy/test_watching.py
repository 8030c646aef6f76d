"""Alert rules and dashboard: every figure in them is in /metrics, and each alert fires."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config.processes.paths import BASE
from eventstore.models import Subscription
from tests.needs import require

RULES = BASE / "deploy/prometheus/alerts.yml"
ALERTS: dict[str, Any] = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
}
DASHBOARD: dict[str, Any] = json.loads((BASE / "deploy/grafana/hindsight.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
QUERIES = [
    target["expr"].replace("$__rate_interval", "5m")
    for panel in PANELS
    for target in panel["targets"]
]
BY_PROMETHEUS = {"up": {"job", "instance"}}
ADDED_LABELS = {"job", "instance"}

REQUESTS, MINUTES = "hindsight_http_request_seconds", 20
HISTORIES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "HindsightDown": ({'up{job="hindsight"}': "0x40"}, {'up{job="hindsight"}': "1x40"}),
    "HindsightRestarting": (
        {'process_start_time_seconds{job="hindsight"}': "0+60x40"},
        {'process_start_time_seconds{job="hindsight"}': "5x40"},
    ),
    "HindsightDatabaseDown": (
        {'hindsight_database_up{database="query"}': "0x40"},
        {'hindsight_database_up{database="query"}': "1x40"},
    ),
    "HindsightWorkerMissing": (
        {'hindsight_consumer_seen_seconds{consumer="query"}': "0+30x40"},
        {'hindsight_consumer_seen_seconds{consumer="query"}': "3x40"},
    ),
    "HindsightLag": (
        {'hindsight_consumer_lag_seconds{consumer="query"}': "0+30x40"},
        {'hindsight_consumer_lag_seconds{consumer="query"}': "2x40"},
    ),
    "HindsightPaused": (
        {
            'hindsight_consumer_paused{consumer="query"}': "1x40",
            'hindsight_consumer_lag_seconds{consumer="query"}': "0+30x40",
        },
        {'hindsight_consumer_paused{consumer="query"}': "0x40"},
    ),
    "HindsightParkedEvents": (
        {'hindsight_consumer_parked_events{consumer="query",state="parked"}': "1x40"},
        {'hindsight_consumer_parked_events{consumer="query",state="discarded"}': "1x40"},
    ),
    "HindsightOutboxStuck": (
        {'hindsight_outbox_oldest_seconds{service="posts"}': "0+30x40"},
        {'hindsight_outbox_oldest_seconds{service="posts"}': "1x40"},
    ),
    "HindsightLogWentBack": (
        {'hindsight_consumer_log_went_back{consumer="query"}': "1x40"},
        {'hindsight_consumer_log_went_back{consumer="query"}': "0x40"},
    ),
    "HindsightErrors": (
        {f'{REQUESTS}_count{{status="{status}"}}': "0+9x40" for status in (200, 503)},
        {f'{REQUESTS}_count{{status="{status}"}}': "0+9x40" for status in (200, 404)},
    ),
    "HindsightSlow": (
        {f'{REQUESTS}_bucket{{method="GET",le="{le}"}}': "0+9x40" for le in ("2.5", "+Inf")}
        | {f'{REQUESTS}_bucket{{method="GET",le="1.0"}}': "0+1x40"},
        {f'{REQUESTS}_bucket{{method="GET",le="{le}"}}': "0+9x40" for le in ("0.5", "1.0", "+Inf")},
    ),
    "HindsightBusy": (
        {"hindsight_http_requests_waiting": "3x40"},
        {"hindsight_http_requests_waiting": "0 5 0 0 1 0x35"},
    ),
}
"""Of each alert: series that it fires for, and the same ones when it does not; a value every 30
seconds, in promtool's notation."""


def promtool(*arguments: object) -> str:
    require("promtool", program := shutil.which("promtool"))
    command = [program or "", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def figures(client: Client, transactional_db: None) -> dict[str, set[str]]:
    """The labels of every figure, of a blog whose workers have run."""
    import_module("web.asgi")  # the server has a figure of its own
    Subscription.objects.create(consumer="query", seen_at=timezone.now())
    client.get("/")
    text = client.get("/metrics").text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found | BY_PROMETHEUS


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_every_figure_and_label_is_one_that_the_blog_has(figures: dict[str, set[str]]) -> None:
    expressions = [*QUERIES, *(rule["expr"] for rule in ALERTS.values())]
    assert "hindsight_outbox_events" in {name for each in expressions for name in names(each)}

    for expression in expressions:
        used = names(expression)
        assert used, expression
        assert used <= figures.keys(), expression
        known = {label for name in used for label in figures[name]} | ADDED_LABELS
        assert labels(expression) <= known, expression


def test_a_figure_that_is_none_is_found() -> None:
    assert names('sum by (le) (rate(a_total{b="c d"}[5m])) > 2 or vector(0)') == {"a_total"}
    assert labels('max by (d, e) (a{b="c", f=~"5.."}) / g') == {"b", "d", "e", "f"}


def names(expression: str) -> set[str]:
    """Of the figures in an expression of PromQL."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)", " ", expression)
    return set(re.findall(r"\b[a-zA-Z_]\w*\b(?!\s*\()", bare)) - {"or", "and", "unless"}


def labels(expression: str) -> set[str]:
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    selected = re.findall(r'([a-z_]+)(?:=|!=|=~|!~)"', expression)
    return {label.strip() for each in grouped for label in each.split(",")} | set(selected)


def test_prometheus_accepts_the_rules_and_the_queries(tmp_path: Path) -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", RULES)

    recorded = [{"record": f"query:{number}", "expr": each} for number, each in enumerate(QUERIES)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    promtool("check", "rules", file)


def history(series: dict[str, str], fires: Iterable[str]) -> dict[str, Any]:
    """A test for promtool: these alerts fire, and no other."""
    return {
        "interval": "30s",
        "input_series": [{"series": name, "values": each} for name, each in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{MINUTES}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in fires
                ],
            }
        ],
    }


def test_each_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    assert HISTORIES.keys() == ALERTS.keys()
    tests = [history(bad, [alert]) for alert, (bad, _) in HISTORIES.items()]
    tests += [history(good, []) for _, good in HISTORIES.values()]
    file = tmp_path / "tests.yml"
    whole = {"rule_files": [str(RULES)], "evaluation_interval": "30s", "tests": tests}
    file.write_text(yaml.safe_dump(whole))

    assert "SUCCESS" in promtool("test", "rules", file)


def test_each_alert_has_a_summary_and_what_to_look_at() -> None:
    for rule in ALERTS.values():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}
    headings = (BASE / "docs/operations.md").read_text()
    mentioned = re.findall(r"docs/operations\.md, ([A-Z][\w ]+)\.", RULES.read_text())
    assert mentioned
    assert [title for title in mentioned if f"\n## {title}\n" not in headings] == []


def test_panels_do_not_overlap_and_can_be_imported() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["title"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
    [variable] = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
