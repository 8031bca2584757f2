"""Pages of networks: what one sees of them, and what does not exist for who may not see it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from screener.review import database
from screener.review.networks.tables import circle, tie
from screener.review.rights import Role
from screener.review.service import Service
from tests.review.networks.world import grouped, two_rings
from tests.review.web.conftest import Enter


@pytest.fixture
def rows(service: Service) -> list[int]:
    """The groups' rows: two rings and the shop."""
    grouped(service.engine, two_rings())
    with database.reading(service.engine) as connection:
        return list(connection.scalars(select(circle.c.id).order_by(circle.c.id)))


def test_the_largest_groups_come_first_with_who_stands_out(enter: Enter, rows: list[int]) -> None:
    page = enter(Role.READER).get("/networks").text
    assert page.count('<tr data-row="') == 3
    assert "transit base" in page
    assert page.count('class="tile-name"') == 34


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_group_says_the_same_as_graph_and_as_table(enter: Enter, rows: list[int], language: str) -> None:
    ann = enter(Role.READER, language=language)
    page = ann.get(f"/networks/{rows[0]}")
    assert page.status_code == 200
    graph = ann.get(f"/networks/{rows[0]}/graph").json()
    assert {one["kind"] for one in graph["nodes"]} == {"person", "phone", "address", "hub", "region"}
    assert page.text.count("<td>sends to</td>" if language == "en" else "</tr><tr><td>") >= 1
    person = next(one for one in graph["nodes"] if one["kind"] == "person")
    near = ann.get(f"/networks/{rows[0]}/around/{person['row']}").json()
    assert any(one["kind"] == "parcel" for one in near["nodes"])


def test_of_another_hub_nothing_is_there(enter: Enter, rows: list[int], service: Service) -> None:
    bob = enter(Role.READER, hub="elsewhere")
    assert '<tr data-row="' not in bob.get("/networks").text
    for path in ("", "/graph", "/around/1"):
        assert bob.get(f"/networks/{rows[0]}{path}").status_code == 404


def test_sums_are_of_what_one_sees(enter: Enter, rows: list[int], service: Service) -> None:
    with database.reading(service.engine) as connection:
        hubs = list(connection.scalars(select(tie.c.hub).where(tie.c.circle == rows[0])))
    graph = enter(Role.READER, hub="hub-0").get(f"/networks/{rows[0]}/graph").json()
    sent = sum(one["parcels"] for one in graph["edges"] if one["how"] == "sent")
    assert sent == hubs.count("hub-0") < len(hubs)


def test_another_agency_sees_no_tie_of_what_was_not_handed_to_it(enter: Enter, rows: list[int]) -> None:
    police = enter(Role.READER, agency="police")
    assert '<tr data-row="' not in police.get("/networks").text
    assert police.get(f"/networks/{rows[0]}").status_code == 404
