"""Every page of the workstation in a state that shows what it can show: for axe, and for pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser
from sqlalchemy import select, update

from screener.review import accounts, actions, claims, custody, database, seen, views
from screener.review.moves import entered
from screener.review.parcels import find
from screener.review.queue import Filters
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import parcel
from screener.review.service import Service
from tests.review.web.conftest import Standing, sign_in
from tests.review.web.e2e import areas, workstation
from tests.review.web.e2e.areas import Areas
from tests.review.web.e2e.workstation import Watched
from tests.review.web.simulated import PEOPLE

PERSONAL: Final = tuple(one for name, phone, address in PEOPLE for one in (name, phone, address[-4:]))
"""What a masked page holds none of: names, phones, the ends of addresses."""

OFFICERS: Final = ["赵强", "孙丽"]
FOUND: Final[Mapping[str, Any]] = {
    "cartons": 20,
    "packs": 4,
    "origin": "counterfeit",
    "checklist.box": "unlike_genuine",
    "checklist.printing": "unlike_genuine",
    "value_cny": "46000",
    "officers": OFFICERS,
    "quality": "right",
    "note": "箱内夹层",
}
ALL_LOADED: Final = "() => [...document.images].every((one) => one.complete)"
SEIZE: Final[Mapping[str, Any]] = {"seal": "LZ-2026-0417", "place": "一号罚没仓库 A3", "given_by": "赵强"}
QUALITY: Final[Mapping[str, Any]] = {"quality": "unclear", "note": ""}
TABLET: Final = (820, 1180)
AWAY: Final = ("P-0001", "P-0004", "P-0006", "P-0009", "P-0014", "P-0021")
"""Parcels of the hub h2; one is seized, one wants a second person, one was referred."""


@dataclass(frozen=True, slots=True)
class View:
    """A page by its name: whose, at which address, and what is pressed on it before one looks.

    `as_li`: of somebody who has worked there, instead of a new person with that role.
    """

    name: str
    role: Role | None
    path: str
    then: Callable[[Watched], None] = lambda _: None
    agency: str = "*"
    as_li: bool = False
    size: tuple[int, int] = (workstation.WIDTH, workstation.HEIGHT)


@dataclass(frozen=True, slots=True)
class Staged:
    """A workstation where work was done: its parcels by name, a seizure, two people, its other areas."""

    service: Service
    parcels: Mapping[str, int]
    seizure: int
    person: int
    li: int
    areas: Areas

    def of(self, name: str) -> str:
        """The address of a parcel."""
        return f"/parcels/{self.parcels[name]}"


def stage(service: Service, clock: Standing, screened: int = 900) -> Staged:
    """Work on some parcels: seized twice (one wants a second person), referred, released, opened.

    The time in which that can be undone is over. Then on all that is beside the queue (`areas`).
    """
    li, wang = (_person(service, name, Role.SUPERVISOR) for name in ("li", "wang"))
    with database.writing(service.engine) as connection:
        connection.execute(update(parcel).where(parcel.c.parcel_id.in_(AWAY)).values(hub="h2"))
        named = {row.parcel_id: row.id for row in connection.execute(select(parcel.c.parcel_id, parcel.c.id))}
    opened = (("open", {"officers": OFFICERS}), ("found", FOUND))
    _work(service, li, named["P-0004"], *opened, ("seize", SEIZE))
    _work(service, li, named["P-0009"], *opened, ("seize", {**SEIZE, "seal": "LZ-2026-0418"}))
    _work(service, li, named["P-0019"], *opened)
    note, refer = {"text": "寄件人多次出现"}, {"agency": "police", "note": "请查收"}
    _work(service, li, named["P-0014"], ("note", note), ("refer", refer))
    _work(service, li, named["P-0003"], ("release", QUALITY))
    _let_go(service, li, named["P-0019"])
    for name in ("P-0001", "P-0006", "P-0011"):
        _look(service, li, named[name])
    with database.writing(service.engine) as connection:
        settings, now = service.settings, service.clock()
        first = actions.pending(connection, wang, settings)[0][1].id
        actions.second(connection, wang, settings, now, first, agrees=True, note="已核对封签")
        seizure = custody.seizures(connection, named["P-0004"])[0]
        given = {"given_by": seizure.chain[-1].taken_by, "taken_by": "周敏", "place": "二号罚没仓库 B1"}
        custody.hand_on(connection, wang, settings, now, seizure.id, **given, note="移库")
        views.save(connection, li, now, "广州线索", Filters(tip=True), shared=True)
    clock.pass_by(seconds=30)
    liu = _person(service, "liu", Role.INVESTIGATOR, "police")
    made = areas.fill(areas.Desk(service, named, li, wang, liu), screened)
    return Staged(service, named, seizure.id, wang.person, li.person, made)


def _person(service: Service, name: str, role: Role, agency: str = "*") -> Reviewer:
    sign_in(service, name, [Grant(role, "*", agency)])
    with database.reading(service.engine) as connection:
        found = accounts.reviewer_of(connection, accounts.find(connection, name))
    assert found is not None
    return found


def _work(service: Service, who: Reviewer, item_id: int, *moves: tuple[str, Mapping[str, Any]]) -> None:
    for kind, fields in moves:
        with database.writing(service.engine) as connection:
            item = find(connection, who, service.settings.agency, item_id)
            actions.act(
                connection,
                who,
                service.settings,
                service.clock(),
                item_id,
                version=item.version,
                move=entered(kind, fields),
                allowed=service.allowed,
            )


def _let_go(service: Service, who: Reviewer, item_id: int) -> None:
    with database.writing(service.engine) as connection:
        claims.give_back(connection, who, service.clock(), item_id)


def _look(service: Service, who: Reviewer, item_id: int) -> None:
    with database.writing(service.engine) as connection:
        item = find(connection, who, service.settings.agency, item_id)
        seen.record(connection, who, service.clock(), item)


def _pressed(*keys: str) -> Callable[[Watched], None]:
    return lambda watched: watched.press(*keys)


def _viewer(*keys: str) -> Callable[[Watched], None]:
    def run(watched: Watched) -> None:
        watched.page.wait_for_timeout(700)  # the picture has come
        watched.press(*keys)
        watched.page.wait_for_timeout(300)

    return run


def _revealed(watched: Watched) -> None:
    watched.press("a")
    watched.type("与运单核对")
    watched.go("Enter")


def _drawn(selector: str) -> Callable[[Watched], None]:
    return lambda watched: watched.see(selector)


def _station(watched: Watched) -> None:
    watched.page.wait_for_selector("body[data-ready]")
    watched.page.fill("#code", "P-0005")
    watched.page.press("#code", "Enter")
    watched.see(".station-sheet")
    watched.page.wait_for_function(ALL_LOADED)


def all_views(stage: Staged) -> Sequence[View]:
    """Every page, and the dialogs that lie over one."""
    return (*_of_queue(stage), *_of_areas(stage))


def _of_areas(stage: Staged) -> Sequence[View]:
    works, boss, here = Role.INVESTIGATOR, Role.SUPERVISOR, stage.areas
    year = "by=month&since=2026-01-01&until=2026-11-23"
    return (
        View("cases", boss, "/cases?state=all", as_li=True),
        View("case", boss, f"/cases/{here.case}", as_li=True),
        View("case-closing", boss, f"/cases/{here.closing}"),
        View("case-of-police", works, f"/cases/{here.case}", agency="police"),
        View("case-begin", works, "/cases", _pressed("N")),
        View("case-of-parcel", works, stage.of("P-0010"), _pressed("6")),
        View("networks", boss, "/networks"),
        View("network", boss, f"/networks/{here.group}", _drawn("#graph[data-nodes]")),
        View("lists", boss, "/lists"),
        View("list-tips", boss, "/lists/tips"),
        View("list-senders", boss, "/lists/senders"),
        View("list-enter", works, "/lists/tips/enter"),
        View("list-import", boss, "/lists/senders/import"),
        View("list-ready", boss, f"/lists/jobs/{here.ready}"),
        View("list-wrong-lines", boss, f"/lists/jobs/{here.with_wrong_lines}"),
        View("list-seconding", boss, f"/lists/jobs/{here.seconding}"),
        View("list-entry", boss, f"/lists/entries/{here.tip}"),
        View("station", works, "/station", _station, size=TABLET),
        View("station-unmatched", boss, "/station/unmatched"),
        View("figures", boss, f"/figures?{year}", _drawn("[data-chart] canvas, [data-chart] svg")),
        View("figures-behind", boss, "/figures/behind?measure=found&since=2026-01-01&until=2026-11-23"),
        View("draws", boss, "/draws"),
        View("draws-public", None, "/public/draws"),
        View("draws-public-day", None, f"/public/draws/{areas.DAY}"),
        View("training", boss, "/training", as_li=True),
        View("training-of-new", works, "/training"),
        View("trial", boss, f"/training/{here.trial}", as_li=True),
        View("models", boss, "/models", as_li=True),
        View("model", boss, f"/models/{here.model}", as_li=True),
    )


def _of_queue(stage: Staged) -> Sequence[View]:
    works, plain = Role.INVESTIGATOR, stage.of("P-0010")
    return (
        View("sign-in", None, "/sign-in"),
        View("queue", Role.SUPERVISOR, "/queue"),
        View("queue-all", works, "/queue?state=all"),
        View("queue-nothing", works, "/queue?q=nothing-of-this-name"),
        View("parcel", works, stage.of("P-0005"), _viewer("m")),
        View("parcel-linked", works, stage.of("P-0000"), _viewer("2")),
        View("parcel-seized", works, stage.of("P-0004"), _viewer("4")),
        View("parcel-unreadable", works, stage.of("P-0020"), _viewer("3")),
        View("parcel-without-manifest", works, stage.of("P-0021"), _viewer("5")),
        View("parcel-revealed", works, plain, _revealed),
        View("release", works, plain, _pressed("r")),
        View("open", works, plain, _pressed("o")),
        View("found", works, stage.of("P-0019"), _pressed("k")),
        View("refer", works, plain, _pressed("f")),
        View("keys", works, plain, _pressed("?")),
        View("second", works, stage.of("P-0009"), _viewer()),
        View("seconds", works, "/seconds"),
        View("hand-overs", works, "/handovers", agency="police"),
        View("custody", works, f"/custody/{stage.seizure}"),
        View("record", Role.AUDITOR, "/record"),
        View("people", Role.ADMINISTRATOR, "/people"),
        View("person", Role.ADMINISTRATOR, f"/people/{stage.person}"),
        View("account", Role.READER, "/me"),
        View("not-found", Role.READER, "/parcels/4711"),
    )


def looked_at(
    staged: Staged,
    browser: Browser,
    address: str,
    language: str,
    wanted: Sequence[View],
) -> Iterator[tuple[View, Watched]]:
    """Each of these pages as it stands when it is looked at, by a person for each right that one needs."""
    browsers: dict[tuple[Role | None, str, bool], Watched] = {}
    for view in wanted:
        key = (view.role, view.agency, view.as_li)
        if key not in browsers:
            browsers[key] = workstation.browse(browser, address, language)
            _enter(staged, browsers[key], view, language, f"{language}{len(browsers)}")
        watched = browsers[key]
        watched.page.set_viewport_size({"width": view.size[0], "height": view.size[1]})
        watched.open(view.path)
        view.then(watched)
        yield view, watched
        watched.faults.clear()
    for watched in browsers.values():
        watched.context.close()


def _enter(staged: Staged, watched: Watched, view: View, language: str, name: str) -> None:
    watched.context.add_cookies([{"name": "screener-language", "value": language, "url": watched.origin}])
    if view.as_li:
        workstation.enter_again(staged.service, watched, staged.li, language)
    elif view.role is not None:
        held = [Grant(view.role, "*", view.agency)]
        workstation.enter(staged.service, watched, name, held, language)
