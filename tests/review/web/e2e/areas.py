"""What was done at a workstation beside its queue: something of every kind that its pages can show."""

from __future__ import annotations

import io
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace
from sqlalchemy import Table, insert, select

from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.core.entries import Entry
from screener.core.table import Reading, entry
from screener.review import accounts, database
from screener.review.cases import agencies, cases, files, notes, people, steps, tasks
from screener.review.cases import parcels as contents
from screener.review.cases.agencies import Share
from screener.review.draws import days, keeping
from screener.review.feedback import figures
from screener.review.feedback import tables as feedback
from screener.review.fiction import library
from screener.review.fiction import people as inventing
from screener.review.fiction.library import Truth
from screener.review.fiction.tables import given, result
from screener.review.ledger import follow
from screener.review.lists import comparing, jobs, standing, working
from screener.review.lists import files as uploads
from screener.review.lists.tables import listed, tip_hold
from screener.review.networks.tables import circle
from screener.review.parcels import flagged_of
from screener.review.rights import Reviewer
from screener.review.schema import parcel
from screener.review.service import Service
from tests.core.evidence import START
from tests.review.ledger import seeding
from tests.review.networks.world import grouped, two_rings
from tests.review.station.conftest import Device, photograph

DAY: Final = "2026-11-18"
"""A day whose draw is published."""

PDF: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SENDERS: Final = """id,phone,address,grade,business,expires
s-101,13912345678,,B,shop,
s-102,13912345679,长沙市开福区示范路9号,D,e_cigarettes,2027-06-30
s-103,139****5678,,C,shop,
s-104,13912345681,,X,shop,
"""
LOADED: Final = Truth("cigarettes", "5 cartons", sticks=1000, boxes=((0.24, 0.3, 0.34, 0.3), None))
CLEAN: Final = Truth("none", boxes=(None, None))
ANSWERS: Final = (("hit", 14), ("miss", 4), ("false_alarm", 3), ("correct_rejection", 15))
MOVES: Final = {"hit": "open", "miss": "release", "false_alarm": "open", "correct_rejection": "release"}


