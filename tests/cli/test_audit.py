"""`screener review person` and `screener audit` on a database and a log of the test's own."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from screener.config import Config, load
from screener.contracts import topics
from screener.errors import BadConfig, BadInput
from screener.review import checkpoints, database
from screener.review.errors import Conflict, Hidden
from screener.review.outbox import Outbox
from screener.review.schema import audit, checkpoint
from screener.review.signature import SigningKey
from tests.cli.shell import SETTINGS, Shell

REVIEW = """
[review]
database = "sqlite:///{folder}/review.db"
checkpoint_key = "{folder}/review.ed25519"
"""
GOOD = "correct horse battery\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell.at(tmp_path, SETTINGS + REVIEW)
    shell.ok("topics", "create", "--hub", "east")
    return shell


def config(shell: Shell) -> Config:
    return load(env=shell.env)


def publish(shell: Shell) -> None:
    """Sign and publish the head of the record, as a workstation does each minute."""
    settings = config(shell).review
    key = SigningKey.read_or_make(Path(settings.checkpoint_key))
    engine = database.opened(settings.database)
    with database.writing(engine) as connection:
        assert checkpoints.sign(connection, datetime.now(UTC), key, settings.agency)
    with shell.log() as log, log.publisher("_review.outbox") as publisher:
        assert Outbox(engine, log, lambda: datetime.now(UTC)).send(publisher) == 1
    engine.dispose()


def people(shell: Shell) -> None:
    for name, role in (("li", "investigator"), ("wang", "auditor")):
        added = shell.run("review", "person", "add", name, "--role", role, "--hub", "east", typed=GOOD)
        assert added.exit_code == 0, (added.output, added.exception)


def test_people_are_added_changed_and_listed(shell: Shell) -> None:
    people(shell)
    shell.ok("review", "person", "grant", "li", "supervisor", "--agency", "police")
    shell.ok("review", "person", "revoke", "li", "investigator", "--hub", "east")
    shell.ok("review", "person", "disable", "wang")
    found = {one["name"]: one for one in shell.objects("review", "person", "list", "--json")}
    assert found["li"]["grants"] == [{"role": "supervisor", "hub": "*", "agency": "police"}]
    assert found["wang"]["disabled_at"] is not None
    shell.ok("review", "person", "enable", "wang")
    table = shell.ok("review", "person", "list")
    assert "supervisor for police" in table
    assert "auditor at east" in table
    assert "correct horse" not in table


def test_what_is_done_at_the_console_is_recorded(shell: Shell) -> None:
    people(shell)
    assert shell.run("review", "person", "password", "li", typed="another good one\n").exit_code == 0
    shown = shell.objects("audit", "show", "--json")
    assert [row["what"] for row in shown] == ["set_password", "grant", "add_person", "grant", "add_person"]
    assert all(row["who"].startswith("console:") for row in shown)
    assert shown[1]["details"] == {"agency": "*", "hub": "east", "role": "auditor"}
    again = shell.objects("audit", "show", "--json", "--what", "see_record")
    assert len(again) == 1
    assert "person:li" in shell.ok("audit", "show", "--target", "person:li")


def test_passwords_and_names_that_will_not_do_are_refused(shell: Shell) -> None:
    for typed in ("short\n", "aaaaaaaaaaaaaaaa\n", "\n", ""):
        assert isinstance(shell.run("review", "person", "add", "li", typed=typed).exception, BadInput)
    assert isinstance(shell.run("review", "person", "add", "li:x", typed=GOOD).exception, BadInput)
    people(shell)
    assert isinstance(shell.run("review", "person", "add", "LI", typed=GOOD).exception, Conflict)
    assert isinstance(shell.run("review", "person", "disable", "zhao").exception, Hidden)
    assert isinstance(shell.run("review", "person", "grant", "wang", "reader").exception, BadInput)


def test_a_record_that_holds_is_verified(shell: Shell) -> None:
    people(shell)
    publish(shell)
    said = shell.ok("audit", "verify")
    assert "the record holds: 4 rows, signed heads 1 (to row 4" in said
    report = shell.objects("audit", "verify", "--json")[0]
    assert (report["ok"], report["vouched"], report["findings"]) == (True, 4, [])


def test_rows_cut_off_with_their_heads_are_found_by_the_topic(shell: Shell, tmp_path: Path) -> None:
    people(shell)
    publish(shell)
    safe = tmp_path / "safe.pub"
    shutil.copy(tmp_path / "review.ed25519.pub", safe)
    engine = database.opened(config(shell).review.database)
    with database.writing(engine) as connection:
        connection.execute(delete(audit).where(audit.c.n > 2))
        connection.execute(delete(checkpoint))
    engine.dispose()
    assert shell.run("audit", "verify", "--from-database", "--public-key", str(safe)).exit_code == 0
    found = shell.run("audit", "verify", "--public-key", str(safe))
    assert found.exit_code == 1
    assert "row 4: the row that was vouched for at" in found.stdout
    assert "the record does NOT hold" in found.stdout


def test_a_changed_row_is_named(shell: Shell) -> None:
    people(shell)
    publish(shell)
    engine = database.opened(config(shell).review.database)
    with database.writing(engine) as connection:
        connection.execute(update(audit).where(audit.c.n == 3).values(who="nobody"))
    engine.dispose()
    found = shell.run("audit", "verify")
    assert found.exit_code == 1
    assert "row 3: its hash is not that of its contents" in found.stdout


def test_the_topic_of_the_heads_is_kept_for_ever(shell: Shell) -> None:
    with shell.log() as log:
        kept = log.describe(topics.CHECKPOINTS)
    assert kept is not None
    assert (kept.retention_ms, kept.compacted, kept.partitions) == (None, False, 1)


def test_verifying_needs_a_key_and_a_database(shell: Shell) -> None:
    assert isinstance(shell.run("audit", "verify").exception, BadConfig)
    people(shell)
    publish(shell)
    bad = shell.folder / "bad.pub"
    bad.write_text("no key")
    assert isinstance(shell.run("audit", "verify", "--public-key", str(bad)).exception, BadConfig)
