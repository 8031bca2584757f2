"""Whatever two copiers, their crashes and their ghosts do, every input comes out once and in order."""

from __future__ import annotations

import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from screener.errors import Fenced
from screener.stream.port import Assignment, Batch, Member, Message, Partition, Subscription, TopicSpec
from screener.stream.sqlite import Sqlite

SLOTS = ("0", "1")
WORK = ("poll", "commit")
TROUBLE = ("ghost commits", "crash", "leave")
ACTIONS = st.one_of(
    st.tuples(st.just("publish"), st.integers(1, 8)),
    st.tuples(st.sampled_from(WORK), st.sampled_from(SLOTS)),
    st.tuples(st.sampled_from(WORK), st.sampled_from(SLOTS)),
    st.tuples(st.sampled_from(TROUBLE), st.sampled_from(SLOTS)),
)


@dataclass
class Copier:
    """A worker as the runner is one: what it has polled and not yet committed is dropped when fenced."""

    member: Member
    assignment: Assignment | None = None
    messages: list[Message] = field(default_factory=list)
    offsets: dict[Partition, int] = field(default_factory=dict)

    def poll(self, limit: int) -> Batch:
        batch = self.member.poll(0, limit)
        if batch.assignment != self.assignment:
            self.assignment, self.messages, self.offsets = batch.assignment, [], {}
        self.messages += [Message("out", one.key, one.value) for one in batch.records]
        self.offsets.update({one.partition: one.offset + 1 for one in batch.records})
        return batch

    def commit(self) -> None:
        if self.assignment is not None:
            self.member.commit(self.assignment, self.messages, self.offsets)
            self.messages, self.offsets = [], {}


class World:
    """One log, two slots, and the ghosts of crashed workers, who still try to commit what they hold."""

    def __init__(self, log: Sqlite) -> None:
        self.log = log
        self.log.create([TopicSpec("in", 3), TopicSpec("out", 2)])
        self.publisher = log.publisher()
        self.numbers = itertools.count()
        self.copiers: dict[str, Copier] = {}
        self.ghosts: dict[str, list[Copier]] = defaultdict(list)

    def copier(self, slot: str) -> Copier:
        if slot not in self.copiers:
            member = self.log.join("copiers", Subscription(topics=("in",)), slot)
            self.copiers[slot] = Copier(member)
        return self.copiers[slot]

    def act(self, action: str, with_what: str | int) -> None:
        if isinstance(with_what, int):
            self.publisher.publish([self.message() for _ in range(with_what)])
        elif action == "poll":
            self.copier(with_what).poll(3)
        elif action == "commit":
            self.commit(with_what)
        elif action == "ghost commits":
            self.haunt(with_what)
        elif action == "crash" and with_what in self.copiers:
            self.ghosts[with_what].append(self.copiers.pop(with_what))
            self.copier(with_what)  # who starts again holds the slot: a ghost is one from now on
        elif action == "leave" and with_what in self.copiers:
            self.copiers.pop(with_what).member.close()

    def message(self) -> Message:
        number = next(self.numbers)
        return Message("in", b"key-%d" % (number % 5), b"%d" % number)

    def commit(self, slot: str) -> None:
        try:
            self.copier(slot).commit()
        except Fenced:
            self.copiers[slot].messages, self.copiers[slot].offsets = [], {}

    def haunt(self, slot: str) -> None:
        for ghost in self.ghosts[slot]:
            if ghost.assignment is not None:
                try:
                    ghost.commit()
                except Fenced:
                    continue
                raise AssertionError("a ghost has committed")

    def finish(self) -> None:
        """Let everybody who is alive work until nothing is left."""
        for slot in SLOTS:
            self.copier(slot)
        for slot in SLOTS * 20:
            self.copiers[slot].poll(100)
            self.commit(slot)
        assert not self.behind()

    def behind(self) -> bool:
        committed = self.log.committed("copiers")
        inputs = [Partition("in", number) for number in range(3)]
        return any(self.log.end(one) > committed.get(one, 0) for one in inputs)

    def output(self) -> Iterator[tuple[bytes | None, int]]:
        for number in range(2):
            out = Partition("out", number)
            for record in self.log.read(out, 0, self.log.end(out)):
                yield record.key, int(record.value or b"")


LATE_COMMIT = [("poll", "0"), ("poll", "1"), ("commit", "1"), ("commit", "0")]
"""What the second has taken over comes out of it, and then the first commits what it had polled before."""


@settings(max_examples=40)
@example(actions=LATE_COMMIT)
@given(actions=st.lists(ACTIONS, min_size=10, max_size=50))
def test_every_input_comes_out_once_and_in_the_order_of_its_key(
    actions: list[tuple[str, str | int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        world = World(closing.enter_context(Sqlite(Path(folder) / "log.db")))
        world.act("publish", 12)
        for action, with_what in actions:
            world.act(action, with_what)
        world.finish()
        by_key: dict[bytes | None, list[int]] = defaultdict(list)
        for key, number in world.output():
            by_key[key].append(number)
        assert sorted(itertools.chain(*by_key.values())) == list(range(next(world.numbers)))
        assert all(numbers == sorted(numbers) for numbers in by_key.values())
