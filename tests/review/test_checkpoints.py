"""Signed heads of the record: whatever was done to a row before the last published one, it is found."""

from __future__ import annotations

import stat
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, insert, select, text

from screener.config import ReviewSettings
from screener.contracts import topics
from screener.contracts.wire import Checkpoint
from screener.errors import BadConfig, Halt
from screener.review import audit, checkpoints, database
from screener.review.audit import FIRST, Deed, Entry
from screener.review.checkpoints import Published
from screener.review.outbox import Outbox
from screener.review.schema import audit as rows
from screener.review.schema import checkpoint, outbox
from screener.review.signature import PublicKey, SigningKey, public_path
from screener.review.verification import Report, verify
from screener.stream.port import Message, TopicSpec
from screener.stream.sqlite import Sqlite
from tests.review.undoing import undone

NOW = datetime(2026, 11, 23, 8, 0, 0, 123_000, UTC)
AGENCY = "tobacco"
KEY = SigningKey.of(Ed25519PrivateKey.from_private_bytes(b"1" * 32))
THEIRS = SigningKey.of(Ed25519PrivateKey.from_private_bytes(b"2" * 32))
KEYS = {KEY.public.id: KEY.public}

LENGTH = 9
HEADS = (3, 7)
"""The record of the tests: nine rows, heads after the third and the seventh."""


@dataclass(frozen=True)
class Past:
    """A record as it was written, its heads as they were published."""

    rows: tuple[Entry, ...]
    heads: tuple[Checkpoint, ...]


def write(connection: Connection) -> Past:
    heads = []
    for n in range(1, LENGTH + 1):
        audit.record(connection, Deed(NOW + timedelta(minutes=n), "li", "see", f"east/P-{n}", {"n": n}))
        if n in HEADS:
            head = checkpoints.sign(connection, NOW + timedelta(minutes=n, seconds=5), KEY, AGENCY)
            assert head is not None
            heads.append(head)
    return Past(tuple(audit.entries(connection)), tuple(heads))


def report(connection: Connection, past: Past) -> Report:
    return verify(connection, AGENCY, Published(past.heads), KEYS)


def rewrite(connection: Connection, entries: Sequence[Entry]) -> None:
    """What somebody who owns the database can do to the record."""
    connection.execute(delete(rows))
    if entries:
        connection.execute(insert(rows), [asdict(entry) for entry in entries])


def chained(entries: Sequence[Entry]) -> list[Entry]:
    """The rows numbered and hashed anew, so that the chain holds."""
    made: list[Entry] = []
    for n, entry in enumerate(entries, 1):
        row = replace(entry, n=n, before=made[-1].hash if made else FIRST)
        made.append(replace(row, hash=row.recomputed()))
    return made


def resign(connection: Connection, entries: Sequence[Entry], key: SigningKey) -> None:
    """New heads for the table, where the old ones were."""
    connection.execute(delete(checkpoint))
    for n in (n for n in HEADS if n <= len(entries)):
        head = checkpoints.signed(key, AGENCY, n, NOW, entries[n - 1].hash)
        names = ("n", "at", "hash", "key_id", "signature")
        connection.execute(insert(checkpoint).values({name: getattr(head, name) for name in names}))


def changed_time(entry: Entry, step: int) -> Entry:
    return replace(entry, at=entry.at + timedelta(milliseconds=step))


plain = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
edits = st.one_of(
    st.tuples(st.sampled_from(("who", "what", "target", "details", "before", "hash")), plain),
    st.tuples(st.just("at"), st.integers(-(10**9), 10**9).filter(bool)),
)


def edited(entry: Entry, field: str, value: str | int) -> Entry:
    if isinstance(value, int):
        return changed_time(entry, value)
    lengths = {"what": 64, "who": 128, "before": 64, "hash": 64}
    longer = (value + getattr(entry, field))[: lengths.get(field, 500)]
    return replace(entry, **{field: longer})


@st.composite
def tampered(draw: st.DrawFn) -> tuple[str, int, tuple[str, str | int]]:
    """What is done, to which row up to the last head, and with what."""
    what = draw(st.sampled_from(("edit", "remove", "insert", "swap", "cut")))
    return what, draw(st.integers(0, HEADS[-1] - 1)), draw(edits)


