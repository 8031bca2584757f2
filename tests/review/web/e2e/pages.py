"""Every page of the workstation in a state that shows what it can show: for axe, and for pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser
from sqlalchemy import select

from screener.review import accounts, actions, claims, custody, database, seen, views
from screener.review.moves import entered
from screener.review.parcels import find
from screener.review.queue import Filters
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import parcel
from screener.review.service import Service
from tests.review.web.conftest import Standing, sign_in
from tests.review.web.e2e import workstation
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
SEIZE: Final[Mapping[str, Any]] = {"seal": "LZ-2026-0417", "place": "一号罚没仓库 A3", "given_by": "赵强"}
QUALITY: Final[Mapping[str, Any]] = {"quality": "unclear", "note": ""}


@dataclass(frozen=True, slots=True)
class View:
    """A page by its name: whose, at which address, and what is pressed on it before one looks."""

    name: str
    role: Role | None
    path: str
    then: Callable[[Watched], None] = lambda _: None
    agency: str = "*"


@dataclass(frozen=True, slots=True)
class Staged:
    """A workstation where work was done: its parcels by name, a seizure, a person."""

    service: Service
    parcels: Mapping[str, int]
    seizure: int
    person: int

    def of(self, name: str) -> str:
        """The address of a parcel."""
        return f"/parcels/{self.parcels[name]}"


def stage(service: Service, clock: Standing) -> Staged:
    """Work on some parcels: seized twice (one wants a second person), referred, released, opened.

    The time in which that can be undone is over.
    """
    li, wang = (_supervisor(service, name) for name in ("li", "wang"))
    with database.reading(service.engine) as connection:
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
    return Staged(service, named, seizure.id, wang.person)


def _supervisor(service: Service, name: str) -> Reviewer:
    sign_in(service, name, [Grant(Role.SUPERVISOR)])
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


def all_views(stage: Staged) -> Sequence[View]:
    """Every page, and the dialogs that lie over one."""
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
    staged: Staged, browser: Browser, address: str, language: str
) -> Iterator[tuple[View, Watched]]:
    """Each page as it stands when it is looked at, by a person for each right that one needs."""
    browsers: dict[tuple[Role | None, str], Watched] = {}
    for view in all_views(staged):
        key = (view.role, view.agency)
        if key not in browsers:
            browsers[key] = workstation.browse(browser, address, language)
            _enter(staged, browsers[key], view, language, f"{language}{len(browsers)}")
        watched = browsers[key]
        watched.open(view.path)
        view.then(watched)
        yield view, watched
        watched.faults.clear()
    for watched in browsers.values():
        watched.context.close()


def _enter(staged: Staged, watched: Watched, view: View, language: str, name: str) -> None:
    watched.context.add_cookies([{"name": "screener-language", "value": language, "url": watched.origin}])
    if view.role is not None:
        held = [Grant(view.role, "*", view.agency)]
        workstation.enter(staged.service, watched, name, held, language)
