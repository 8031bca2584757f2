"""The runbook names what there is: every metric, and every log line that somebody should act on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
SOURCES = {path: path.read_text() for path in (ROOT / "screener").rglob("*.py")}

METRIC = re.compile(r'(?:Counter|Gauge|Histogram)\(\s*"screener_([a-z_]+)"')
EVENT = re.compile(r'logger\.(?:warning|error|critical)\(\s*"([^"]+)"')


def found(pattern: re.Pattern[str]) -> set[str]:
    return {name for text in SOURCES.values() for name in pattern.findall(text)}


@pytest.mark.parametrize("metric", sorted(found(METRIC)))
def test_every_metric_is_explained(metric: str) -> None:
    assert metric.removeprefix("gateway_") in RUNBOOK or metric in RUNBOOK


@pytest.mark.parametrize("event", sorted(found(EVENT)))
def test_every_log_line_to_act_on_is_explained(event: str) -> None:
    assert f"`{event}`" in RUNBOOK


def test_what_it_explains_is_there() -> None:
    told = re.findall(r"^\| (`[^|]+`) \| (?:info|warning|error|critical)[ ,a-z]* \|", RUNBOOK, re.MULTILINE)
    events = {name for cell in told for name in re.findall(r"`([^`]+)`", cell)}
    written = found(re.compile(r'logger\.\w+\(\s*"([^"]+)"'))
    assert events
    assert events - written == set()
