"""Entries of the lists for tests: few identities, so that they meet."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from screener.contracts.wire import Grade, Licence, Sender, Target, Tip
from screener.core.entries import MAY_NAME, Entry
from screener.core.parcel import PartyNote
from tests.core.evidence import at

NOW_S = 100.0


def link(kind: str, number: int) -> str:
    """The keyed hash of one of few identities of a kind."""
    return f"{kind.encode().hex():0<16}{number:016x}"[:32]


def target(kind: str, number: int = 1, pattern: str = "SF123*") -> Target:
    if kind == "waybill":
        return Target(kind="waybill", pattern=pattern)
    return Target(kind=kind, link=link(kind, number))  # type: ignore[arg-type]


def tip(entry_id: str, named: Target, expires_at: datetime | None = None) -> Tip:
    return Tip(tip_id=entry_id, target=named, source="hotline", added_at=at(0), expires_at=expires_at)


def sender(
    entry_id: str, named: Target, grade: Grade = Grade.B, expires_at: datetime | None = None
) -> Sender:
    return Sender(sender_id=entry_id, target=named, grade=grade, added_at=at(0), expires_at=expires_at)


def licence(
    entry_id: str,
    named: Target,
    sticks: float | None = 1000.0,
    tobacco_g: float | None = 0.0,
    expires_at: datetime | None = None,
) -> Licence:
    return Licence(
        licence_id=entry_id,
        target=named,
        sticks=sticks,
        tobacco_g=tobacco_g,
        added_at=at(0),
        expires_at=expires_at,
    )


def party(number: int = 0) -> PartyNote:
    """A party of whom every identity has this number; 0 is a stranger to all entries."""
    return PartyNote(*(link(kind, number) for kind in ("name", "phone", "address", "building")))


parties = st.builds(party, st.integers(0, 3))
waybills = st.text("SF12-", min_size=1, max_size=8).map(lambda text: "S" + text)
patterns = st.text("SF12*-", max_size=8).map(lambda text: "SF1*2" + text)
expiries = st.sampled_from([None, None, at(NOW_S - 1), at(NOW_S), at(NOW_S + 1)])


def _targets(kinds: tuple[str, ...]) -> st.SearchStrategy[Target]:
    return st.builds(target, st.sampled_from(kinds), st.integers(1, 3), patterns)


def entries() -> st.SearchStrategy[Entry]:
    """Entries of all lists, of few ids."""
    ids = st.sampled_from(["A", "B", "C", "D"])
    amounts = st.sampled_from([None, 0.0, 500.0, 1000.0])
    return st.one_of(
        st.builds(tip, ids, _targets(MAY_NAME[Tip]), expiries),
        st.builds(sender, ids, _targets(MAY_NAME[Sender]), st.sampled_from(Grade), expiries),
        st.builds(licence, ids, _targets(MAY_NAME[Licence]), amounts, amounts, expiries),
    )
