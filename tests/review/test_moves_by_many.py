"""Several people at several parcels at random times: whatever they try, the laws of the workstation hold.

Attempts are drawn without regard to whether they may be made; each either changes what it may or nothing.
The outbox sends to a real log meanwhile.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace
from sqlalchemy import Engine, select

from screener.contracts import cloudevents, topics
from screener.contracts.wire import Disposition, Inspection
from screener.core.estimates.register import latest
from screener.errors import BadInput
from screener.review import actions, acts, audit, custody, database, handover, rules, schema, seen
from screener.review.acts import Act
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.moves import Correct, Found, Note, Open, Ours, Refer, Release, Reopen, Seize
from screener.review.outbox import Outbox
from screener.review.parcels import Item
from screener.review.rights import Role
from screener.stream.port import Partition
from tests.examples import examples
from tests.review import flags
from tests.review.stations import OFFICERS, SETTINGS, Station, a_parcel, allowed, item_of, somebody, timeline

REFUSALS = (Hidden, Denied, Conflict, BadInput)
MAY_CHANGE = {"undone_at", "second", "seconded_at", "second_note", "refused"}
"""Of an action: by its undoing and its seconding."""

WATCHED = ("action", "custody", "audit", "seizure", "handover", "outbox", "parcel")
RUNS = itertools.count()

parcels = st.integers(0, 1)
people = st.sampled_from(["li", "li", "wang", "wang", "zhao", "reader", "police"])
astray = st.sampled_from(["", "", "", "", "", "kind", "version", "person"])
"""What of an attempt is drawn without regard to what may pass; all else is as a page would offer it."""

qualities = st.sampled_from(["unclear", "unclear", "right", "tobacco_within_limit", "wrong"])
founds = st.builds(
    Found,
    cartons=st.integers(0, 4),
    kg=st.sampled_from([0.0, 0.5, 6.0]),
    officers=st.sampled_from([OFFICERS, OFFICERS, OFFICERS, ("李伟", "李伟 ")]),
    quality=qualities,
)
MOVES: dict[str, st.SearchStrategy[Ours]] = {
    "release": st.builds(Release, quality=qualities),
    "open": st.just(Open(officers=OFFICERS)),
    "found": founds,
    "seize": st.builds(
        Seize, seal=st.sampled_from(["S-1", "S-2", "S-3"]), place=st.just("3"), given_by=st.just("east")
    ),
    "refer": st.builds(Refer, agency=st.sampled_from(["police", "police", "fire"])),
    "note": st.just(Note(text="x")),
    "reopen": st.just(Reopen(why="x")),
    "correct": st.builds(Correct, corrects=st.just(1), found=founds),
}

ARGUMENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "act": {"who": people, "number": parcels, "data": st.data(), "astray": astray},
    "undo": {
        "who": people,
        "number": parcels,
        "back": st.sampled_from([0, 0, 1, 2]),
        "own": st.sampled_from([True, True, False]),
    },
    "second": {
        "who": st.sampled_from(["li", "wang", "police"]),
        "number": parcels,
        "agrees": st.sampled_from([True, True, False]),
        "own": st.sampled_from([False, False, True]),
    },
    "hand_over": {
        "who": st.sampled_from(["police", "police", "li", "reader"]),
        "number": parcels,
        "how": st.sampled_from(["accept", "return_", "close", "take_back"]),
    },
    "hand_on": {"who": people, "number": parcels, "giver": st.booleans(), "taker": st.sampled_from("ab")},
    "look": {"who": people, "number": parcels},
    "release_many": {"who": people, "numbers": st.lists(parcels, min_size=1, max_size=2, unique=True)},
    "wait": {"seconds": st.sampled_from([0.5, 4.0, 11.0, 400.0])},
    "send": {},
}
STEPS = (*ARGUMENTS, *["act"] * 6, "undo", "second", "second", "hand_on", "hand_over", "wait")
ABOUT = {"second": "seize", "hand_on": "seize", "hand_over": "refer"}

LIKELY = {"open": 4, "found": 4, "seize": 4, "reopen": 3}
"""So that some parcels come as far as a seizure."""

Rows = dict[str, dict[Any, Any]]


class Many(RuleBasedStateMachine):
    """One belt parcel and one that has time, three investigators, a reader, and the police."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__()
        self.run = next(RUNS)
        self.station = Station(engine)
        self.people = {
            name: somebody(engine, f"{name}-{self.run}", _role(name), agency=_agency(name))
            for name in ("li", "wang", "zhao", "reader", "police")
        }
        self.ids = [f"P-{self.run}-belt", f"P-{self.run}-case"]
        due = self.station.now + timedelta(days=1)
        self.parcels = [a_parcel(engine, self.ids[0], due_at=due), a_parcel(engine, self.ids[1])]
        self.opened = ExitStack()
        self.log = self.opened.enter_context(flags.embedded_log(folder / str(self.run)))
        self.publisher = self.opened.enter_context(self.log.publisher("review.outbox"))
        self.outbox = Outbox(engine, self.log, lambda: self.station.now)

    # --- attempts -------------------------------------------------------------------------------------

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """All in one rule: of many Hypothesis leaves some out of each run, and only `act` begins anything."""
        kinds = {one.kind for number in range(2) for one in self.timeline(number)}
        names = [name for name in STEPS if name not in ABOUT or ABOUT[name] in kinds]
        if any(one.pending for number in range(2) for one in self.timeline(number)):
            names += ["second"] * 12
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(st.fixed_dictionaries(ARGUMENTS[name])))

    def act(self, who: str, number: int, data: st.DataObject, astray: str) -> None:
        item = item_of(self.station.engine, self.parcels[number])
        move = data.draw(MOVES[data.draw(st.sampled_from(self.offered(item, wild=astray == "kind")))])
        if isinstance(move, Seize):
            move = replace(move, seal=f"{move.seal}.{self.run}")
        if isinstance(move, Correct) and astray != "kind" and (last := acts.inspected(self.timeline(number))):
            move = replace(move, corrects=last.last.id)
        version = item.version - (astray == "version")
        holder = item.claimed(self.station.now)
        if holder is not None and astray != "person":
            who = self.name_of(holder)
        reviewer = self.people[who]

        def check(before: Rows, after: Rows) -> None:
            assert version == item.version
            assert holder in {None, reviewer.person}
            (new,) = after["action"].keys() - before["action"].keys()
            row = after["action"][new]
            assert (row.by, row.kind, row.parcel) == (reviewer.person, move.kind, item.id)
            assert item.state in rules.RULES[move.kind].begins
            assert who in {"li", "wang", "zhao"} or (who == "police" and move.kind == "note")

        self.attempt(number, lambda: self.station.act(reviewer, item.id, move, version), check)

    def undo(self, who: str, number: int, back: int, own: bool) -> None:
        if (one := self.recent(number, back)) is None:
            return
        who = self.name_of(one.by) if own else who
        item = item_of(self.station.engine, self.parcels[number])

        def check(before: Rows, after: Rows) -> None:
            assert one.by == self.people[who].person
            assert one.at <= self.station.now < one.at + timedelta(seconds=SETTINGS.undo_s)
            assert not item.on_belt(one.at)
            later = [
                each for each in before["action"].values() if each.id > one.id and each.parcel == item.id
            ]
            assert one.kind == "note" or all(each.kind == "note" or _void(each) for each in later)
            assert all(row.withdrawn for row in after["outbox"].values() if row.action == one.id)

        self.attempt(number, lambda: self.station.undo(self.people[who], one.id), check)

    def second(self, who: str, number: int, agrees: bool, own: bool) -> None:
        waiting = [one for one in self.timeline(number) if one.kind == "seize"]
        if not waiting:
            return
        one = waiting[-1]
        who = self.name_of(one.by) if own else who

        def check(before: Rows, after: Rows) -> None:
            assert one.by != self.people[who].person
            assert one.pending
            assert len(after["seizure"]) - len(before["seizure"]) == agrees

        def second() -> None:
            self.station.second(self.people[who], one.id, agrees=agrees)

        self.attempt(number, second, check)

    def hand_over(self, who: str, number: int, how: str) -> None:
        with database.reading(self.station.engine) as connection:
            offered = handover.of_parcel(connection, self.parcels[number])
        if not offered:
            return
        said = {"why": "x"} if how in {"return_", "take_back"} else {}
        of = getattr(handover, how)

        def check(before: Rows, after: Rows) -> None:
            assert (who == "police") == (how != "take_back")
            assert offered[-1].state in {"offered", "accepted"}

        self.attempt(number, lambda: self.station.do(of, self.people[who], offered[-1].id, **said), check)

    def hand_on(self, who: str, number: int, giver: bool, taker: str) -> None:
        with database.reading(self.station.engine) as connection:
            seized = custody.seizures(connection, self.parcels[number])
        if not seized:
            return
        gives = seized[-1].chain[-1].taken_by if giver else "b"
        given = {"given_by": gives, "taken_by": taker, "place": "7"}

        def check(before: Rows, after: Rows) -> None:
            assert len(after["custody"]) == len(before["custody"]) + 1

        def hand_on() -> None:
            self.station.do(custody.hand_on, self.people[who], seized[-1].id, **given)

        self.attempt(number, hand_on, check, moves=False)

    def look(self, who: str, number: int) -> None:
        if who == "police":
            return
        with database.writing(self.station.engine) as connection:
            item = item_of(self.station.engine, self.parcels[number])
            seen.record(connection, self.people[who], self.station.now, item)

    def release_many(self, who: str, numbers: list[int]) -> None:
        items = [item_of(self.station.engine, self.parcels[number]) for number in numbers]
        shown = [(item.id, item.version) for item in items]
        with database.reading(self.station.engine) as connection:
            looked = all(seen.by(connection, self.people[who], item) for item in items)
        before = self.rows()
        try:
            self.station.do(
                actions.act_many, self.people[who], shown, move=Release(quality="wrong"), allowed=allowed
            )
        except REFUSALS:
            assert self.rows() == before
        else:
            assert looked
            assert {item_of(self.station.engine, item.id).state for item in items} == {"closed"}

    # --- meanwhile ------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        self.station.later(seconds)

    def send(self) -> None:
        self.outbox.send(self.publisher)

    # --- laws -----------------------------------------------------------------------------------------

    def attempt(
        self,
        number: int,
        what: Callable[[], Any],
        check: Callable[[Rows, Rows], None],
        *,
        moves: bool = True,
    ) -> None:
        self.station.later(0.001)
        before = self.rows()
        try:
            what()
        except REFUSALS:
            assert self.rows() == before, "what was refused has changed something"
            return
        after = self.rows()
        check(before, after)
        self.check_kept(before, after)
        was, now = (rows["parcel"][self.parcels[number]] for rows in (before, after))
        assert now.version == was.version + moves
        (entry,) = (after["audit"][n] for n in after["audit"].keys() - before["audit"].keys())
        assert (entry.target, entry.at) == (f"east/{self.ids[number]}", self.station.now)

    def check_kept(self, before: Rows, after: Rows) -> None:
        """Rows only come; of an action only its undoing and seconding is filled in, once."""
        for table in ("audit", "custody", "seizure", "action"):
            for key, row in before[table].items():
                new = after[table][key]._mapping
                changed = {name for name, value in row._mapping.items() if new[name] != value}
                assert changed <= (MAY_CHANGE if table == "action" else set())
                assert all(not row._mapping[name] for name in changed)

    @invariant()
    def laws_of_what_there_is(self) -> None:
        with database.reading(self.station.engine) as connection:
            for item in self.parcels:
                past = acts.timeline(connection, item)
                state = connection.scalar(select(schema.parcel.c.state).where(schema.parcel.c.id == item))
                assert state == rules.state_of(one.step for one in past)
                confirmed = {one.id: one for one in past if one.kind == "seize" and _told(one)}
                assert all(one.second not in {None, one.by} for one in confirmed.values())
                seized = custody.seizures(connection, item)
                assert [one.action for one in seized] == list(confirmed)
                for one in seized:
                    pairs = itertools.pairwise(one.chain)
                    assert one.chain
                    assert all(after.given_by == before.taken_by for before, after in pairs)

    def teardown(self) -> None:
        """After some time all is told, and what was told last is how things stand."""
        self.station.later(3600)
        while self.outbox.send(self.publisher):
            pass
        told = self.told()
        for number in range(2):
            self.check_told(number, [one for one in told if one.parcel_id == self.ids[number]])
        with database.reading(self.station.engine) as connection:
            assert list(audit.breaks(audit.entries(connection))) == []
        self.opened.close()

    def check_told(self, number: int, told: list[Inspection | Disposition]) -> None:
        past = self.timeline(number)
        undone = {one.id for one in past if not one.stands}
        names = [_name(one) for one in told]
        assert len(set(names)) == len(names)
        assert not {int(name.split(".")[1]) for name in names} & undone
        inspections = {one.inspection_id: one for one in told if isinstance(one, Inspection)}
        found = [one.found for one in past if one.stands and one.found]
        assert len(inspections) == len(found)
        if found:
            counts = latest(inspections)
            assert (counts.sticks, counts.tobacco_g) == (found[-1].all_sticks, found[-1].tobacco_g)
            assert counts.over_limit == found[-1].over(allowed("east"))
        became = [one.kind for one in told if isinstance(one, Disposition)]
        stood = sorted((one.seconded_at or one.at, one.id) for one in past if _told(one))
        expected = [kind for _, number in stood if (kind := _became(past, number))]
        assert became == expected

    # --- what there is --------------------------------------------------------------------------------

    def rows(self) -> Rows:
        with database.reading(self.station.engine) as connection:
            found: Rows = {}
            for name in WATCHED:
                table = schema.metadata.tables[name]
                key = table.primary_key.columns.values()[0].name
                found[name] = {row._mapping[key]: row for row in connection.execute(select(table))}
            return found

    def timeline(self, number: int) -> tuple[Act, ...]:
        return timeline(self.station.engine, self.parcels[number])

    def name_of(self, person: int) -> str:
        return next(name for name, one in self.people.items() if one.person == person)

    def offered(self, item: Item, *, wild: bool) -> list[str]:
        """The kinds that may pass now, or all."""
        past = timeline(self.station.engine, item.id)
        fitting = actions.possible(self.people["li"], item, SETTINGS, past)
        return list(rules.OURS) if wild else [kind for kind in fitting for _ in range(LIKELY.get(kind, 1))]

    def recent(self, number: int, back: int) -> Act | None:
        past = self.timeline(number)
        return past[-1 - back] if back < len(past) else None

    def told(self) -> list[Inspection | Disposition]:
        kinds = {cloudevents.INSPECTION: Inspection, cloudevents.DISPOSITION: Disposition}
        found: list[Inspection | Disposition] = []
        for number in range(2):
            where = Partition(topics.OUTCOMES, number)
            for record in self.log.read(where, self.log.start(where), self.log.end(where)):
                event = cloudevents.from_headers(record.headers)
                found.append(msgspec.json.decode(record.value or b"", type=kinds[event.type]))
        return found


def _told(one: Act) -> bool:
    return one.stands and not one.pending


def _void(row: Any) -> bool:
    return row.undone_at is not None or bool(row.refused)


def _became(past: tuple[Act, ...], number: int) -> str | None:
    """What is told of an action as what became of its parcel."""
    kind = next(one.kind for one in past if one.id == number)
    if kind == "return":
        state = rules.state_of(one.step for one in past if one.id <= number)
        return "seize" if state is rules.State.SEIZED else "reopen"
    return kind if kind in {"release", "seize", "refer", "reopen"} else None


def _name(one: Inspection | Disposition) -> str:
    return one.inspection_id if isinstance(one, Inspection) else one.disposition_id


def _role(name: str) -> Role:
    return Role.READER if name == "reader" else Role.INVESTIGATOR


def _agency(name: str) -> str:
    return "police" if name == "police" else SETTINGS.agency


def test_the_laws_hold_whatever_people_try(engine: Engine, tmp_path: Path) -> None:
    class Here(Many):
        def __init__(self) -> None:
            super().__init__(engine, tmp_path)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples(5),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
