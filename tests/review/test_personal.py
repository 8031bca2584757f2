"""Personal data: masked for all, in full for a recorded reason, and gone with its key."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, insert

from screener.contracts.examples import MANIFEST_EVIDENCE
from screener.contracts.reading import encode
from screener.contracts.wire import Flagged, Party
from screener.errors import BadInput
from screener.review import audit, database, flagging, personal
from screener.review.errors import Denied, Hidden
from screener.review.personal import Lost, People
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import parcel
from screener.sealing.keys import Key, Kind
from screener.sealing.parties import party_aad, seal_party
from screener.sealing.ring import KeyRing
from tests.review.flags import NOW, flagged

HOME = "tobacco"
LI = Party(name="李娜", phone="+86 138 1234 5678", address="长沙市芙蓉区人民路12号3栋502室", region="430100")
WANG = Party(name="王芳", phone=None, address=None, region="110105")
SECRETS = ("李娜", "1381234", "138 1234", "12号", "502", "王芳")
WHY = "比对同一寄件人"


def ring_of(*ids: str) -> KeyRing:
    seals = [Key(Kind.SEAL, one, one.encode().ljust(32, b".")) for one in ids]
    return KeyRing.of([*seals, Key(Kind.LINK, "1", b"l" * 32), Key(Kind.DRAW, "1", b"d" * 32)], "tests")


RING = ring_of("2026-11")


def sealed(parcel_id: str = "P-1", ring: KeyRing = RING) -> Flagged:
    manifest = replace(
        MANIFEST_EVIDENCE,
        hub="east",
        parcel_id=parcel_id,
        consignor=seal_party(LI, ring, party_aad(parcel_id, "consignor")),
        consignee=seal_party(WANG, ring, party_aad(parcel_id, "consignee")),
    )
    return replace(flagged(parcel_id), manifest=manifest)


def kept(connection: Connection, of: Flagged) -> int:
    row = flagging.columns(of, of.manifest, timedelta(days=7))
    own = {"hub": of.decision.hub, "parcel_id": of.decision.parcel_id, "flagged": encode(of)}
    return int(connection.execute(insert(parcel).values(own | row).returning(parcel.c.id)).scalar_one())


def reviewer(role: Role = Role.INVESTIGATOR, hub: str = "*", agency: str = HOME) -> Reviewer:
    return Reviewer(1, "li", "zh", (Grant(role, hub, agency),))


def texts(people: People) -> str:
    both = (people.consignor, people.consignee)
    return " ".join(str((one.name, one.phone, one.address)) for one in both if one)


def test_everybody_sees_people_masked() -> None:
    people = personal.masked(sealed(), RING)
    assert people.consignor is not None
    assert people.consignee is not None
    assert (people.consignor.name, people.consignor.phone) == ("李***", "***5678")
    assert people.consignor.address == "长沙市芙蓉区人民路***"
    assert (people.consignee.name, people.consignee.phone, people.consignee.region) == (
        "王***",
        None,
        "110105",
    )
    assert not people.revealed
    assert not any(secret in texts(people) for secret in SECRETS)


def test_for_a_reason_people_are_seen_in_full_and_that_is_recorded(engine: Engine) -> None:
    with database.writing(engine) as connection:
        item = kept(connection, sealed())
        people = personal.reveal(connection, reviewer(), HOME, NOW, item, reason=f"  {WHY}\n", ring=RING)
        rows = list(audit.entries(connection))
    assert people.revealed
    assert people.consignor is not None
    assert (people.consignor.name, people.consignor.phone, people.consignor.address) == (
        LI.name,
        LI.phone,
        LI.address,
    )
    assert [(row.who, row.what, row.target, row.details) for row in rows] == [
        ("li", "reveal", "east/P-1", f'{{"reason":"{WHY}"}}')
    ]


def test_no_log_line_shows_what_was_revealed(engine: Engine) -> None:
    with database.writing(engine) as connection:
        item = kept(connection, sealed())
        people = personal.reveal(connection, reviewer(), HOME, NOW, item, reason=WHY, ring=RING)
    assert not any(secret in repr(people) for secret in SECRETS)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (reviewer(Role.READER), Denied),
        (reviewer(Role.AUDITOR), Denied),
        (reviewer(Role.ADMINISTRATOR), Hidden),
        (reviewer(hub="west"), Hidden),
        (reviewer(agency="police"), Hidden),
        (Reviewer(1, "li", "zh", (Grant(Role.READER), Grant(Role.INVESTIGATOR, "west"))), Denied),
        (Reviewer(1, "li", "zh", ()), Hidden),
    ],
)
def test_without_the_right_nothing_is_shown_and_nothing_recorded(
    engine: Engine, who: Reviewer, error: type[Exception]
) -> None:
    with database.writing(engine) as connection:
        item = kept(connection, sealed())
        assert not personal.may_reveal(connection, who, HOME, item)
        with pytest.raises(error):
            personal.reveal(connection, who, HOME, NOW, item, reason=WHY, ring=RING)
        assert list(audit.entries(connection)) == []


@pytest.mark.parametrize("reason", ["", "    ", "why", " a  b ", "x" * 501])
def test_a_reason_that_says_nothing_is_refused(engine: Engine, reason: str) -> None:
    with database.writing(engine) as connection:
        item = kept(connection, sealed())
        assert personal.may_reveal(connection, reviewer(), HOME, item)
        with pytest.raises(BadInput, match="reason"):
            personal.reveal(connection, reviewer(), HOME, NOW, item, reason=reason, ring=RING)
        assert list(audit.entries(connection)) == []


@given(st.text(max_size=60))
def test_whatever_reason_is_recorded_can_be_read_again(reason: str) -> None:
    try:
        said = personal.stated(reason)
    except BadInput:
        return
    assert 5 <= len(said) <= 500
    assert said == said.strip()


def test_with_a_destroyed_key_nobody_reads_them_any_more(engine: Engine) -> None:
    of, later = sealed(ring=ring_of("2026-10")), ring_of("2026-11")
    with database.writing(engine) as connection:
        item = kept(connection, of)
        revealed = personal.reveal(connection, reviewer(), HOME, NOW, item, reason=WHY, ring=later)
    for people in (personal.masked(of, later), revealed):
        assert people.consignor is not None
        assert (people.consignor.lost, people.consignor.name, people.consignor.region) == (
            Lost.ERASED,
            None,
            "430100",
        )


def test_a_box_of_another_parcel_is_told_apart() -> None:
    other, mine = sealed("P-2"), sealed("P-1")
    assert other.manifest is not None
    assert mine.manifest is not None
    swapped = replace(mine, manifest=replace(mine.manifest, consignor=other.manifest.consignor))
    people = personal.masked(swapped, RING)
    assert people.consignor is not None
    assert (people.consignor.lost, people.consignor.name) == (Lost.TAMPERED, None)


def test_a_parcel_without_a_manifest_has_no_people() -> None:
    assert personal.masked(replace(sealed(), manifest=None), RING) == People(None, None)