@dataclass(frozen=True, slots=True)
class Areas:
    """Rows of what was made: a group, two cases, changes of lists, an entry, a trial, a model."""

    group: int
    case: int
    closing: int
    ready: int
    with_wrong_lines: int
    seconding: int
    tip: int
    trial: int
    model: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works there, on which parcels by name: `li` and `wang` supervise, `liu` is of the police."""

    service: Service
    parcels: Mapping[str, int]
    li: Reviewer
    wang: Reviewer
    liu: Reviewer

    @property
    def now(self) -> datetime:
        return self.service.clock()

    def do(self, of: Callable[..., Any], who: Reviewer, *said: Any, **named: Any) -> Any:
        """Any function that takes connection, person, agency and time first."""
        with database.writing(self.service.engine) as connection:
            return of(connection, who, self.service.settings.agency, self.now, *said, **named)

    def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        with database.writing(self.service.engine) as connection:
            connection.execute(insert(table), list(rows))


def fill(desk: Desk, screened: int) -> Areas:
    """Work on all of it, where so many parcels were screened. The same rows come of it each time."""
    _count(desk, screened)
    _draw(desk)
    found = _lists(desk)
    _station(desk)
    return Areas(group=_networks(desk), **_cases(desk), **found, trial=_training(desk), model=_models(desk))


def _networks(desk: Desk) -> int:
    """Two rings until today; some parcels of the larger one are flagged ones."""
    early = [replace(one, at=one.at - timedelta(days=38)) for one in two_rings(40)]
    with database.reading(desk.service.engine) as connection:
        rows = connection.execute(
            select(parcel.c.hub, parcel.c.parcel_id).order_by(parcel.c.id).limit(5)
        ).all()
    for place, row in enumerate(rows):
        early[2 * place] = replace(early[2 * place], hub=row.hub, parcel_id=row.parcel_id)
    assert all(START - timedelta(days=40) < one.at < desk.now for one in early)
    grouped(desk.service.engine, early)
    with database.reading(desk.service.engine) as connection:
        return int(connection.execute(select(circle.c.id).order_by(circle.c.id).limit(1)).scalar_one())


def _cases(desk: Desk) -> dict[str, int]:
    """One that is worked on with the police, and one that waits for a second person to close it."""
    li, named = desk.li, desk.parcels
    items = [named[one] for one in ("P-0004", "P-0005", "P-0014")]
    case = desk.do(cases.begin, li, "西门寄递团伙", parcels=items, why="同一寄件人")
    for item, side, kind, role in (
        (items[0], "consignor", "phone", "suspect"),
        (items[1], "consignee", "person", "receiver"),
    ):
        desk.do(people.add, li, case, item_id=item, side=side, kind=kind, role=role)
    desk.do(notes.add, li, case, text="三件包裹由同一网点收寄，寄件人电话相同。")
    last = desk.now + timedelta(days=3)
    task = desk.do(tasks.add, li, case, text="调取网点监控", assignee=desk.wang.person, due_at=last)
    desk.do(tasks.add, li, case, text="核对快递实名登记", due_at=desk.now - timedelta(days=1))
    files.upload(desk.service, li, case, name="鉴别检验报告.pdf", content=PDF, content_type=files.PDF)
    with database.writing(desk.service.engine) as connection:
        given_ = (connection, li, desk.service.settings, desk.now, case)
        agencies.offer(*given_, agency="police", kind="joint", note="请协助查找收件人")
    for kind, row in (("parcel", items[2]), ("task", task)):
        desk.do(agencies.share, li, case, share=Share("police", kind, row), on=True)
    desk.do(agencies.answer, desk.liu, case, agency="police", says="accept")
    closing = desk.do(cases.begin, li, "电子烟零散寄递", parcels=[named["P-0003"]])
    desk.do(steps.step, li, closing, version=1, kind="close", result="not_filed", note="未达立案标准")
    desk.do(contents.add, li, case, item_ids=[named["P-0009"]], why="同一收件地址")
    return {"case": case, "closing": closing}


def _lists(desk: Desk) -> dict[str, int]:
    """A tip that named parcels, a licence and a good grade that wait for a second person, two files."""
    tip = {"source": "12313", "reference": "JB-2026-0117", "expires": "2026-12-31", "waybill": "WP-000*"}
    _publish(desk, "tips", _entry(desk, "tips", tip, "waybill"))
    _publish(desk, "tips", _entry(desk, "tips", {"source": "匿名来信", "phone": "13800138000"}, "phone"))
    _publish(desk, "senders", _entry(desk, "senders", {"phone": "13912345670", "grade": "C"}, "phone"))
    _publish(desk, "licences", _entry(desk, "licences", {"waybill": "LS2026*", "sticks": "50000"}, "waybill"))
    grade = {"phone": "13912345671", "grade": "AAA", "business": "shop"}
    seconding = _compared(desk, "senders", _entry(desk, "senders", grade, "phone"))
    desk.do(jobs.confirm, desk.li, seconding)
    ready = _compared(desk, "tips", _entry(desk, "tips", {"source": "巡查", "waybill": "WP-001*"}, "waybill"))
    file = uploads.taken(io.BytesIO(SENDERS.encode()), replaces=False)
    with_wrong_lines = desk.do(jobs.begin_file, desk.li, "senders", file=file, ring=desk.service.ring)
    _work_off(desk)
    return {
        "ready": ready,
        "with_wrong_lines": with_wrong_lines,
        "seconding": seconding,
        "tip": _led_to(desk),
    }


def _entry(desk: Desk, name: str, said: Mapping[str, str], by: str) -> Entry:
    number = f"{name}-{zlib.crc32(repr(said).encode()) % 10**6}"
    return entry(said, by, number, Reading(standing.KINDS[name], desk.service.ring, desk.now))


def _compared(desk: Desk, name: str, *entries: Entry) -> int:
    number = int(desk.do(jobs.begin, desk.li, name, entries=entries))
    comparing.at_once(desk.service.engine, number, desk.now)
    return number


def _publish(desk: Desk, name: str, *entries: Entry) -> None:
    number = _compared(desk, name, *entries)
    if desk.do(jobs.confirm, desk.li, number) == jobs.SECONDING:
        desk.do(jobs.second, desk.wang, number, agrees=True, note="")
    _work_off(desk)


def _work_off(desk: Desk) -> None:
    while working.work_off(desk.service, threading.Event()):
        pass


def _led_to(desk: Desk) -> int:
    """The first tip has named three parcels, one of which was seized."""
    with database.reading(desk.service.engine) as connection:
        tip = connection.execute(select(listed).where(listed.c.list == "tips").order_by(listed.c.id)).first()
    assert tip is not None
    named = [desk.parcels[one] for one in ("P-0004", "P-0005", "P-0009")]
    desk.add(tip_hold, *({"entry_id": tip.entry_id, "parcel": one, "at": desk.now} for one in named))
    return int(tip.id)


def _station(desk: Desk) -> None:
    """A note and a photograph of a barcode that nobody knows."""
    device = Device(desk.li, "YT7700001234567")
    device.enter("note", {"text": "车上另有一件，外箱破损"})
    device.enter("photograph", content=photograph())
    for number in range(len(device.made)):
        device.send(desk.service, number)


def _count(desk: Desk, screened: int) -> None:
    """Two years of decisions and finds, and of six days more; the flagged parcels are among them."""
    said = [
        message
        for year in (seeding.history(screened, 730, 10), seeding.history(360, 6, 11))
        for told in year
        for message in seeding.messages(told)
    ]
    with database.reading(desk.service.engine) as connection:
        flagged = [flagged_of(connection, one).decision for one in desk.parcels.values()]
    said += [
        seeding.message(topics.DECISIONS, cloudevents.DECISION, one.parcel_id, encode(one)) for one in flagged
    ]
    records = list(seeding.as_records(said))
    with database.writing(desk.service.engine) as connection:
        zone = follow.held(connection, desk.service.settings.time_zone)
        follow.take(connection, records, zone, desk.service.clock)


def _draw(desk: Desk) -> None:
    """Hashes were there a week ahead; officers of today are drawn, seeds of the days before published."""
    with database.writing(desk.service.engine) as connection:
        for ago in (8, 1):
            days.commit(connection, desk.service.ring, desk.now - timedelta(days=ago))
    keeping.keep(desk.service)


def _training(desk: Desk) -> int:
    """`li` has answered some; some lie ready."""
    source = desk.parcels["P-0005"]
    kept = [fictional(desk.service, source, truth, number) for number, truth in enumerate((LOADED, CLEAN))]
    outcomes = [outcome for outcome, count in ANSWERS for _ in range(count)]
    np.random.default_rng(3).shuffle(outcomes)
    for number, outcome in enumerate(outcomes, 1):
        fiction = kept[outcome not in {"hit", "miss"}]
        at = desk.now - timedelta(hours=3 * number)
        for table, row in answered(desk.li.person, fiction, number, outcome, at).items():
            desk.add(table, row)
    return next(number for number, outcome in enumerate(outcomes, 1) if outcome == "miss")


def fictional(service: Service, source: int, truth: Truth, number: int) -> int:
    """A parcel for training lies ready, of the scans of a real one as they are; its row."""
    rng = np.random.default_rng(number)
    with database.writing(service.engine) as connection:
        message = flagged_of(connection, source)
        sender, receiver = (inventing.invented(rng, "430100") for _ in range(2))
        return library.add(
            *(connection, accounts.console("tests"), service.clock()),
            truth,
            library.settled(replace(message, due_at=None), service.ring, sender, receiver),
            source=source,
            source_sha256=message.scans[0].stored.sha256,
            signatures=[b"\x40" * 82],
        )


def answered(
    who: int, fiction: int, number: int, outcome: str, at: datetime
) -> dict[Table, Mapping[str, object]]:
    """The rows that say that somebody was given one, and how it ended."""
    own = {"person": who, "at": at}
    row = {"id": number, "fiction": fiction, "hub": "h1", "parcel_id": f"P-{9000 + number}", "ended_at": at}
    told = {"given": number, "outcome": outcome, "move": MOVES[outcome], "took_s": 4.0 + number % 9}
    return {given: own | row, result: own | told}


def _models(desk: Desk) -> int:
    """A model that `wang` offered, compared on all parcels; one that was switched on before it."""
    place = {"hub": "h1", "scanner": "scanner-1"}
    card = {"adaptation": {"compared": "own scanner: AUC 0.93 (before 0.88), 240 parcels"}}
    for number, name in ((1, "adapted-0"), (2, "adapted-1")):
        row = place | {"id": number, "model": name, "sha256": f"{number}" * 64, "threshold": 0.55}
        row |= {"card": msgspec.json.encode(card).decode(), "parts": "{}", "person": desk.wang.person}
        row |= {"at": desk.now, "since": desk.now - timedelta(days=30), "state": "ready", "passed": 99}
        desk.add(feedback.model_offer, row | {"parcels": 24, "done": 24, "told_at": desk.now})
    for number, item in enumerate(desk.parcels.values()):
        _judged(desk, number, item)
    with database.reading(desk.service.engine) as connection:
        shown = msgspec.json.encode(figures.figures(connection, 1)).decode()
    switched = place | {"offer": 1, "person": desk.li.person, "at": desk.now, "figures": shown}
    desk.add(feedback.model_switch, switched | {"placed_at": desk.now, "settled": True})
    made = place | {"since": desk.now - timedelta(days=30), "until": desk.now, "person": desk.wang.person}
    made |= {"at": desk.now, "uuid": "0" * 36, "secret": b"x" * 32, "passed": 99, "done_at": desk.now}
    desk.add(feedback.training_export, made | {"digest": "ab" * 32})
    return 2


def _judged(desk: Desk, number: int, item: int) -> None:
    """What both models said of a parcel: of each kind of change there is some."""
    with database.reading(desk.service.engine) as connection:
        views = flagged_of(connection, item).scans
    known = ("found", "nothing", "released", "found", "open")[number % 5]
    before, after = number % 4 != 1, number % 3 != 1
    row = {"offer": 2, "parcel": item, "known": known, "kind": "cigarettes" if known == "found" else "none"}
    desk.add(
        feedback.model_parcel,
        row | {"drawn": number % 6 == 0, "before": before, "after": after, "left_out": 0},
    )
    for place, view in enumerate(views, 1):
        if (seen := view.scan.findings) is not None:
            alarms = {"before_alarm": 0.9 if before else 0.3, "alarm": 0.8 if after else 0.2}
            one = {"offer": 2, "parcel": item, "number": place, "sha256": view.stored.sha256}
            one |= {"model": "truth-1", "before_threshold": 0.6, "map": seen.map_png}
            desk.add(feedback.model_view, one | alarms)
