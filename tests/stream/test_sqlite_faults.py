"""What goes wrong is told with the file's name and what to do, and breaks nothing."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from screener.errors import BadConfig, Unavailable
from screener.stream.port import Message, Partition, Subscription, TopicSpec
from screener.stream.sqlite import Sqlite
from screener.stream.sqlite.append import Append
from screener.stream.sqlite.database import Database
from screener.stream.sqlite.reader import MAX_BATCH_BYTES

ROOT = Path(__file__).parents[2]

FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from screener.errors import Unavailable
from screener.stream.port import Message, TopicSpec
from screener.stream.sqlite import Sqlite

with Sqlite(Path(sys.argv[1])) as log, log.publisher() as publisher:
    log.create([TopicSpec("in", 1)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    acknowledged = 0
    try:
        while True:
            acknowledged += len(publisher.publish([Message("in", b"k", b"x" * 10_000)] * 10))
    except Unavailable as error:
        print(acknowledged, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    publisher.publish([Message("in", b"k", b"after")])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def is_intact(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_a_full_disk_is_unavailable_and_what_was_acknowledged_is_there(path: Path) -> None:
    command = [sys.executable, "-c", FILL_THE_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged, _, told = done.stdout.partition(" ")
    assert str(path) in told
    assert "what was committed is safe" in told
    with Sqlite(path) as log:
        records = list(log.read(Partition("in", 0), 0, log.end(Partition("in", 0))))
    assert 0 < int(acknowledged) == len(records) - 1
    assert records[-1].value == b"after"
    assert is_intact(path)


def test_a_file_that_may_not_grow_is_unavailable_and_intact(path: Path) -> None:
    with Sqlite(path) as log:
        log.create([TopicSpec("in", 1)])
        with closing(Database(path)) as database:
            with pytest.raises(Unavailable, match="free space"), database.write() as connection:
                connection.execute("PRAGMA max_page_count = 30")
                Append(connection, 0, itertools.count()).all([Message("in", b"k", b"x" * 1_000_000)])
            with database.write() as connection:
                connection.execute("PRAGMA max_page_count = 1000")
                Append(connection, 0, itertools.count()).all([Message("in", b"k", b"fits")])
        assert [one.value for one in log.read(Partition("in", 0), 0, 10)] == [b"fits"]
    assert is_intact(path)


def test_a_log_that_is_held_for_too_long_is_unavailable(path: Path) -> None:
    with closing(Database(path)) as holder, closing(Database(path, busy_timeout_s=0.05)) as other:
        with holder.write(), pytest.raises(Unavailable, match="another process"), other.write():
            pass
        with other.write():
            pass


def test_garbage_is_no_log(path: Path) -> None:
    path.write_bytes(b"this is not a database " * 1000)
    with pytest.raises(BadConfig, match=r"log\.db.*no SQLite database"):
        Sqlite(path)


def test_another_database_is_no_log(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(BadConfig, match="not a log of Screener"):
        Sqlite(path)


def test_a_log_of_another_version_is_refused(path: Path) -> None:
    Sqlite(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadConfig, match="expected a log of version 1, got 99"):
        Sqlite(path)


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="unable to open"):
        Sqlite(tmp_path)


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(BadConfig, match="its folder cannot be made"):
        Sqlite(tmp_path / "data" / "log.db")


def test_a_damaged_file_is_unavailable(path: Path) -> None:
    with Sqlite(path) as log, log.publisher() as publisher:
        log.create([TopicSpec("in", 1)])
        publisher.publish([Message("in", b"k", b"x" * 1000)] * 200)
    intact = path.read_bytes()
    path.write_bytes(intact[: 8192 * 2] + b"\xee" * (len(intact) - 8192 * 2))
    with Sqlite(path) as log, pytest.raises(Unavailable, match="damaged"):
        list(log.read(Partition("in", 0), 0, 200))


def test_unknown_topics_and_partitions_are_named(path: Path) -> None:
    with Sqlite(path) as log, log.publisher() as publisher:
        log.create([TopicSpec("in", 2)])
        with pytest.raises(BadConfig, match="topic nowhere: not found"):
            publisher.publish([Message("in", b"k", b"v"), Message("nowhere", b"k", b"v")])
        with pytest.raises(BadConfig, match="expected a partition from 0 to 1, got 2"):
            publisher.publish([Message("in", b"k", b"v"), Message("in", b"k", b"v", partition=2)])
        with pytest.raises(BadConfig, match="topic nowhere"):
            log.follow(["nowhere"], from_start=True)
        with pytest.raises(BadConfig, match="topic nowhere"):
            log.end(Partition("nowhere", 0))
        assert [log.end(Partition("in", number)) for number in range(2)] == [0, 0]


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 250, "a/b"])
def test_a_topic_that_kafka_would_refuse_is_refused(path: Path, name: str) -> None:
    with Sqlite(path) as log, pytest.raises(BadConfig, match="topic name"):
        log.create([TopicSpec("good", 1), TopicSpec(name, 1)])
    with Sqlite(path) as log:
        assert log.topics() == {}


def test_a_batch_is_bounded_in_bytes(path: Path) -> None:
    large = b"x" * 4_000_000
    with Sqlite(path) as log, log.publisher() as publisher:
        log.create([TopicSpec("in", 2)])
        for _ in range(6):
            publisher.publish([Message("in", b"k", large, partition=number) for number in range(2)])
        with log.join("g", Subscription(topics=("in",)), "0") as member:
            batches = [member.poll(0, 100).records for _ in range(3)]
    sizes = [sum(len(one.value or b"") for one in records) for records in batches]
    assert all(size < MAX_BATCH_BYTES + len(large) for size in sizes)
    assert sum(map(len, batches)) == 12
    assert len({(one.partition, one.offset) for records in batches for one in records}) == 12
