"""A working day on PostgreSQL: the same pages on the other database."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from screener.config import Config, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review.rights import Role
from screener.review.service import Service
from screener.stream.sqlite import Sqlite
from tests.review.web import simulated
from tests.review.web.conftest import Enter, Standing
from tests.review.web.simulated import Made
from tests.stages.world import RING

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def service(
    engine: Engine, made: Made, review_settings: ReviewSettings, clock: Standing, sandbox: Sandbox
) -> Service:
    """The opened parts on PostgreSQL, which has taken in what was flagged."""
    with Sqlite(made.flagged) as log:
        assert simulated.taken_in(engine, log) >= 24
    config = replace(Config(), review=review_settings)
    return Service(config, engine, clock, RING, EvidenceStore.open(str(made.evidence)), sandbox)


def test_a_parcel_from_the_queue_to_its_custody(enter: Enter) -> None:
    ann, bea = enter(Role.INVESTIGATOR, name="ann"), enter(Role.INVESTIGATOR, name="bea")
    assert '<b data-counter="waiting">24</b>' in ann.get("/queue").text
    assert ">P-0012<" in ann.get("/queue?q=0012").text
    where = [one.post("/next", data={"queue": "kind=cigarettes"}).headers["location"] for one in (ann, bea)]
    assert where[0] != where[1]
    officers = ["李伟", "王芳"]
    moves = (
        {"kind": "open", "officers": officers},
        {"kind": "found", "cartons": "5", "officers": officers, "quality": "right"},
        {"kind": "seize", "seal": "FX-1", "place": "三号库", "given_by": "李伟"},
    )
    for move in moves:
        page = ann.get(where[0]).text
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version
        answer = ann.post(f"{where[0].split('?')[0]}/act", data={"version": version[1]} | move)
        assert answer.status_code == 303, answer.text
    second = re.search(r'action="(/actions/\d+/second)"', bea.get(where[0]).text)
    assert second and bea.post(second[1], data={"agrees": "yes"}).status_code == 303
    assert re.search(r'href="/custody/\d+"', ann.get(where[0]).text)
