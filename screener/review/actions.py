"""The moves that people make: each checked against the rules, kept, recorded and told in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from screener.config import ReviewSettings
from screener.core.policy import Limits
from screener.errors import BadInput
from screener.review import acts, audit, authority, custody, messages, moves, outbox, parcels, rules, seen
from screener.review.acts import Act, inspected, timeline
from screener.review.audit import Deed
from screener.review.errors import Conflict, Denied
from screener.review.fiction import answering
from screener.review.moves import Correct, Found, Ours, Refer, Release, Reopen, Seize
from screener.review.parcels import Item
from screener.review.rights import Reviewer, Verb
from screener.review.rules import RULES, Rule, State
from screener.review.schema import action, handover, parcel, person

__all__ = ["Act", "Allowed", "act", "act_many", "pending", "possible", "second", "timeline", "undo"]

Allowed = Callable[[str], Limits]
"""What one parcel of a hub may hold."""

MOST_AT_ONCE: Final = 200

TRAINING: Final = 0
"""Stands for the number of an action where the parcel was one for training: there is none."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A locked parcel with its past, and who does something with it now."""

    connection: Connection
    who: Reviewer
    settings: ReviewSettings
    now: datetime
    item: Item
    acts: tuple[Act, ...]

    def record(self, what: str, **details: str | int | bool) -> None:
        deed = Deed(self.now, self.who.name, what, self.item.key, details)
        audit.record(self.connection, deed)

    @property
    def claim(self) -> tuple[int, datetime]:
        return self.who.person, self.now + timedelta(seconds=self.settings.lease_s)


def act(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    item_id: int,
    *,
    version: int,
    move: Ours,
    allowed: Allowed,
) -> int:
    """Make a move on the parcel as `version` showed it; the number of the action, or `TRAINING`.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`; then nothing has changed.
    """
    return _made(_scene(connection, who, settings, now, item_id), version, moves.checked(move), allowed)


def act_many(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    shown: Sequence[tuple[int, int]],
    *,
    move: Release,
    allowed: Allowed,
) -> tuple[int, ...]:
    """Release parcels, each given with its version: all of them or none, and none that `who` has not seen.

    Raises as `act` does, and `BadInput` naming what was not seen.
    """
    if not 0 < len(shown) <= MOST_AT_ONCE or len(dict(shown)) < len(shown):
        raise BadInput("move_many", f"expected 1 to {MOST_AT_ONCE} parcels, each once, got {len(shown)}")
    # all are locked before the record is: whoever holds a parcel may wait for the record
    scenes = [(_scene(connection, who, settings, now, item), version) for item, version in sorted(shown)]
    if unseen := [one.item.parcel_id for one, _ in scenes if not seen.by(connection, who, one.item)]:
        raise BadInput("move_unseen", f"not seen by you yet: {', '.join(unseen)}; open them first")
    return tuple(_made(one, version, moves.checked(move), allowed) for one, version in scenes)


def undo(
    connection: Connection, who: Reviewer, settings: ReviewSettings, now: datetime, action_id: int
) -> None:
    """Take back what one did oneself, within its time: nobody is told of it.

    Raises `Hidden`, `Denied`, `Conflict`.
    """
    scene = _scene(connection, who, settings, now, acts.parcel_of(connection, action_id))
    undone = acts.numbered(scene.acts, action_id)
    _check_undo(scene, undone)
    if not outbox.withdraw(connection, action_id):
        raise Conflict("it can no longer be undone: it has been told already")
    connection.execute(update(action).where(action.c.id == action_id).values(undone_at=now))
    connection.execute(delete(handover).where(handover.c.action == action_id))
    claim = scene.claim if RULES[undone.kind].ends is not None else None
    acts.settled(connection, scene.item, claim)
    scene.record("undo", action=action_id, kind=undone.kind)


def second(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    action_id: int,
    *,
    agrees: bool,
    note: str = "",
) -> None:
    """Confirm or refuse what another person proposed. Raises `Hidden`, `Denied`, `Conflict`, `BadInput`."""
    scene = _scene(connection, who, settings, now, acts.parcel_of(connection, action_id))
    proposed = acts.numbered(scene.acts, action_id)
    _check_second(scene, proposed)
    note = moves.given(note.strip(), moves.Text)
    said = {"second": who.person, "seconded_at": now, "second_note": note, "refused": not agrees}
    connection.execute(update(action).where(action.c.id == action_id).values(said))
    if agrees and isinstance(proposed.move, Seize):
        custody.begin(connection, scene.item, proposed, proposed.move, now)
        _tell_disposition(scene, action_id, proposed.move, revision=proposed.revision, not_before=now)
    acts.settled(connection, scene.item)
    scene.record("second", action=action_id, kind=proposed.kind, agrees=agrees)


