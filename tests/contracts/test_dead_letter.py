"""A dead letter says why and from where, in headers that any client can read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import dead_letter
from screener.contracts.cloudevents import Headers
from screener.contracts.wire import DeadLetter
from screener.errors import BadInput
from tests.contracts.values import codes, hubs, texts, times

letters = st.builds(
    DeadLetter,
    stage=codes,
    reason=codes,
    detail=texts,
    topic=hubs,
    partition=st.integers(0, 1000),
    offset=st.integers(0, 2**62),
    timestamp_ms=st.integers(-1, 2**62),
    hub=st.none() | hubs,
    key_id=codes,
    rejected_at=times,
)


@given(letters, st.binary(max_size=50))
@settings(max_examples=100)
def test_a_dead_letter_survives_the_wire(letter: DeadLetter, box: bytes) -> None:
    sent = dead_letter.to_message(letter, box)
    assert dead_letter.from_record(sent.headers, sent.value) == (letter, box)
    assert sent.key == dead_letter.origin(letter.topic, letter.partition, letter.offset)


@given(letters, st.text(max_size=2000))
@settings(max_examples=100)
def test_any_detail_fits_the_headers(letter: DeadLetter, detail: str) -> None:
    sent = dead_letter.to_message(replace(letter, detail=detail + "\n\ud800\0"), b"")
    kept, _ = dead_letter.from_record(sent.headers, sent.value)
    assert kept.detail == dead_letter.tidy(detail + "\n\ud800\0")
    assert kept.detail.isprintable() or len(kept.detail) <= 500


@given(letters, st.sampled_from(["ce_stage", "ce_origintopic", "ce_originoffset", "ce_time", "ce_keyid"]))
@settings(max_examples=30)
def test_what_lacks_an_attribute_is_no_dead_letter(letter: DeadLetter, name: str) -> None:
    sent = dead_letter.to_message(letter, b"")
    headers: Headers = tuple(header for header in sent.headers if header[0] != name)
    with pytest.raises(BadInput, match="header_invalid: dead letter"):
        dead_letter.from_record(headers, sent.value)
