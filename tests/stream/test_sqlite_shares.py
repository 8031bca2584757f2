"""Sharing by range."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from screener.stream.port import Partition, Subscription
from screener.stream.sqlite.shares import by_range

TOPICS = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 12), max_size=4)
SUBSCRIPTIONS = st.one_of(
    st.builds(Subscription, topics=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple)),
    st.builds(Subscription, pattern=st.sampled_from(["a", "[ab]", ".*"])),
)
MEMBERS = st.lists(SUBSCRIPTIONS, max_size=5).map(lambda many: dict(enumerate(many)))


@given(members=MEMBERS, topics=TOPICS)
def test_every_partition_that_anybody_wants_goes_to_one_who_wants_it(
    members: dict[int, Subscription], topics: dict[str, int]
) -> None:
    owners = by_range(members, topics)
    wanted = {topic for topic in topics if any(one.matches(topic) for one in members.values())}
    assert owners.keys() == {Partition(topic, n) for topic in wanted for n in range(topics[topic])}
    assert all(members[owner].matches(partition.topic) for partition, owner in owners.items())


@given(members=MEMBERS, topics=TOPICS)
def test_shares_of_a_topic_differ_by_one_at_most_and_are_ranges_in_order(
    members: dict[int, Subscription], topics: dict[str, int]
) -> None:
    of_topic: dict[str, list[int]] = defaultdict(list)
    for partition, owner in sorted(by_range(members, topics).items()):
        of_topic[partition.topic].append(owner)
    for topic, owners in of_topic.items():
        subscribed = [member for member, one in members.items() if one.matches(topic)]
        shares = Counter(owners)
        even = len(owners) // len(subscribed)
        assert all(shares[member] in (even, even + 1) for member in subscribed)
        assert owners == sorted(owners)


@given(members=st.integers(1, 7), partitions=st.integers(1, 12))
def test_equal_numbers_of_topics_with_equal_counts_go_together(members: int, partitions: int) -> None:
    everybody = {member: Subscription(pattern=".*") for member in range(members)}
    owners = by_range(everybody, {"a": partitions, "b": partitions})
    assert all(owners[Partition("a", n)] == owners[Partition("b", n)] for n in range(partitions))