def apply(entries: Sequence[Entry], what: str, at: int, edit: tuple[str, str | int]) -> list[Entry]:
    made = list(entries)
    if what == "edit":
        made[at] = edited(made[at], *edit)
    elif what == "remove":
        del made[at]
    elif what == "insert":
        made.insert(at, edited(made[at], *edit))
    elif what == "swap":
        other = (at + 1) % HEADS[-1]
        made[at], made[other] = made[other], made[at]
    else:
        del made[at:]
    return made


def renumbered(entries: Sequence[Entry]) -> list[Entry]:
    """As the rows must be numbered to fit into the table, and nothing more."""
    return [replace(entry, n=n) for n, entry in enumerate(entries, 1)]


TABLES = ("kept", "removed", "forged", "stolen")
"""The table of heads: as it was, emptied, or signed anew with another key or with the key itself."""

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_record_that_nobody_touched_holds(engine: Engine) -> None:
    with database.writing(engine) as connection:
        past = write(connection)
        found = report(connection, past)
    assert found == Report(LENGTH, 2, HEADS[-1], past.heads[-1].at, ())


@MANY
@given(
    done=tampered(), recomputed=st.booleans(), heads=st.sampled_from(("kept", "removed", "forged", "stolen"))
)
def test_whatever_is_done_before_the_last_head_is_found(
    engine: Engine, done: tuple[str, int, tuple[str, str | int]], recomputed: bool, heads: str
) -> None:
    """Also by one who writes the chain and the table of heads anew, even with the key itself."""
    with undone(engine) as connection:
        past = write(connection)
        made = apply(past.rows, *done)
        made = chained(made) if recomputed else renumbered(made)
        if [asdict(one) for one in made[: HEADS[-1]]] == [asdict(one) for one in past.rows[: HEADS[-1]]]:
            return
        rewrite(connection, made)
        if heads == "removed":
            connection.execute(delete(checkpoint))
        elif heads in {"forged", "stolen"}:
            resign(connection, made, THEIRS if heads == "forged" else KEY)
        assert not report(connection, past).ok


@MANY
@given(at=st.integers(0, HEADS[-1] - 1), edit=edits)
def test_one_field_of_one_row_changed_in_place_is_found_at_that_row(
    engine: Engine, at: int, edit: tuple[str, str | int]
) -> None:
    with undone(engine) as connection:
        past = write(connection)
        row = edited(past.rows[at], *edit)
        if row == past.rows[at]:
            return
        rewrite(connection, [*past.rows[:at], row, *past.rows[at + 1 :]])
        found = report(connection, past)
        assert {one.n for one in found.findings} & {at + 1, at + 2}


@MANY
@given(cut=st.integers(0, LENGTH))
def test_a_record_cut_off_at_its_end_is_found_unless_the_rows_are_newer_than_the_last_head(
    engine: Engine, cut: int
) -> None:
    with undone(engine) as connection:
        past = write(connection)
        rewrite(connection, past.rows[:cut])
        connection.execute(delete(checkpoint).where(checkpoint.c.n > cut))
        assert report(connection, past).ok == (cut >= HEADS[-1])


@MANY
@given(changed=st.sampled_from(("n", "at", "hash", "key_id", "signature", "agency")), where=st.integers(0, 1))
def test_a_published_head_that_was_made_up_is_found(engine: Engine, changed: str, where: int) -> None:
    others = {
        "n": 2,
        "at": NOW,
        "hash": "0" * 64,
        "key_id": "0" * 32,
        "signature": b"0" * 64,
        "agency": "police",
    }
    with undone(engine) as connection:
        past = write(connection)
        heads = list(past.heads)
        heads[where] = msgspec.structs.replace(heads[where], **{changed: others[changed]})
        assert not report(connection, replace(past, heads=tuple(heads))).ok


def test_a_head_that_was_deleted_from_the_topic_is_missed(engine: Engine) -> None:
    with undone(engine) as connection:
        past = write(connection)
        found = report(connection, replace(past, heads=past.heads[1:]))
    assert [(one.n, one.what) for one in found.findings] == [
        (3, "the database has a head that was never published")
    ]


def test_a_database_that_was_put_back_is_found(engine: Engine) -> None:
    """The rows that came after the copy are vouched for, whatever was recorded since under their numbers."""
    with undone(engine) as connection:
        past = write(connection)
        other = chained([*past.rows[:5], *(replace(one, who="wang") for one in past.rows[5:])])
        rewrite(connection, other)
        connection.execute(delete(checkpoint).where(checkpoint.c.n > 5))
        found = report(connection, past)
    assert {one.n for one in found.findings} == {7}


