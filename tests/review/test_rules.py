"""The rules: a state follows from steps, whatever was undone or refused between them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from screener.review.rules import RULES, State, Step, state_of

KINDS = sorted(RULES)
EITHER = st.none() | st.booleans()
steps = st.lists(st.builds(Step, st.sampled_from(KINDS), st.booleans(), EITHER), max_size=12)


def lawful(kinds: list[str]) -> list[Step]:
    """Of these kinds those that may be made where the others before them led; seconded ones are confirmed."""
    made: list[Step] = []
    for kind in kinds:
        if state_of(made) in RULES[kind].begins:
            made.append(Step(kind, confirmed=True if RULES[kind].seconded else None))
    return made


def test_each_rule_leads_where_its_row_says() -> None:
    ways = {
        State.WAITING: [],
        State.INSPECTING: ["open"],
        State.SEIZED: ["open", "seize"],
        State.REFERRED: ["refer"],
        State.CLOSED: ["release"],
    }
    for kind, rule in RULES.items():
        for begin in rule.begins - {State.SECONDING}:
            before = lawful(ways[begin])
            assert state_of(before) is begin
            after = state_of([*before, Step(kind, confirmed=True)])
            assert after is (rule.ends or (State.WAITING if kind == "return" else begin))


@given(steps)
def test_what_was_undone_or_refused_is_as_if_it_had_not_been(some: list[Step]) -> None:
    assert state_of(some) is state_of([one for one in some if one.stands])


@given(steps)
def test_notes_move_nothing(some: list[Step]) -> None:
    noted = [each for one in some for each in (one, Step("note"), Step("correct"))]
    assert state_of(noted) is state_of(some)


@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_nothing_is_seized_before_somebody_confirmed_it(kinds: list[str]) -> None:
    made = lawful([kind for kind in kinds if kind not in {"refer", "return"}])
    unconfirmed = [replace(one, confirmed=None) if one.kind == "seize" else one for one in made]
    states = {state_of(unconfirmed[:end]) for end in range(len(made) + 1)}
    assert State.SEIZED not in states


@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_a_return_leads_back_to_where_it_was(kinds: list[str]) -> None:
    made = lawful(kinds)
    state = state_of(made)
    if state in RULES["refer"].begins:
        for between in ([], [Step("accept")], [Step("note"), Step("accept")]):
            assert state_of([*made, Step("refer"), *between, Step("return")]) is state
