"""Which move may be made in which state, by whom, and where it leads: one table, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from screener.review.rights import Verb


class State(StrEnum):
    """Where a parcel stands: `seconding` waits for a second person, `inspecting` is open."""

    WAITING = "waiting"
    SECONDING = "seconding"
    INSPECTING = "inspecting"
    SEIZED = "seized"
    REFERRED = "referred"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From which states a kind of move may start and where it leads; None leaves the state as it is.

    `seconded` waits for another person before it leads there. `after_found`: of a parcel that is open it has
    to be recorded first what was found. `claims` keeps the parcel for who made the move.
    """

    begins: frozenset[State]
    ends: State | None
    verb: Verb = Verb.DECIDE
    seconded: bool = False
    undoable: bool = True
    after_found: bool = False
    claims: bool = False


_ALL: Final = frozenset(State)
TO_DECIDE: Final = frozenset({State.WAITING, State.INSPECTING})
"""Where somebody has to decide: such parcels can be claimed."""

RULES: Final[Mapping[str, Rule]] = {
    "release": Rule(begins=TO_DECIDE, ends=State.CLOSED, after_found=True),
    "open": Rule(begins=frozenset({State.WAITING}), ends=State.INSPECTING, claims=True),
    "found": Rule(begins=frozenset({State.INSPECTING}), ends=None, claims=True),
    "seize": Rule(begins=frozenset({State.INSPECTING}), ends=State.SEIZED, seconded=True, after_found=True),
    "refer": Rule(begins=TO_DECIDE | {State.SEIZED}, ends=State.REFERRED, after_found=True),
    "note": Rule(begins=_ALL, ends=None),
    "reopen": Rule(begins=frozenset({State.CLOSED}), ends=State.WAITING),
    "correct": Rule(begins=_ALL - {State.WAITING, State.SECONDING}, ends=None),
    "accept": Rule(begins=frozenset({State.REFERRED}), ends=None, undoable=False),
    "return": Rule(begins=frozenset({State.REFERRED}), ends=None, undoable=False),
    "close": Rule(begins=frozenset({State.REFERRED}), ends=State.CLOSED, undoable=False),
}
"""`return` leads back to where the parcel was before it was referred (`state_of`)."""

OURS: Final = ("release", "open", "found", "seize", "refer", "note", "reopen", "correct")
"""The kinds that the home agency makes, in the order in which a page offers them."""


@dataclass(frozen=True, slots=True)
class Step:
    """Of an action what the state rests on; `confirmed` is None as long as nobody has seconded it."""

    kind: str
    undone: bool = False
    confirmed: bool | None = None

    @property
    def stands(self) -> bool:
        return not self.undone and self.confirmed is not False

    @property
    def pending(self) -> bool:
        return self.stands and RULES[self.kind].seconded and self.confirmed is None


def state_of(steps: Iterable[Step]) -> State:
    """Where a parcel stands after all that was done with it, in order: nothing else moves it."""
    state = before_referral = State.WAITING
    for step in steps:
        if not step.stands:
            continue
        if step.kind == "refer":
            before_referral = state
        if step.kind == "return":
            state = before_referral
        elif step.pending:
            state = State.SECONDING
        else:
            state = RULES[step.kind].ends or state
    return state
