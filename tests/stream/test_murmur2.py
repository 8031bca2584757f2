"""Keys go where Kafka's clients put them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.stream.murmur2 import murmur2, partition_for

KAFKAS_OWN_TEST = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""The vectors of Kafka's `UtilsTest.testMurmur2`; Java's integers are signed."""


@pytest.mark.parametrize("data", KAFKAS_OWN_TEST)
def test_the_hash_is_javas(data: bytes) -> None:
    assert murmur2(data) == KAFKAS_OWN_TEST[data] % 2**32


@pytest.mark.filterwarnings("ignore:read_text is deprecated:DeprecationWarning")
@given(data=st.binary(max_size=200))
def test_the_hash_is_kafka_pythons(data: bytes) -> None:
    from kafka.partitioner import murmur2 as theirs

    assert murmur2(data) == theirs(data)


@given(key=st.binary(max_size=50), partitions=st.integers(1, 1000))
def test_every_key_has_a_partition(key: bytes, partitions: int) -> None:
    assert 0 <= partition_for(key, partitions) < partitions
