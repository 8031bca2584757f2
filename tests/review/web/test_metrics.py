"""What the workstation counts of itself, and how often one may ask."""

from __future__ import annotations

from typing import cast

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry, generate_latest

from screener.review.errors import TooMany
from screener.review.service import Service
from screener.review.web.metrics import WebMetrics, timed
from screener.review.web.pace import BURST, MOST, PER_S, Pace


def test_requests_are_counted_by_the_pattern_of_their_address(
    service: Service, application: Litestar
) -> None:
    registry = CollectorRegistry()
    metrics = WebMetrics(registry, service.engine, service.clock)
    client = TestClient(timed(cast("ASGIApp", application), metrics))
    client.get("/parcels/7", follow_redirects=False)
    said = generate_latest(registry).decode()
    assert 'route="/parcels/{item_id}",status="303"' in said
    assert "screener_review_unsent 0.0" in said and "screener_review_refused 0.0" in said


def test_one_asks_no_faster_than_a_person_can() -> None:
    now_s = [0.0]
    pace = Pace(lambda: now_s[0])
    for _ in range(BURST):
        pace.take("a")
    with pytest.raises(TooMany):
        pace.take("a")
    pace.take("b")
    now_s[0] += 1 / PER_S
    pace.take("a")
    with pytest.raises(TooMany):
        pace.take("a")


def test_who_has_not_asked_for_long_is_forgotten() -> None:
    now_s = [0.0]
    pace = Pace(lambda: now_s[0])
    for number in range(MOST):
        pace.take(str(number))
    now_s[0] += BURST / PER_S
    pace.take("another")
    assert len(pace._levels) == 1
