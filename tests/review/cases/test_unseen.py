"""What another agency may not see of a case it does not see: in pages, exports, search, counts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import pytest
from litestar import Litestar

from screener.errors import BadInput
from screener.review import database, search
from screener.review.cases import agencies, cases, files, listing, notes, parcels, people, tasks
from screener.review.cases.agencies import Share
from screener.review.cases.listing import Filters
from screener.review.errors import Denied, Hidden
from screener.review.moves import Refer
from screener.review.photographs import Kept
from screener.review.rights import Reviewer, Role
from screener.review.service import Service
from tests.review.cases.desks import POLICE, Desk, known_parcel
from tests.review.stations import HOME, NOW, SETTINGS, somebody
from tests.review.web.conftest import Client, Enter, Standing
from tests.review.web.e2e.walking import ways

SECRET = "canary"
ROWS = range(1, 4)
APART = ("/live", "/static", "/sign", "/language")


@dataclass
class Scene:
    """A case at which everything says `canary` that is not shared, and what is shared says `plain`."""

    desk: Desk
    li: Reviewer
    liu: Reviewer
    case: int
    unshared: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def scene(service: Service, clock: Standing) -> Scene:
    """Two cases: one that the police was asked to join, one that it hears nothing of."""
    clock.now = NOW
    desk = Desk(service.engine)
    li = somebody(service.engine, "li", Role.SUPERVISOR)
    liu = somebody(service.engine, "liu", agency=POLICE)
    found = Scene(desk, li, liu, 0)
    found.case = desk.begin(li, "plain title")
    other = desk.begin(li, f"{SECRET} title", known_parcel(service.engine, f"{SECRET}-0"))
    desk.call(notes.add, li, other, text=SECRET)
    found.shared, found.unshared = (planted(service, found, word) for word in ("plain", SECRET))
    gone = known_parcel(service.engine, f"{SECRET}-gone")
    desk.call(parcels.add, li, found.case, item_ids=[gone], why=SECRET)
    row = next(one.id for one in desk.seen(li, found.case).parcels if one.item.id == gone)
    desk.call(parcels.remove, li, row, why=SECRET)
    desk.step(li, found.case, "file", note=SECRET)
    desk.offer(li, found.case)
    desk.do(agencies.offer, li, found.case, agency="customs", kind="joint", note=SECRET)
    for kind, item in found.shared.items():
        desk.share(li, found.case, kind, item)
    desk.accept(liu, found.case)
    return found


def planted(service: Service, found: Scene, word: str) -> dict[str, int]:
    """One item of each kind that says this word."""
    desk, li, case = found.desk, found.li, found.case
    item = known_parcel(service.engine, f"{word}-1", search=f"{word}-1")
    with database.writing(service.engine) as connection:
        search.learn(connection, {item: search.normal(f"{word}-1")})
    desk.call(parcels.add, li, case, item_ids=[item], why=f"{word} why")
    given = {"name": f"{word} name", "phone": "", "address": "", "role": "witness"}
    content = f"%PDF-1.4 {word}".encode()
    kept = files.keep(service.store, service.sandbox, SETTINGS, content, files.PDF)
    assert isinstance(kept, Kept)
    return {
        "parcel": item,
        "person": desk.call(people.add_by_name, li, case, **given, ring=service.ring),
        "note": desk.call(notes.add, li, case, text=f"{word} note"),
        "file": desk.call(files.enter, li, case, name=f"{word}.pdf", kept=kept),
        "task": desk.call(tasks.add, li, case, text=f"{word} task", due_at=NOW - timedelta(days=1)),
    }


@pytest.mark.usefixtures("scene")
def test_no_page_and_no_export_says_it(application: Litestar, enter: Enter) -> None:
    police = enter(Role.SUPERVISOR, agency=POLICE)
    texts = list(all_that_is_said(application, police))
    assert sum(b"plain" in one for _, one in texts) >= 3
    assert [path for path, one in texts if SECRET.encode() in one] == []


def all_that_is_said(application: Litestar, police: Client) -> Iterator[tuple[str, bytes]]:
    """Every answer that this person gets to a plain question, what is packed in it among it."""
    for way in ways(application):
        if way.method != "GET" or way.path.startswith(APART):
            continue
        for row in ROWS if way.parameters else (0,):
            path = way.filled({name: row if kind == "int" else "x" for name, kind in way.parameters})
            answer = police.get(path)
            assert answer.status_code < 500, path
            yield path, answer.content
            if path.endswith("export.zip") and answer.status_code == 200:
                with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
                    yield from ((f"{path} {name}", packed.read(name)) for name in packed.namelist())
                    yield path, "".join(packed.namelist()).encode()


def test_what_papers_are_made_of_does_not_hold_it(scene: Scene) -> None:
    ours, theirs = (scene.desk.seen(who, scene.case) for who in (scene.li, scene.liu))
    assert SECRET in msgspec.json.encode(ours).decode()
    assert SECRET not in msgspec.json.encode(theirs).decode()


def test_counts_and_searches_do_not_tell(scene: Scene, service: Service) -> None:
    ours, theirs = (scene.desk.seen(who, scene.case) for who in (scene.li, scene.liu))
    assert (ours.figures.parcels, theirs.figures.parcels) == (2, 1)
    assert (ours.figures.people, theirs.figures.people) == (2, 1)
    for who, words in ((scene.li, {"plain": 1, SECRET: 2}), (scene.liu, {"plain": 1, SECRET: 0})):
        with database.writing(service.engine) as connection:
            for word, count in words.items():
                page = listing.page(connection, who, SETTINGS, NOW, Filters(q=word))
                assert page.total == count
    with database.writing(service.engine) as connection:
        page = listing.page(connection, scene.liu, SETTINGS, NOW, Filters(overdue=True))
        assert [(one.parcels, one.overdue_tasks) for one in page.lines] == [(1, 1)]
        assert cases.of_parcel(connection, scene.liu, HOME, 1) == ()


def test_what_is_taken_back_is_gone(scene: Scene) -> None:
    desk = scene.desk
    for kind, item in scene.shared.items():
        desk.share(scene.li, scene.case, kind, item, on=False)
    theirs = desk.seen(scene.liu, scene.case)
    assert not any((theirs.parcels, theirs.people, theirs.notes, theirs.files, theirs.tasks))
    desk.call(agencies.take_back, scene.li, scene.case, agency=POLICE, why="done")
    with pytest.raises(Hidden):
        desk.case(scene.liu, scene.case)


def test_the_other_agency_works_on_its_own_items_alone(scene: Scene, service: Service) -> None:
    desk, liu, case = scene.desk, scene.liu, scene.case
    own = desk.call(notes.add, liu, case, text="of the police")
    assert [one.text for one in desk.seen(liu, case).notes] == ["plain note", "of the police"]
    assert "of the police" in [one.text for one in desk.seen(scene.li, case).notes]
    desk.call(notes.add, liu, case, text="of the police, corrected", corrects=own)
    for of, named in (
        (notes.add, {"text": "x", "corrects": scene.shared["note"]}),
        (tasks.add, {"text": "x", "assignee": scene.li.person}),
        (parcels.add, {"item_ids": [scene.shared["parcel"]], "why": "x"}),
        (people.reveal, {"reason": "x", "ring": service.ring}),
        (agencies.share, {"share": Share(POLICE, "note", scene.unshared["note"]), "on": True}),
        (agencies.take_back, {"agency": "customs", "why": "x"}),
        (agencies.answer, {"agency": "customs", "says": "accept"}),
    ):
        with pytest.raises((Hidden, Denied, BadInput)):
            desk.call(of, liu, case, **named)
    with pytest.raises((Hidden, Denied)):
        desk.call(tasks.done, liu, scene.shared["task"])
    full = desk.call(people.reveal, liu, case, reason="for the file", ring=service.ring)
    assert [one.who.name for one in full] == ["plain name"]


def test_a_parcel_that_was_handed_over_is_theirs_in_the_case(scene: Scene, service: Service) -> None:
    item = known_parcel(service.engine, "H-1", hub="west")
    scene.desk.call(parcels.add, scene.li, scene.case, item_ids=[item], why="both")
    scene.desk.act(scene.li, item, Refer(agency=POLICE))
    assert "H-1" in [one.item.parcel_id for one in scene.desk.seen(scene.liu, scene.case).parcels]
