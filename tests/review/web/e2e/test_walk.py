"""A walk of every page by every kind of person: nothing breaks, and nobody sees what is not his to see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy import select

from screener.review import database
from screener.review.rights import Role
from screener.review.schema import action, parcel
from tests.review.web.conftest import Client, Enter
from tests.review.web.e2e import areas, pages
from tests.review.web.e2e.pages import AWAY, PERSONAL, Staged
from tests.review.web.e2e.walking import Seen, Way, ours, ways

pytestmark = pytest.mark.slow

LOOKED_AT: Final = ("P-0003", "P-0020", "P-0004", "P-0014")
"""Parcels whose pages are visited, each by all ways."""

MOST_LINKS: Final = 12

ENDLESS: Final = ("/live",)
LEAVING: Final = ("/sign-out", "/sign-in", "/static/{version:str}/{name:path}")


@dataclass(frozen=True, slots=True)
class Walker:
    """A kind of person, and of which hubs and agencies he may see parcels."""

    role: Role | None
    hub: str = "*"
    agency: str = "*"
    name: str | None = ""

    @property
    def sees(self) -> bool:
        return self.role is not None and self.role is not Role.ADMINISTRATOR


WALKERS: Final = {
    "nobody": Walker(None, name=None),
    "without-rights": Walker(None),
    "reader": Walker(Role.READER, "h1"),
    "reader-of-the-other-hub": Walker(Role.READER, "h2"),
    "investigator": Walker(Role.INVESTIGATOR, "h1"),
    "supervisor": Walker(Role.SUPERVISOR, "h1", "tobacco"),
    "police": Walker(Role.INVESTIGATOR, "*", "police"),
    "auditor": Walker(Role.AUDITOR, "h1"),
    "administrator": Walker(Role.ADMINISTRATOR),
}
MAY_ACT: Final = frozenset({"investigator", "supervisor", "police"})


@pytest.mark.parametrize("name", WALKERS)
def test_nobody_sees_or_changes_what_is_not_his(staged: Staged, enter: Enter, name: str) -> None:
    with entered(enter, WALKERS[name]) as client:
        look_around(staged, client, WALKERS[name])
        try_all(staged, client, WALKERS[name], may_act=name in MAY_ACT)


def look_around(staged: Staged, client: Client, walker: Walker) -> None:
    """No page shows him what is hidden from him."""
    hidden = names_hidden_from(staged, walker)
    for address, html in walked(client, staged):
        assert [one for one in (*hidden, *PERSONAL) if one in html] == [], address
    for one in hidden[::3]:
        if walker.sees:
            assert 'data-total="0"' in client.get(f"/queue?state=all&q={one}").text
        assert "/parcels/" not in client.get(f"/open?code={one}").headers.get("location", "")


def try_all(staged: Staged, client: Client, walker: Walker, *, may_act: bool) -> None:
    """No form changes, or shows in its answer, what is hidden from him."""
    hidden = names_hidden_from(staged, walker)
    foreign = {staged.parcels[one] for one in hidden if one in staged.parcels}
    untouchable = foreign if may_act else set(staged.parcels.values())
    before = standing(staged, untouchable)
    for address, html in tried(client, staged):
        assert [one for one in hidden if one in html] == [], address
    assert standing(staged, untouchable) == before


def entered(enter: Enter, walker: Walker) -> Client:
    roles = () if walker.role is None else (walker.role,)
    return enter(*roles, name=walker.name, hub=walker.hub, agency=walker.agency)


def names_hidden_from(staged: Staged, walker: Walker) -> tuple[str, ...]:
    """What parcels are called that he may not see, and their waybills."""
    seen = set(staged.parcels) if walker.sees else set()
    if walker.hub == "h1":
        seen -= set(AWAY)
    elif walker.hub == "h2":
        seen &= set(AWAY)
    if walker.agency == "police":
        seen &= {"P-0014"}
    hidden = sorted(set(staged.parcels) - seen)
    return (*hidden, *(f"W{one}" for one in hidden if one.startswith("P-")))


def walked(client: Client, staged: Staged) -> Iterator[tuple[str, str]]:
    """Every page by its address, and those that links of pages lead to."""
    todo = [
        way.filled(values)
        for way in ways(client.app)
        if way.method == "GET" and way.path not in ENDLESS
        for values in every_id(staged, way)
    ]
    visited: set[str] = set()
    followed = 0
    while todo:
        address = todo.pop(0)
        if address in visited:
            continue
        visited.add(address)
        answer = client.get(address)
        assert answer.status_code < 500, address
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        yield address, answer.text
        for link in ours(Seen(answer.text).links):
            if link not in visited and followed < MOST_LINKS:
                followed += 1
                todo.append(link)


def tried(client: Client, staged: Staged) -> Iterator[tuple[str, str]]:
    """What comes of every form for everything that it could be about."""
    for way in ways(client.app):
        if way.method == "GET" or way.path in LEAVING:
            continue
        for values in every_id(staged, way):
            for form in forms(staged, way, values):
                answer = client.post(way.filled(values), data=form)
                assert answer.status_code < 500, (way, values, form)
                yield f"{way.filled(values)} {form}", answer.text


def every_id(staged: Staged, way: Way) -> Iterator[Mapping[str, object]]:
    """Values for the parameters of a path: of all sorts, some of nothing."""
    names = [name for name, _ in way.parameters]
    if not names:
        yield {}
    elif names == ["item_id", "number"]:
        yield from ({"item_id": one, "number": 1} for one in items(staged))
        yield {"item_id": items(staged)[0], "number": 9}
    elif names == ["item_id"]:
        yield from ({"item_id": one} for one in (*items(staged), 4711))
    elif names == ["handover_id", "what"]:
        yield from ({"handover_id": n, "what": what} for n in (1, 9) for what in ("accept", "return", "x"))
    elif names == ["name"]:
        yield from ({"name": name} for name in ("tips", "senders", "x"))
    elif names == ["case_id", "deed"]:
        yield from ({"case_id": n, "deed": deed} for n in (1, 2) for deed in DEEDS)
    elif names == ["day"]:
        yield from ({"day": day} for day in (areas.DAY, "x"))
    elif names == ["version", "name"]:
        yield {"version": "x", "name": "base.css"}
    else:
        yield from (dict.fromkeys(names, n) for n in (1, 10**15))


def items(staged: Staged) -> list[int]:
    return [staged.parcels[one] for one in LOOKED_AT]


def forms(staged: Staged, way: Way, values: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """What is sent there: as pages send it, else nothing."""
    if not way.path.endswith("/act"):
        yield FORMS.get(way.path.rsplit("/", 1)[-1], {})
        return
    with database.reading(staged.service.engine) as connection:
        asked = select(parcel.c.version).where(parcel.c.id == values["item_id"])
        version = connection.scalar(asked) or 1
    for kind, fields in (("note", {"text": "x"}), ("refer", {"agency": "post"}), ("release", pages.QUALITY)):
        yield {"kind": kind, "version": version, **fields}


DEEDS: Final = ("rename", "note", "offer", "step")
"""Of what may be done with a case."""

FORMS: Final[Mapping[str, dict[str, object]]] = {
    "reveal": {"reason": "only curious"},
    "second": {"agrees": "yes", "note": ""},
    "{what:str}": {"note": "well"},
    "{seizure_id:int}": {"given_by": "周敏", "taken_by": "何伟", "place": "三号库"},
    "release": {"chosen": ["1:1", "2:1", "7:2"], "quality": "unclear"},
    "people": {"name": "eve", "password": "a heron in the reed"},
    "grants": {"role": "supervisor", "hub": "*", "agency": "*"},
    "password": {"password": "a heron in the reed"},
    "{deed:str}": {"title": "mine now", "text": "x", "kind": "file", "version": 1, "agency": "post"},
}


def standing(staged: Staged, items: set[int]) -> tuple[object, ...]:
    """All that can be changed of these parcels."""
    with database.reading(staged.service.engine) as connection:
        kept = select(parcel).where(parcel.c.id.in_(items)).order_by(parcel.c.id)
        done = select(action).where(action.c.parcel.in_(items)).order_by(action.c.id)
        return tuple(connection.execute(kept)), tuple(connection.execute(done))
