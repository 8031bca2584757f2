"""A rejected message lies sealed in its dead letter, whole wherever it fits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.cloudevents import Headers
from screener.sealing.errors import Tampered
from screener.sealing.records import MAX_BOX_BYTES, Original, open_record, seal_record
from tests.sealing.test_ring import RING

AAD = b"parcels.scans.H/0/17"
SMALL = 4096
header_lists = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.binary(max_size=8)),
    max_size=4,
)


@given(st.none() | st.binary(max_size=20), header_lists, st.none() | st.binary(max_size=200))
@settings(max_examples=100)
def test_a_message_opens_as_it_was(
    key: bytes | None, headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    sealed = seal_record(key, tuple(headers), value, ring=RING, aad=AAD)
    assert open_record(sealed, ring=RING, aad=AAD) == Original(key, tuple(headers), value)
    with pytest.raises(Tampered):
        open_record(sealed, ring=RING, aad=b"parcels.scans.H/0/18")


@given(st.integers(0, 6000), st.integers(0, 6000), st.integers(0, 6000))
@settings(max_examples=200)
def test_a_box_is_never_too_long_and_says_when_it_was_cut(key: int, header: int, value: int) -> None:
    headers: Headers = (("h", b"h" * header),)
    sealed = seal_record(b"k" * key, headers, b"v" * value, ring=RING, aad=AAD, max_bytes=SMALL)
    assert len(sealed.box) <= SMALL
    opened = open_record(sealed, ring=RING, aad=AAD)
    assert opened.complete == (opened == Original(b"k" * key, headers, b"v" * value))
    assert opened.complete or key + header + value > SMALL - 256
    assert (b"v" * value).startswith(opened.value or b"")


def test_the_largest_message_of_a_topic_fits_a_dead_letter() -> None:
    sealed = seal_record(b"k", (), b"v" * (4 << 20), ring=RING, aad=AAD)
    assert len(sealed.box) <= MAX_BOX_BYTES
    assert open_record(sealed, ring=RING, aad=AAD).complete
