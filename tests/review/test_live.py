"""Open pages learn that something changed, at the cost of one question for all of them."""

from __future__ import annotations

from sqlalchemy import Engine, event, insert

from screener.review import audit, claims, database, live
from screener.review.audit import Deed
from screener.review.live import Feed, Mark
from screener.review.moves import Release
from screener.review.queue import Filters
from screener.review.schema import flag
from tests.review.fiction.workshop import stocked
from tests.review.stations import HOME, NOW, a_parcel, somebody


def mark(engine: Engine, since: Mark) -> Mark:
    with database.reading(engine) as connection:
        return live.changes(connection, since)


def do(engine: Engine, what: str, target: str) -> None:
    with database.writing(engine) as connection:
        audit.record(connection, Deed(NOW, "li", what, target))


def test_a_claim_and_a_message_are_changes_and_looking_is_none(engine: Engine) -> None:
    li, item_id = somebody(engine, "li"), a_parcel(engine, "P-1")
    start = mark(engine, Mark(0, 0))
    for what in live.READS:
        do(engine, what, "east/P-1")
    do(engine, "sign_in", "person:li")
    assert mark(engine, start) == start
    with database.writing(engine) as connection:
        claims.take_next(connection, li, HOME, NOW, Filters(), lease_s=60)
    claimed = mark(engine, start)
    assert claimed > start
    row = {
        "parcel": item_id,
        "revision": 1,
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "value": b"",
        "at": NOW,
    }
    with database.writing(engine) as connection:
        connection.execute(insert(flag).values(row))
    assert mark(engine, claimed) > claimed


def test_a_parcel_for_training_is_told_like_a_real_one(engine: Engine) -> None:
    """Whoever looks on learns the same when a real one is taken, and when it is decided on."""
    shop = stocked(engine)
    start = mark(engine, Mark(0, 0))
    li = shop.person("li")
    item = shop.given(li)
    taken = mark(engine, start)
    shop.act(li, item.id, Release(quality="wrong"))
    decided = mark(engine, taken)
    assert start.deed < taken.deed < decided.deed
    assert start.flag == taken.flag == decided.flag


def test_many_readers_ask_the_database_once_in_a_while(engine: Engine) -> None:
    asked: list[object] = []
    event.listen(engine, "begin", asked.append)
    times = iter([0.0] * 50 + [0.9] * 50 + [1.0] * 50)
    feed = Feed(engine, lambda: next(times))
    assert {feed.mark() for _ in range(150)} == {Mark(0, 0)}
    assert len(asked) == 2
    do(engine, "claim", "east/P-1")
    assert Feed(engine, lambda: 0.0).mark() == Mark(1, 0)
