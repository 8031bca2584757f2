"""Networks in a real browser: from the list to a group, its graph grows and goes back in time, and a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from screener.review import database
from screener.review.rights import Role
from screener.review.schema import parcel
from screener.review.service import Service
from tests.core.evidence import START
from tests.review.networks.world import grouped, two_rings
from tests.review.web.e2e.conftest import Person
from tests.review.web.e2e.test_pages import violations

pytestmark = pytest.mark.slow


def linked(service: Service) -> None:
    """Two rings; some of the parcels of the larger one are flagged ones."""
    with database.reading(service.engine) as connection:
        flagged = connection.execute(select(parcel.c.hub, parcel.c.parcel_id).limit(3)).all()
    ties = two_rings(40)
    for place, (hub, parcel_id) in enumerate(flagged):
        at = START + timedelta(days=place)
        ties[2 * place] = replace(ties[2 * place], hub=hub, parcel_id=parcel_id, at=at)
    grouped(service.engine, ties)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_group_grows_goes_back_in_time_and_becomes_a_case(
    service: Service, person: Person, axe: str, language: str
) -> None:
    linked(service)
    ann = person("ann", Role.INVESTIGATOR, language=language)
    ann.open("/networks")
    found = violations(ann, axe, "networks")
    ann.page.locator("a.row-link").first.click()
    graph = ann.page.locator("#graph")
    ann.page.wait_for_selector("#graph[data-nodes]")
    assert found + violations(ann, axe, "network") == []
    whole = int(graph.get_attribute("data-drawn") or 0)
    ann.page.locator("[data-grow]").first.click()
    ann.page.wait_for_selector("#graph[data-grown]")
    assert int(graph.get_attribute("data-grown") or 0) > 0
    weeks = ann.page.locator("[data-weeks]")
    weeks.evaluate("(one) => { one.value = 1; one.dispatchEvent(new Event('change')); }")
    ann.page.wait_for_selector("#graph[data-until^='20']")
    assert int(graph.get_attribute("data-drawn") or 0) < whole
    ann.page.locator(".case-begin button").click()
    ann.page.wait_for_url("**/cases/*")
    assert ann.faults == []
