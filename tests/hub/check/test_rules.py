"""Each rule has a code of its own and says what to do; docs/checks.md has them all."""

from __future__ import annotations

from pathlib import Path

from screener.contracts.reasons import REASONS
from screener.hub.check.facts import Stretch
from screener.hub.check.handbook import page
from screener.hub.check.report import report
from screener.hub.check.rules import RULES

DOCS = Path(__file__).parents[3] / "docs" / "checks.md"
NOTHING = Stretch(hub="h1", manifests=(), scans=(), refusals=(), messages=0)


def test_codes_are_unique_and_hold_every_reason_code() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert set(REASONS) <= set(codes)


def test_every_rule_says_what_it_looks_at_its_limit_its_finding_and_how_to_mend_it() -> None:
    for rule in RULES:
        assert all((rule.looks_at, rule.limit, rule.says, rule.mend)), rule.code


def test_docs_are_fresh() -> None:
    assert DOCS.read_text() == page(), "python -m screener.hub.check.handbook docs/checks.md"


def test_nothing_is_complained_of_where_nothing_came_and_no_such_hub_is_ready() -> None:
    found = report(NOTHING)
    assert not found.findings
    assert not found.ready