def possible(
    who: Reviewer, item: Item, settings: ReviewSettings, past: Sequence[Act] | None = None
) -> tuple[str, ...]:
    """The kinds of moves that `who` may make on a parcel he sees, in the order in which a page offers them.

    With its timeline those are left out, too, that want another one first.
    """
    kinds = [kind for kind in rules.OURS if item.state in RULES[kind].begins]
    if past is not None:
        kinds = [kind for kind in kinds if _missing(item, past, kind) is None]
    return tuple(kind for kind in kinds if _may(who, item, settings, kind))


def pending(connection: Connection, who: Reviewer, settings: ReviewSettings) -> tuple[tuple[Item, Act], ...]:
    """What waits for a second person and `who` may confirm, the oldest first."""
    query = (
        select(*parcels.COLUMNS)
        .where(parcel.c.state == State.SECONDING, parcels.visible(who, Verb.SECOND, settings.agency))
        .order_by(parcel.c.id)
    )
    items = [parcels.item_of(row) for row in connection.execute(query)]
    found = [
        (one, proposed) for one in items for proposed in timeline(connection, one.id) if proposed.pending
    ]
    return tuple(sorted((pair for pair in found if pair[1].by != who.person), key=lambda pair: pair[1].id))


def _scene(
    connection: Connection, who: Reviewer, settings: ReviewSettings, now: datetime, item_id: int
) -> _Scene:
    item = acts.locked(connection, who, settings.agency, item_id)
    return _Scene(connection, who, settings, now, item, timeline(connection, item_id))


def _made(scene: _Scene, version: int, move: Ours, allowed: Allowed) -> int:
    """The whole way of a move: checked, kept, told, and the parcel's state after it."""
    rule = RULES[move.kind]
    _check(scene, version, move, rule)
    if move.kind in answering.ANSWERS and (one := answering.of_parcel(scene.connection, scene.item.id)):
        answering.answer(scene.connection, scene.who, scene.now, scene.item, one=one, move=move.kind)
        return TRAINING
    stands_at = scene.now + _time_to_undo(scene)
    action_id = acts.entered(scene.connection, scene.item, scene.who, move, at=scene.now, stands_at=stands_at)
    if isinstance(move, Refer):
        row = {"parcel": scene.item.id, "action": action_id, "agency": move.agency, "changed_at": scene.now}
        scene.connection.execute(insert(handover).values(row))
    if isinstance(move, Found | Correct):
        _tell_inspection(scene, action_id, move, allowed(scene.item.hub), stands_at)
    elif not rule.seconded:
        _tell_disposition(scene, action_id, move, revision=scene.item.revision, not_before=stands_at)
    acts.settled(scene.connection, scene.item, scene.claim if rule.claims else None)
    scene.record(move.kind, action=action_id, revision=scene.item.revision)
    return action_id


def _time_to_undo(scene: _Scene) -> timedelta:
    """None on the belt: the parcel is gone before anybody could think better of it."""
    return timedelta() if scene.item.on_belt(scene.now) else timedelta(seconds=scene.settings.undo_s)


def _check(scene: _Scene, version: int, move: Ours, rule: Rule) -> None:
    _check_right(scene, move.kind)
    _check_free(scene)
    if scene.item.version != version:
        raise Conflict(f"it has changed since it was shown: expected version {version}, it is {_at(scene)}")
    if scene.item.state not in rule.begins:
        raise Conflict(f"{move.kind}: not for a parcel that is {scene.item.state}")
    if missing := _missing(scene.item, scene.acts, move.kind):
        raise Conflict(f"{move.kind}: {missing}")
    _check_contents(scene, move)


def _at(scene: _Scene) -> str:
    return f"version {scene.item.version}, {scene.item.state}"


def _check_right(scene: _Scene, kind: str) -> None:
    """Only the home agency decides; whoever has the parcel at hand may leave a note."""
    verb, home = RULES[kind].verb, scene.settings.agency
    if kind == "note":
        authority.check_at_hand(scene.connection, scene.who, verb, home, scene.item)
    else:
        authority.check(scene.who, verb, scene.item.hub, [home])


def _may(who: Reviewer, item: Item, settings: ReviewSettings, kind: str) -> bool:
    """A note only asks whether one decides for whoever has the parcel, which `act` finds out."""
    verb = RULES[kind].verb
    return who.may(verb, item.hub, settings.agency) or (kind == "note" and who.anywhere(verb))


