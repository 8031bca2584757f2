"""From a tip to a reward in real browsers: a hold, an opening, a case, another agency, a close by two."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from screener.contracts.wire import Flagged
from screener.review import accounts, background, database, intake
from screener.review.cases import export
from screener.review.ledger.spans import Span
from screener.review.lists import follow, working
from screener.review.outbox import SLOT, Outbox
from screener.review.parcels import flagged_of
from screener.review.rights import Role
from screener.review.schema import parcel
from screener.review.service import Service
from screener.review.web import monthly
from screener.stream.sqlite import Sqlite
from tests.review import flags
from tests.review.web import simulated
from tests.review.web.conftest import Standing
from tests.review.web.e2e.conftest import Person
from tests.review.web.e2e.test_work import confirm_all, found, opened
from tests.review.web.e2e.workstation import Watched
from tests.review.web.simulated import Made
from tests.stages.world import START, World, manifest_of, scan_of

REFERENCE = "JB-2026-0117"
NAMED = ("T-0005", "T-0006", "T-0007")
PATTERN = "WT-000*"
CLEAN = "P-0021"
"""A parcel whose scan shows nothing."""

OTHER = "X-0005"
"""A parcel that the tip does not name."""

REPORTED = Span(since=date(2026, 11, 1), until=date(2026, 12, 1))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tip_becomes_a_case_and_a_reward(
    service: Service,
    person: Person,
    made: Made,
    clock: Standing,
    *,
    tmp_path: Path,
    language: str,
) -> None:
    clock.pass_by(minutes=20)  # the belt waits no more
    li = person("li", Role.SUPERVISOR, agency="tobacco", language=language)
    wang = person("wang", Role.SUPERVISOR, agency="tobacco", language=language)
    liu = person("liu", Role.INVESTIGATOR, agency="police", language=language)
    items = held_by_a_tip(service, made, clock, li, tmp_path)
    open_and_seize(li, items[0])
    confirm_all(wang)
    case = begin_case(li, items)
    liu.open("/cases?state=all")
    assert liu.page.locator("tr[data-row]").count() == 0
    refer(li, case)
    clock.pass_by(seconds=service.settings.undo_s + 1)
    accept(liu, case)
    close_by_two(li, wang, case)
    number = li.text("h1 .mono")
    assert number == "tobacco-2026-0001"
    assert number in reported(service, li)
    rewards = table(li, "/lists/rewards.csv")
    assert [(one["reference"], one["found"], one["cases"]) for one in rewards] == [(REFERENCE, "1", "1")]
    assert [one["cases"] for one in table(li, "/lists/entries/1/led-to.csv")] == [number] * len(NAMED)
    assert whole(download(li, f"/cases/{case}/export.zip"), tmp_path)
    assert download(li, f"/cases/{case}/export.pdf").startswith(b"%PDF-")
    for one in (li, wang, liu):
        one.open(f"/cases/{case}")


def held_by_a_tip(service: Service, made: Made, clock: Standing, li: Watched, folder: Path) -> list[int]:
    """Enter a tip and publish it; [decide] holds what it names, though the model sees nothing in it."""
    li.open("/lists/tips/enter")
    li.page.select_option("[name=kind]", "waybill")
    for name, text in (("text", PATTERN), ("source", "12313"), ("reference", REFERENCE)):
        li.page.fill(f"main [name={name}]", text)
    submit(li, "main form.list-form button.primary")
    li.go("p")
    with Sqlite(folder / "log.db") as log:
        world = World.build(log, made.evidence.parent)
        while working.work_off(service, threading.Event()):
            with log.publisher(SLOT) as publisher:
                while Outbox(service.engine, log, service.clock).send(publisher):
                    pass
        follow.catch_up(service.engine, log, service.settings.agency, service.clock)
        decide_on_parcels(service, world, (clock() - START).total_seconds())
        take_in(service, made, world.flagged(), folder)
    with database.reading(service.engine) as connection:
        found = connection.execute(select(parcel).where(parcel.c.parcel_id.in_((*NAMED, OTHER)))).all()
    assert {(row.parcel_id, row.why, row.tip) for row in found} == {(name, "tip", True) for name in NAMED}
    return [next(row.id for row in found if row.parcel_id == name) for name in NAMED]


def decide_on_parcels(service: Service, world: World, at_s: float) -> None:
    """The parcels that the tip names come, and one that it does not; all show a scan with nothing in it."""
    with database.reading(service.engine) as connection:
        clean = select(parcel.c.id).where(parcel.c.parcel_id == CLEAN)
        view = flagged_of(connection, connection.execute(clean).scalar_one()).scans[0]
    assert view.stored.address is not None and view.scan.findings is not None
    content = service.store.get(view.stored.address)
    for name in (*NAMED, OTHER):
        world.publish([manifest_of(name, at_s=at_s), scan_of(name, content, at_s=at_s)])
    scored = simulated.score(world, {view.stored.sha256: view.scan.findings})
    for stage in (scored, world.decide(), world.tally(), world.decide()):
        world.finish(stage, at_s + 600)


def take_in(service: Service, made: Made, flagged: list[Flagged], folder: Path) -> None:
    """What was flagged goes on in the log that the workstation has read so far, and is taken in."""
    with Sqlite(Path(shutil.copy(made.flagged, folder / "flagged.db"))) as log:
        flags.publish(log, [flags.message(one) for one in flagged])
        also = background.kept
        assert intake.catch_up(service.engine, log, service.settings, service.clock, also=also) == len(NAMED)


def open_and_seize(li: Watched, item: int) -> None:
    li.open(f"/parcels/{item}")
    opened(li)
    found(li, "right", cartons="5", value_cny="60000")
    li.press("s")
    li.type_into("[name=seal]", f"LZ-{item}")
    li.type_into("[name=place]", "一号库")
    li.go("Control+Enter")


def begin_case(li: Watched, items: list[int]) -> int:
    """From the page of a parcel, and two more on the page of the case."""
    li.open(f"/parcels/{items[0]}")
    li.press("6")
    li.page.fill("#case-title", "西门寄递团伙")
    li.page.fill("#case-why", "同一线索")
    submit(li, ".case-of-parcel form button")
    case = int(li.path.rpartition("/")[2])
    for name in NAMED[1:]:
        li.press("a")
        li.page.fill("#add-parcel-code", name)
        li.page.fill("#add-parcel-why", "同一线索")
        submit(li, "form[action$=add-parcel] button")
    assert li.page.locator("#parcels tr[data-row]").count() == 3
    return case


def refer(li: Watched, case: int) -> None:
    li.open(f"/cases/{case}")
    li.press("r")
    li.page.select_option("#offer-agency", "police")
    li.page.select_option("#offer-kind", "referral")
    submit(li, "form[action$=offer] button")
    submit(li, "#parcels tr[data-row]:nth-child(2) form[action$=share] button")


def accept(liu: Watched, case: int) -> None:
    liu.open("/cases")
    liu.press("j")
    liu.go("o")
    assert liu.path == f"/cases/{case}"
    liu.go("y")
    assert liu.page.locator("#parcels tr[data-row]").count() == 1


def close_by_two(li: Watched, wang: Watched, case: int) -> None:
    li.open(f"/cases/{case}")
    li.press("f")
    submit(li, "form[action$=step] button.primary")
    li.press("x")
    li.page.select_option("#close-result", "prosecuted")
    li.page.fill("#close-note", "移送公安机关")
    submit(li, "form[action$=step] button.primary")
    assert li.page.locator("[data-key=c]").count() == 0
    wang.open("/cases?second=true")
    wang.press("j")
    wang.go("o")
    wang.go("c")
    li.open(f"/cases/{case}")
    assert li.page.locator(".case-head .badge.good").count() == 1


def submit(who: Watched, button: str) -> None:
    with who.page.expect_navigation(wait_until="load"):
        who.page.locator(f"{button}:visible").first.click()
    who.wait()


def table(who: Watched, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(download(who, path).decode("utf-8-sig"))))


def download(who: Watched, path: str) -> bytes:
    answer = who.context.request.get(who.origin + path)
    assert answer.status == 200, path
    return bytes(answer.body())


def reported(service: Service, li: Watched) -> list[str]:
    """The cases in the report of the month, which is there as PDF, too."""
    assert download(li, "/figures/report?month=2026-11").startswith(b"%PDF-")
    with database.writing(service.engine) as connection:
        who = accounts.reviewer_of(connection, accounts.find(connection, "li"))
        assert who is not None
        month = monthly.gathered(connection, who, service.settings, REPORTED)
    return [one.number for one in month.cases.filed]


def whole(content: bytes, folder: Path) -> bool:
    """What check.py says of an export."""
    (folder / "case.zip").write_bytes(content)
    check = Path(export.__file__).with_name("check.py")
    return subprocess.run([sys.executable, check, folder / "case.zip"], check=False).returncode == 0
