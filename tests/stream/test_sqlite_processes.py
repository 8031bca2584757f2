"""Several processes on one file: killed, stopped, and opening it at the same moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from screener.stream.port import Message, Partition, Record, Subscription, TopicSpec
from screener.stream.sqlite import Sqlite
from tests.stream.copier import GROUP

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
SESSION_TIMEOUT_S = 1.0

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[Sqlite]:
    with Sqlite(path, session_timeout_s=SESSION_TIMEOUT_S) as log:
        log.create([TopicSpec("in", 4), TopicSpec("out", 2)])
        yield log


@pytest.fixture
def start(path: Path, log: Sqlite) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def copier(slot: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.stream.copier", str(path), slot, str(SESSION_TIMEOUT_S)]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield copier
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()  # which a stopped one does not survive either
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def feed(log: Sqlite, count: int) -> None:
    with log.publisher() as publisher:
        publisher.publish([Message("in", b"key-%d" % (n % 20), b"%d" % n) for n in range(count)])


def output(log: Sqlite) -> list[Record]:
    partitions = [Partition("out", number) for number in range(2)]
    return [record for one in partitions for record in log.read(one, 0, log.end(one))]


def wait_for_output(log: Sqlite, count: int) -> None:
    wait_until(lambda: len(output(log)) >= count, f"{count} records put out")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.02)


def assert_each_once_in_order(records: list[Record], count: int) -> None:
    by_key = defaultdict(list)
    for record in records:
        by_key[record.key].append(int(record.value or b""))
    assert sorted(number for numbers in by_key.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


def test_killed_copiers_lose_nothing_and_double_nothing(log: Sqlite, start: Start) -> None:
    feed(log, 1500)
    first, second = start("0"), start("1")
    wait_for_output(log, 200)
    kill(first)  # in the middle of a loop that does nothing but commit
    start("0")
    wait_for_output(log, 600)
    kill(second)  # and is not started again: the other takes over once it has been silent for too long
    wait_for_output(log, 1500)
    assert_each_once_in_order(output(log), 1500)


def test_a_stopped_process_is_put_out_and_fenced_when_it_wakes_up(log: Sqlite, start: Start) -> None:
    stopped = start("0")
    wait_for_first_commit(stopped)
    os.kill(stopped.pid, signal.SIGSTOP)
    with log.join(GROUP, Subscription(topics=("in",)), "1") as member:
        wait_until(lambda: len(member.poll(0.1, 1).assignment.partitions) == 4, "all partitions are ours")
        feed(log, 100)
        os.kill(stopped.pid, signal.SIGCONT)
        wait_until(lambda: len(member.poll(0.1, 1).assignment.partitions) == 2, "it has come back")
    wait_for_output(log, 100)
    assert_each_once_in_order(output(log), 100)


def wait_for_first_commit(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().startswith("committed")


def test_many_may_make_the_file_at_the_same_moment(path: Path) -> None:
    def open_and_create(number: int) -> None:
        with Sqlite(path) as log:
            log.create([TopicSpec("shared", 3), TopicSpec(f"own-{number}", 1)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_and_create, range(8)))
    with Sqlite(path) as log:
        assert log.topics() == {"shared": 3} | {f"own-{number}": 1 for number in range(8)}


def test_many_may_publish_at_the_same_moment(path: Path) -> None:
    def publish(number: int) -> list[tuple[Partition, int]]:
        message = Message("in", b"%d" % number, b"v")
        with Sqlite(path) as log, log.publisher() as publisher:
            return [place for _ in range(20) for place in publisher.publish([message])]

    with Sqlite(path) as log:
        log.create([TopicSpec("in", 2)])
        with ThreadPoolExecutor(4) as threads:
            places = [place for some in threads.map(publish, range(4)) for place in some]
        assert len(set(places)) == 80
        assert sum(log.end(Partition("in", number)) for number in range(2)) == 80
