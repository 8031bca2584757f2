"""Our headers and those of the `cloudevents` package mean the same, in both directions."""

from __future__ import annotations

from typing import Any

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Event, Headers, from_headers, to_headers
from screener.contracts.reasons import REASONS
from screener.errors import BadInput
from tests.contracts.values import names, times

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
GOOD: Headers = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/hubs/H"),
    ("ce_type", b"org.screener.manifest.v1"),
)
attribute_names = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True).filter(
    lambda name: (
        name
        not in {*cloudevents._OWN, *cloudevents._RESERVED, "datacontenttype", "dataschema", "partitionkey"}
    )
)
events = st.builds(
    Event,
    id=names,
    source=names,
    type=names,
    subject=st.none() | names,
    time=st.none() | times,
    content_type=st.none() | st.just("image/png"),
    traceparent=st.none() | st.just(TRACE),
    extensions=st.dictionaries(attribute_names, names, max_size=3),
)


@given(events)
@settings(max_examples=100)
def test_an_event_survives_the_headers(event: Event) -> None:
    assert from_headers(to_headers(event)) == event


@given(events)
@settings(max_examples=100)
def test_the_cloudevents_package_reads_what_we_write(event: Event) -> None:
    message = kafka.KafkaMessage(headers=dict(to_headers(event)), key=None, value=b"\x89PNG")
    read = kafka.from_binary(message, JSONFormat())
    assert (read.get_id(), read.get_source(), read.get_type()) == (event.id, event.source, event.type)
    assert (read.get_subject(), read.get_datacontenttype()) == (event.subject, event.content_type)
    assert event.time is None or read.get_time() == event.time
    assert read.get_extension("traceparent") == event.traceparent
    assert {name: read.get_extension(name) for name in event.extensions} == event.extensions


@given(events)
@settings(max_examples=100)
def test_we_read_what_the_cloudevents_package_writes(event: Event) -> None:
    own: dict[str, Any] = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": event.content_type,
        "traceparent": event.traceparent,
        **event.extensions,
    }
    written = CloudEvent({name: value for name, value in own.items() if value is not None}, data=b"x")
    headers = kafka.to_binary(written, JSONFormat()).headers
    read = from_headers(tuple(headers.items()))
    assert read == event or (event.time is None and read.id == event.id)  # the package sets a time of its own


@given(
    st.lists(
        st.tuples(
            st.sampled_from([n for n, _ in GOOD] + ["ce_time", "content-type", "x"]), st.binary(max_size=6)
        )
    )
)
@settings(max_examples=200)
def test_any_headers_are_an_event_or_bad_input_with_a_registered_reason(
    headers: list[tuple[str, bytes]],
) -> None:
    try:
        from_headers(tuple(headers))
    except BadInput as error:
        assert error.reason in REASONS


@pytest.mark.parametrize("name", [name for name, _ in GOOD])
def test_each_required_attribute_is_missed_by_its_name(name: str) -> None:
    with pytest.raises(BadInput, match=f"header_missing: {name}: expected a text, got nothing"):
        from_headers(tuple((n, v) for n, v in GOOD if n != name))
    with pytest.raises(BadInput, match=f"header_missing: {name}: expected a text, got an empty text"):
        from_headers(tuple((n, b"" if n == name else v) for n, v in GOOD))


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (("ce_id", b"2"), "header_duplicate: ce_id: expected once, got it again"),
        (("CE_ID", b"2"), "header_duplicate: ce_id: expected once, got it again"),
        (("ce_subject", b"\xff"), "header_invalid: ce_subject: expected UTF-8, got 1 other bytes"),
        (
            ("ce_subject", b"a\nb"),
            r"header_invalid: ce_subject: expected no control characters, got str of length 3",
        ),
        (("ce_subject", b"x" * 5000), "header_invalid: ce_subject: expected at most 4096 bytes, got 5000"),
        (("ce_time", b"now"), "header_invalid: ce_time: expected an RFC 3339 time with its zone, got 'now'"),
        (("ce_time", b"2026-01-01T00:00:00"), "header_invalid: ce_time"),
        (("ce_time", b"0001-01-01T00:00:00+14:00"), "time_range: ce_time"),
    ],
)
def test_a_bad_header_is_named(header: tuple[str, bytes], error: str) -> None:
    with pytest.raises(BadInput, match=error):
        from_headers((*GOOD, header))


def test_another_version_is_refused() -> None:
    with pytest.raises(BadInput, match=r"ce_specversion: expected '1\.0', got '0\.3'"):
        from_headers((("ce_specversion", b"0.3"), *GOOD[1:]))


def test_another_type_is_refused() -> None:
    with pytest.raises(BadInput, match=r"event_type: ce_type: expected 'org\.screener\.scan\.v1', got"):
        cloudevents.expect_type(from_headers(GOOD), cloudevents.SCAN)


def test_headers_that_are_nobodys_attribute_are_ignored() -> None:
    strange: Headers = (("ce_a-b", b"1"), ("ce_", b"1"), ("ce_data", b"1"), ("x", b"\xff"), ("x", b"\xff"))
    assert from_headers((*GOOD, *strange)) == from_headers(GOOD)


def test_the_trace_is_taken_from_either_header_and_dropped_when_malformed() -> None:
    assert from_headers((*GOOD, ("traceparent", TRACE.encode()))).traceparent == TRACE
    assert from_headers((*GOOD, ("ce_traceparent", TRACE.encode()))).traceparent == TRACE
    assert from_headers((*GOOD, ("traceparent", b"\xffnone"))).traceparent is None


def test_an_event_that_no_reader_would_take_is_not_made() -> None:
    with pytest.raises(ValueError, match="An_Ext"):
        Event(id="1", source="s", type="t", extensions={"An_Ext": "1"})
