"""The one table of a case: every way through it is one that the table allows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from screener.errors import BadInput
from screener.review import database
from screener.review.cases import rules, steps
from screener.review.cases.rules import RESULTS, RULES, STEPS, State, Step, state_of
from screener.review.errors import Conflict, Denied
from screener.review.rights import Reviewer, Role
from tests.review.cases.desks import Desk
from tests.review.stations import somebody


@given(st.lists(st.builds(Step, st.sampled_from(STEPS), st.sampled_from([None, True, False]))))
def test_what_was_refused_never_moved_it(past: list[Step]) -> None:
    assert state_of(past) is state_of([one for one in past if one.stands])


@given(st.lists(st.sampled_from(STEPS)))
def test_a_case_is_closed_by_a_confirmed_closing_alone(kinds: list[str]) -> None:
    assert state_of(Step(kind) for kind in kinds) is not State.CLOSED


def test_the_table_leads_on_from_every_state() -> None:
    assert {state for one in RULES.values() for state in one.begins} == set(State)
    assert all(begins <= RULES["close"].begins for begins in RESULTS.values())
    assert [kind for kind, one in RULES.items() if one.seconded] == ["close"]
    assert not any(RULES[kind].joint for kind in ("add_person", "offer", "share", *STEPS))


@contextmanager
def database_at(template: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "review.db"
        file.write_bytes(template.read_bytes())
        engine = database.opened(f"sqlite:///{file}")
        yield Desk(engine)
        engine.dispose()


class CaseMachine(RuleBasedStateMachine):
    """Two people of the home agency move one case; a model says where it ought to stand."""

    template: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        self._held = database_at(self.template)
        self.desk = self._held.__enter__()
        self.people: dict[str, Reviewer] = {
            name: somebody(self.desk.engine, name, Role.SUPERVISOR) for name in ("li", "wang")
        }
        self.case = self.desk.begin(self.people["li"])
        self.state, self.before, self.proposal, self.by = State.OPEN, State.OPEN, 0, ""

    def teardown(self) -> None:
        self._held.__exit__(None, None, None)

    @rule(name=st.sampled_from(["li", "wang"]))
    def file(self, name: str) -> None:
        if self.state is State.OPEN:
            self.desk.step(self.people[name], self.case, "file")
            self.state = State.FILED
        else:
            with pytest.raises(Conflict):
                self.desk.step(self.people[name], self.case, "file")

    @rule(name=st.sampled_from(["li", "wang"]), result=st.sampled_from(sorted(RESULTS)))
    def propose(self, name: str, result: str) -> None:
        if self.state not in rules.WORKED_ON:
            with pytest.raises(Conflict):
                self.desk.step(self.people[name], self.case, "close", result=result, note="x")
        elif self.state not in RESULTS[result]:
            with pytest.raises(BadInput):
                self.desk.step(self.people[name], self.case, "close", result=result, note="x")
        else:
            said = {"result": result, "note": "x"}
            self.proposal = self.desk.step(self.people[name], self.case, "close", **said)
            self.before, self.state, self.by = self.state, State.CLOSING, name

    @precondition(lambda self: self.proposal)
    @rule(name=st.sampled_from(["li", "wang"]), agrees=st.booleans())
    def second(self, name: str, agrees: bool) -> None:
        who = self.people[name]
        if name == self.by:
            with pytest.raises(Denied):
                self.desk.call(steps.second, who, self.proposal, agrees=agrees)
        elif self.state is not State.CLOSING:
            with pytest.raises(Conflict):
                self.desk.call(steps.second, who, self.proposal, agrees=agrees)
        else:
            self.desk.call(steps.second, who, self.proposal, agrees=agrees)
            self.state = State.CLOSED if agrees else self.before

    @rule(name=st.sampled_from(["li", "wang"]))
    def reopen(self, name: str) -> None:
        if self.state is State.CLOSED:
            self.desk.step(self.people[name], self.case, "reopen", note="x")
            self.state = self.before
        else:
            with pytest.raises(Conflict):
                self.desk.step(self.people[name], self.case, "reopen", note="x")

    @invariant()
    def stands_where_the_model_says(self) -> None:
        case = self.desk.case(self.people["li"], self.case)
        assert case.state is self.state
        assert (case.closed_at is not None) == (case.result is not None) == (self.state is State.CLOSED)


def test_no_way_of_two_people_leaves_the_table(sqlite: Path) -> None:
    CaseMachine.template = sqlite
    CaseMachine.TestCase.settings = settings(
        max_examples=6,
        stateful_step_count=12,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    CaseMachine.TestCase().runTest()