def _check_free(scene: _Scene) -> None:
    holder = scene.item.claimed(scene.now)
    if holder is not None and holder != scene.who.person:
        raise Conflict(f"{_shown(scene.connection, holder)} is working on it")


def _shown(connection: Connection, person_id: int) -> str:
    return connection.scalar(select(person.c.shown).where(person.c.id == person_id)) or "somebody"


def _missing(item: Item, past: Sequence[Act], kind: str) -> str | None:
    """What has to be done before a move of this kind, or None."""
    before = inspected(past)
    if kind == "correct" and before is None:
        return "nothing was recorded that could be corrected"
    if item.state != State.INSPECTING:
        return None
    if kind == "found" and before is not None:
        return "what was found is recorded already; correct it"
    if RULES[kind].after_found and before is None:
        return "record first what was found"
    if kind == "seize" and before is not None and not before.found.anything:
        return "nothing was found that could be seized"
    return None


def _check_contents(scene: _Scene, move: Ours) -> None:
    """What can be told of a move only with its parcel, the settings and the database."""
    if isinstance(move, Refer) and move.agency not in scene.settings.agencies:
        known = ", ".join(scene.settings.agencies)
        raise BadInput("move_agency", f"agency: expected one of {known}, got {move.agency!r}")
    if isinstance(move, Seize):
        custody.check_seal(scene.connection, move.seal)
    if isinstance(move, Correct):
        before = inspected(scene.acts)
        if before is None or before.last.id != move.corrects:
            raise Conflict(f"action {move.corrects} is not what was last said to be found")


def _tell_inspection(
    scene: _Scene, action_id: int, move: Found | Correct, limits: Limits, not_before: datetime
) -> None:
    found = move.found if isinstance(move, Correct) else move
    if found.quality == "tobacco_within_limit" and found.over(limits):
        raise BadInput("move_quality", "quality: it is more than one parcel may hold")
    before = inspected(scene.acts)
    opening = before.opening if before else _opening(scene.acts)
    message = messages.inspection(
        scene.item,
        found,
        limits,
        name=_told_as(scene, action_id, scene.now),
        revision=opening.revision,
        inspected_at=before.first.at if before else scene.now,
        at=scene.now,
        corrects=_told_as(scene, before.last.id, before.last.at) if before else None,
    )
    outbox.put(scene.connection, action_id, message, not_before)


def _opening(past: Sequence[Act]) -> Act:
    return next(one for one in reversed(past) if one.stands and one.kind == "open")


def _tell_disposition(
    scene: _Scene, action_id: int, move: Ours, *, revision: int, not_before: datetime
) -> None:
    """Only of a move that decides something."""
    if not isinstance(move, Release | Seize | Refer | Reopen):
        return
    message = messages.disposition(
        scene.item,
        _DECIDES[type(move)],
        move.quality if isinstance(move, Release) else acts.quality_of(scene.acts),
        name=_told_as(scene, action_id, scene.now),
        revision=revision,
        at=scene.now,
        agency=move.agency if isinstance(move, Refer) else None,
    )
    outbox.put(scene.connection, action_id, message, not_before)


_DECIDES: Final[Mapping[type[Ours], messages.Kind]] = {
    Release: "release",
    Seize: "seize",
    Refer: "refer",
    Reopen: "reopen",
}


def _told_as(scene: _Scene, action_id: int, at: datetime) -> str:
    return messages.message_id(scene.settings.agency, action_id, at)


def _check_undo(scene: _Scene, one: Act) -> None:
    if one.by != scene.who.person:
        raise Denied("only who did it can undo it")
    _check_right(scene, one.kind)
    _check_free(scene)
    if one.undone_at is not None:
        raise Conflict("it was undone already")
    if one.refused is not None:
        raise Conflict("a second person has answered already")
    if not RULES[one.kind].undoable or scene.now >= one.stands_at:
        raise Conflict("it can no longer be undone; reopen or correct it")
    later = [each for each in scene.acts if each.id > one.id and each.stands and each.kind != "note"]
    if later and one.kind != "note":
        raise Conflict(f"it can no longer be undone: {later[-1].kind} came after it")


def _check_second(scene: _Scene, proposed: Act) -> None:
    authority.check(scene.who, Verb.SECOND, scene.item.hub, [scene.settings.agency])
    if proposed.by == scene.who.person:
        raise Denied("expected another person than who proposed it")
    if not proposed.pending:
        raise Conflict("it does not wait for a second person")
