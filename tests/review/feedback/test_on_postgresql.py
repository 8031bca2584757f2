"""The same on PostgreSQL: exported, compared, switched on and back."""

from __future__ import annotations

from pathlib import Path

from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.feedback import figures, offers, switching
from tests.review.feedback.hall import Hall
from tests.review.postgres import Postgres
from tests.review.stations import HOME


def test_the_whole_of_it(postgres: Postgres, tmp_path: Path, sandbox: Sandbox) -> None:
    postgres.create("feedback", template="tables")
    hall = Hall.at(postgres.url("feedback"), tmp_path, sandbox)
    hall.month()
    assert hall.export(tmp_path / "set").scans == {"found": 3, "nothing": 1, "released": 1}
    number = hall.compared()
    bob = hall.people["bob"]
    with database.reading(hall.engine) as connection:
        said = figures.figures(connection, number)
        sha256 = offers.find(connection, bob, HOME, number).sha256
    assert (said.parcels, said.found.lost, said.found.gained, said.left_out) == (7, 1, 1, 0)
    first = switching.switch(hall.service, bob, number, sha256)
    assert hall.at_work() == "adapted-1"
    switching.back(hall.service, bob, first)
    assert hall.at_work() == "shared-1"
    hall.engine.dispose()
    postgres.drop("feedback")
