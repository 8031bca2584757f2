"""A shift at the workstation in a real browser: twenty parcels by keys alone."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from screener.review import audit, checkpoints, database
from screener.review.outbox import Outbox
from screener.review.rights import Role
from screener.review.schema import action, parcel
from screener.review.service import Service
from screener.review.signature import SigningKey
from tests.cli.shell import SETTINGS, Shell
from tests.examples import NIGHT
from tests.review.web.conftest import Standing
from tests.review.web.e2e.conftest import Person
from tests.review.web.e2e.pages import PERSONAL
from tests.review.web.e2e.workstation import Watched
from tests.review.web.simulated import PEOPLE

pytestmark = pytest.mark.slow

SHIFT = ("release", "refer", "seize", "undo", "inspect")
"""What is done with five parcels in turn; `undo` takes a release back, then releases anew."""

ROUNDS = {"zh": 4, "en": 4 if NIGHT else 1}
"""Twenty parcels in the language that most work in."""

ENDS = {"release": "closed", "undo": "closed", "inspect": "closed", "seize": "seconding", "refer": "referred"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_shift_without_a_mouse(service: Service, person: Person, clock: Standing, language: str) -> None:
    """The belt's parcels first, then by priority; a second person confirms what was seized."""
    li = person("li", Role.INVESTIGATOR, language=language)
    wang = person("wang", Role.INVESTIGATOR, language=language)
    li.open("/")
    assert li.page.locator("html").get_attribute("lang") == {"zh": "zh-Hans", "en": "en"}[language]
    li.go("n")
    worked: dict[int, str] = {}
    for deed in SHIFT * ROUNDS[language]:
        item_id = shown(li)
        assert item_id not in worked
        worked[item_id] = deed
        DEEDS[deed](li)
        clock.pass_by(seconds=11)
    assert states(service, worked) == {item_id: ENDS[deed] for item_id, deed in worked.items()}
    confirm_all(wang)
    seized = {item_id: "seized" for item_id, deed in worked.items() if deed == "seize"}
    assert states(service, seized) == seized
    assert li.pointed() == wang.pointed() == []
    counted = Counter(deeds(service))
    rounds = ROUNDS[language]
    assert counted["seize"] == counted["refer"] == rounds
    assert counted["release"] == rounds + 2 * rounds + rounds


def release(who: Watched) -> None:
    who.press("r")
    who.go("4")


def refer(who: Watched) -> None:
    who.press("f", "1")
    who.type_into("textarea", "请查收")
    who.go("Control+Enter")


def inspect(who: Watched) -> None:
    """Open it, say that nothing was in it, release it."""
    opened(who)
    found(who, "wrong")
    who.press("r")
    who.go("3")


def seize(who: Watched) -> None:
    opened(who)
    found(who, "right", cartons="5")
    who.press("s")
    who.type_into("[name=seal]", f"LZ-{shown(who)}")
    who.type_into("[name=place]", "一号库")
    who.go("Control+Enter")


def undo(who: Watched) -> None:
    """Release it, take that back from the next page, see it again, release it better."""
    before = shown(who)
    release(who)
    if who.page.locator("[data-toast]").count() == 0:
        return  # it was on the belt, and is gone
    who.go("u")
    assert shown(who) == before
    release(who)


DEEDS = {"release": release, "refer": refer, "inspect": inspect, "seize": seize, "undo": undo}


def opened(who: Watched) -> None:
    who.press("o")
    who.tab_to("[name=officers] + [name=officers]")
    who.type("赵强")
    who.go("Control+Enter")


def found(who: Watched, quality: str, **amounts: str) -> None:
    who.press("w")
    for name, amount in amounts.items():
        who.type_into(f"[name={name}]", amount)
    who.choose("quality", quality)
    who.tab_to("[name=officers] + [name=officers]")
    who.type("赵强")
    who.go("Control+Enter")


def confirm_all(who: Watched) -> None:
    who.open("/")
    who.go("g s")
    while who.page.locator("tr[data-row]").count():
        who.press("j")
        who.go("o")
        who.go("c")


def shown(who: Watched) -> int:
    """The parcel of the page."""
    return int(who.page.locator(".sheet").get_attribute("data-parcel") or 0)


def states(service: Service, items: dict[int, str]) -> dict[int, str]:
    with database.reading(service.engine) as connection:
        rows = connection.execute(select(parcel.c.id, parcel.c.state).where(parcel.c.id.in_(items)))
        return {row.id: row.state for row in rows}


def deeds(service: Service) -> list[str]:
    with database.reading(service.engine) as connection:
        return list(connection.scalars(select(action.c.kind)))


