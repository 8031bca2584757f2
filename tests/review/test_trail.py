"""The record as auditors read it: one of some hubs reads of their parcels alone."""

from __future__ import annotations

from sqlalchemy import Engine

from screener.review import audit, database, trail
from screener.review.audit import Deed
from screener.review.rights import Reviewer, Role
from screener.review.trail import Asked
from tests.review.stations import HOME, NOW, somebody

TARGETS = ("East/P-1", "east/P-1", "eastern/P-1", "EAST/P-2", "person:East/", "queue")


def read(engine: Engine, who: Reviewer) -> set[str]:
    with database.reading(engine) as connection:
        return {row.target for row in trail.rows(connection, who, HOME, Asked())}


def test_an_auditor_of_one_hub_reads_of_no_other_however_it_is_written(engine: Engine) -> None:
    with database.writing(engine) as connection:
        for target in TARGETS:
            audit.record(connection, Deed(NOW, "li", "see", target))
    for hub in ("East", "east", "west"):
        auditor = somebody(engine, f"auditor-of-{hub}", Role.AUDITOR, hub)
        assert read(engine, auditor) == {one for one in TARGETS if one.startswith(f"{hub}/")}
    assert read(engine, somebody(engine, "all", Role.AUDITOR)) >= set(TARGETS)
