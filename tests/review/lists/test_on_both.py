"""The same on SQLite and PostgreSQL: a list comes, changes, is looked through, and its job forgets it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select

from screener.review import database
from screener.review.lists import led_to, preview, seeking, standing
from screener.review.lists.standing import Asked
from screener.review.lists.tables import list_change
from tests.review.lists.desks import HEAD, PHONE, Desk, a_tip, log_of_lists, shops
from tests.review.stations import HOME, a_parcel
from tests.stages.world import RING


def test_a_list_comes_changes_and_is_looked_through(engine: Engine, tmp_path: Path) -> None:
    with log_of_lists(tmp_path) as log:
        desk = Desk(engine, log)
        job = desk.uploads("senders", HEAD, *shops(range(600)), "s-wrong,,,B,,")
        desk.works()
        assert (desk.counts(job), desk.job(job).wrong) == ((600, 0, 0, 0), 1)
        desk.publishes(job)
        job = desk.uploads("senders", HEAD, *shops(range(590)), *shops([700], "AAA"), replaces=True)
        desk.works()
        assert desk.counts(job) == (1, 0, 10, 590)
        desk.publishes(job)
        assert desk.on_the_list("senders") == desk.in_the_log("senders")
        a_parcel(engine, "P-1", waybill="SF-123")
        tip = desk.enters("tips", a_tip("tip-w", "waybill", "SF12*"), a_tip("tip-p", text=PHONE))
        with database.writing(engine) as connection:
            given = (connection, desk.li, HOME, desk.now)
            assert preview.matches(connection, desk.li, HOME, desk.job(tip)).parcels == 1
            assert len(standing.page(*given, "senders", asked=Asked(state="removed"))) == 10
            assert standing.counts(*given, {"senders": Asked(grade="AAA")})["senders"]["in_force"] == 1
            assert len(seeking.seek(*given, "phone", text="13900000007", ring=RING)) == 1
            assert led_to.of_all(*given[:3]) == ()
            ours = select(list_change.c.n).where(list_change.c.job != tip)
            assert connection.execute(ours).all() == []