def test_two_at_once_never_get_the_same_parcel(person: Person) -> None:
    both = [person(name, Role.INVESTIGATOR) for name in ("li", "wang")]
    for one in both:
        one.open("/queue")
    for _ in range(5):
        before = [one.page.url for one in both]
        for one in both:
            one.strike("n")
        for one, url in zip(both, before, strict=True):
            one.page.wait_for_url(partial(str.__ne__, url), wait_until="load")
            one.wait()
        assert shown(both[0]) != shown(both[1])


def test_what_somebody_left_is_given_to_the_other(person: Person, clock: Standing, service: Service) -> None:
    clock.pass_by(minutes=10)  # the belt waits no more: the order stays as it is
    li, wang = (person(name, Role.INVESTIGATOR) for name in ("li", "wang"))
    li.open("/queue")
    li.go("n")
    left = shown(li)
    wang.open(f"/parcels/{left}")
    assert "li" in wang.text("[data-claim]")
    assert wang.page.locator("[data-move]:visible").count() == 0
    clock.pass_by(seconds=service.settings.lease_s + 1)
    wang.open("/queue")
    wang.go("n")
    assert shown(wang) == left
    li.press("r")
    li.go("1")
    assert "wang" in li.text("[role=alert]")
    assert states(service, {left: ""}) == {left: "waiting"}


def test_people_are_shown_once_for_a_reason(person: Person, service: Service) -> None:
    li = person("li", Role.INVESTIGATOR, language="zh")
    li.open("/queue")
    li.go("n")
    assert [one for one in PERSONAL if one in li.page.content()] == []
    li.press("a")
    li.type("与运单核对")
    li.go("Enter")
    revealed = li.text(".people.revealed")
    assert sum(name in revealed and phone in revealed for name, phone, _ in PEOPLE) == 2
    li.open(li.path)
    assert [one for one in PERSONAL if one in li.page.content()] == []
    with database.reading(service.engine) as connection:
        reasons = [one.details for one in audit.entries(connection) if one.what == "reveal"]
    assert len(reasons) == 1 and "与运单核对" in reasons[0]


def test_a_hand_over_is_accepted_by_the_other_agency(
    person: Person, clock: Standing, service: Service
) -> None:
    li = person("li", Role.INVESTIGATOR, agency="tobacco")
    liu = person("liu", Role.INVESTIGATOR, agency="police", language="zh")
    li.open("/queue")
    li.go("n")
    item_id, name = shown(li), li.text("h1")
    liu.open(f"/parcels/{item_id}")
    assert name not in liu.page.content()
    refer(li)
    clock.pass_by(seconds=service.settings.undo_s + 1)
    liu.open("/")
    liu.go("g h")
    assert liu.page.locator("tr[data-row]").count() == 1 and name in liu.text("tr[data-row]")
    liu.tab_to("button.primary")
    liu.go("Enter")
    liu.press("j")
    liu.go("o")
    assert shown(liu) == item_id
    liu.open("/queue?state=all")
    assert liu.page.locator("tr[data-row]").count() == 1
    liu.go("g h")
    liu.type_into("[name=note]", "已立案")
    liu.tab_to("button.primary")
    liu.go("Enter")
    assert liu.page.locator("tr[data-row]").count() == 0
    assert states(service, {item_id: ""}) == {item_id: "closed"}


def test_the_record_shows_all_of_it_and_holds(
    person: Person, clock: Standing, service: Service, tmp_path: Path
) -> None:
    li, sun = person("li", Role.INVESTIGATOR), person("sun", Role.AUDITOR)
    li.open("/queue")
    li.go("n")
    name = li.text("h1")
    li.press("a")
    li.type("checked against the waybill")
    li.go("Enter")
    refer(li)
    clock.pass_by(seconds=11)
    sun.open("/")
    sun.go("g r")
    sun.type_into("#target", f"h1/{name}")
    sun.go("Enter")
    rows = sun.page.locator("tbody tr").all_inner_texts()
    assert all("li" in row and name in row for row in rows)
    assert any("checked against the waybill" in row for row in rows)
    assert len(rows) >= 4  # claimed, seen, its scan seen, revealed, referred
    assert "the record holds" in verified(service, clock, tmp_path)


def verified(service: Service, clock: Standing, folder: Path) -> str:
    """What `screener audit verify` says once the head is signed and published."""
    settings = service.settings
    lines = "".join(f'{name} = "{getattr(settings, name)}"\n' for name in ("database", "checkpoint_key"))
    shell = Shell.at(folder, SETTINGS + "[review]\n" + lines)
    shell.ok("topics", "create", "--hub", "h1")
    key = SigningKey.read_or_make(Path(settings.checkpoint_key))
    with database.writing(service.engine) as connection:
        checkpoints.sign(connection, clock(), key, settings.agency)
    with shell.log() as log, log.publisher("_review.outbox") as publisher:
        Outbox(service.engine, log, clock).send(publisher)
    return shell.ok("audit", "verify")
