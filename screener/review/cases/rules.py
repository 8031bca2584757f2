"""What may be done with a case in which state, and where it leads: one table, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from screener.review.rights import Verb


class State(StrEnum):
    """Where a case stands: `open` is not filed yet, `closing` waits for a second person."""

    OPEN = "open"
    FILED = "filed"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From which states a deed may start and where it leads; None leaves the state as it is.

    `seconded` waits for another person before it leads there. `joint`: an agency that works on the case with
    the home agency may do it, too.
    """

    begins: frozenset[State]
    ends: State | None = None
    verb: Verb = Verb.DECIDE
    seconded: bool = False
    joint: bool = False


_ALL: Final = frozenset(State)
WORKED_ON: Final = frozenset({State.OPEN, State.FILED})
"""Where a case is still being worked on."""

NOT_CLOSED: Final = WORKED_ON | {State.CLOSING}

RULES: Final[Mapping[str, Rule]] = {
    "file": Rule(begins=frozenset({State.OPEN}), ends=State.FILED),
    "close": Rule(begins=WORKED_ON, ends=State.CLOSED, seconded=True),
    "reopen": Rule(begins=frozenset({State.CLOSED})),
    "rename": Rule(begins=WORKED_ON),
    "lead": Rule(begins=NOT_CLOSED),
    "add_parcel": Rule(begins=WORKED_ON),
    "remove_parcel": Rule(begins=WORKED_ON),
    "add_person": Rule(begins=WORKED_ON),
    "remove_person": Rule(begins=WORKED_ON),
    "note": Rule(begins=_ALL, joint=True),
    "file_in": Rule(begins=_ALL, joint=True),
    "task": Rule(begins=NOT_CLOSED, joint=True),
    "task_done": Rule(begins=_ALL, joint=True),
    "offer": Rule(begins=WORKED_ON),
    "take_back": Rule(begins=_ALL),
    "share": Rule(begins=_ALL),
}
"""`reopen` leads back to where the case was before it was closed (`state_of`)."""

STEPS: Final = ("file", "close", "reopen")
"""The deeds on which the state rests, in the order in which a page offers them."""


@dataclass(frozen=True, slots=True)
class Step:
    """Of a deed what the state rests on; `confirmed` is None as long as nobody has seconded it."""

    kind: str
    confirmed: bool | None = None

    @property
    def stands(self) -> bool:
        return self.confirmed is not False

    @property
    def pending(self) -> bool:
        return RULES[self.kind].seconded and self.confirmed is None


def state_of(steps: Iterable[Step]) -> State:
    """Where a case stands after all its steps, in order: nothing else moves it."""
    state = before_closing = State.OPEN
    for step in steps:
        if not step.stands:
            continue
        if step.kind == "close":
            before_closing = state
        if step.kind == "reopen":
            state = before_closing
        elif step.pending:
            state = State.CLOSING
        else:
            state = RULES[step.kind].ends or state
    return state


RESULTS: Final[Mapping[str, frozenset[State]]] = {
    "penalised": frozenset({State.FILED}),
    "prosecuted": frozenset({State.FILED}),
    "withdrawn": frozenset({State.FILED}),
    "not_filed": frozenset({State.OPEN}),
}
"""How a case can end, and from where: a penalty, a transfer to prosecution, withdrawn, never filed."""
