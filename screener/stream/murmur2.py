"""Which partition a key belongs to: the same one that Kafka's default partitioner takes.

Written out here because importing kafka-python costs the embedded log 0.4 s and what it warns of; the
tests hold it equal to kafka-python's and to the vectors of Kafka's own test.
"""

from __future__ import annotations

import struct

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
MASK = 0xFFFFFFFF


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of `key` among `partitions`, as the Java client and kafka-python choose it."""
    # Kafka drops the sign bit instead of taking the absolute value.
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The 32-bit MurmurHash2 of `data` under Kafka's seed, unsigned."""
    words, left_over = divmod(len(data), 4)
    state = SEED ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        mixed = word * MULTIPLIER & MASK
        mixed = (mixed ^ mixed >> 24) * MULTIPLIER & MASK
        state = state * MULTIPLIER & MASK ^ mixed
    if left_over:
        state = (state ^ int.from_bytes(data[-left_over:], "little")) * MULTIPLIER & MASK
    state = (state ^ state >> 13) * MULTIPLIER & MASK
    return state ^ state >> 15