@pytest.mark.parametrize("value", ["'x'", "9223372036854775807", "x'00ff'"])
def test_a_row_that_cannot_be_read_is_found(engine: Engine, value: str) -> None:
    if engine.dialect.name == "postgresql" and not value.isdigit():
        return  # it keeps nothing but numbers there
    with undone(engine) as connection:
        past = write(connection)
        connection.execute(text(f"UPDATE audit SET at = {value} WHERE n = 4"))
        found = report(connection, past)
    assert any(one.n == 4 and "cannot be read" in one.what for one in found.findings)


def test_a_head_is_signed_once_and_goes_out_in_the_same_transaction(engine: Engine) -> None:
    with database.writing(engine) as connection:
        assert checkpoints.sign(connection, NOW, KEY, AGENCY) is None
        audit.record(connection, Deed(NOW, "li", "see", "east/P-1"))
        head = checkpoints.sign(connection, NOW, KEY, AGENCY)
        assert checkpoints.sign(connection, NOW, KEY, AGENCY) is None
        sent = connection.execute(select(outbox)).all()
    assert head is not None
    assert [(one.topic, one.key) for one in sent] == [(topics.CHECKPOINTS, b"tobacco")]
    assert msgspec.json.decode(sent[0].value, type=Checkpoint) == head


@pytest.mark.parametrize("done", [delete(rows).where(rows.c.n == 7), rows.update().values(hash="0" * 64)])
def test_nobody_vouches_for_what_follows_a_row_that_was_changed(engine: Engine, done: object) -> None:
    with undone(engine) as connection:
        write(connection)
        connection.execute(done)  # type: ignore[call-overload]
        with pytest.raises(Halt, match="row 7"):
            checkpoints.sign(connection, NOW, KEY, AGENCY)


def log_with_topic(folder: Path) -> Sqlite:
    log = Sqlite(folder / "log.db")
    log.create([TopicSpec(topics.CHECKPOINTS, 1)])
    return log


def test_what_is_signed_can_be_read_back_from_the_topic(engine: Engine, tmp_path: Path) -> None:
    with log_with_topic(tmp_path) as log:
        with database.writing(engine) as connection:
            past = write(connection)
        with log.publisher("_review.outbox") as publisher:
            Outbox(engine, log, lambda: NOW + timedelta(hours=1)).send(publisher)
        published = checkpoints.published(log, AGENCY)
        assert published == Published(past.heads)
        assert checkpoints.published(log, "police") == Published()
        with database.reading(engine) as connection:
            assert verify(connection, AGENCY, published, KEYS).ok


def test_what_is_no_head_in_the_topic_is_told(engine: Engine, tmp_path: Path) -> None:
    with log_with_topic(tmp_path) as log:
        with log.publisher() as publisher:
            publisher.publish([Message(topics.CHECKPOINTS, b"tobacco", b"{}")])
        published = checkpoints.published(log, AGENCY)
    with database.reading(engine) as connection:
        found = verify(connection, AGENCY, published, KEYS)
    assert [one.what for one in found.findings] == [
        "screener.review.checkpoints/0 offset 0: expected a head, got something else"
    ]


def test_a_workstation_that_ends_signs_what_it_recorded(engine: Engine) -> None:
    stop = threading.Event()
    stop.set()
    with database.writing(engine) as connection:
        audit.record(connection, Deed(NOW, "li", "see", "east/P-1"))
    checkpoints.run(engine, KEY, lambda: NOW, ReviewSettings(), stop)
    with database.reading(engine) as connection:
        assert [head.n for head in checkpoints.kept(connection, AGENCY)] == [1]


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "review.ed25519"
    made = SigningKey.read_or_make(path)
    assert SigningKey.read_or_make(path).public.id == made.public.id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = PublicKey.read(public_path(path))
    assert public.id == made.public.id
    assert public.signed(b"text", made.sign(b"text"))
    assert not public.signed(b"another", made.sign(b"text"))
    assert "PRIVATE" not in public_path(path).read_text()
    assert [one.name for one in sorted(path.parent.iterdir())] == ["review.ed25519", "review.ed25519.pub"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.ed25519"
    SigningKey.read_or_make(path)
    path.chmod(0o644)
    with pytest.raises(BadConfig, match="chmod 600"):
        SigningKey.read_or_make(path)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.ed25519"
    path.touch(0o600)
    with pytest.raises(BadConfig, match="expected an Ed25519 key"):
        SigningKey.read_or_make(path)
    with pytest.raises(BadConfig, match="expected a public"):
        PublicKey.read(path)
