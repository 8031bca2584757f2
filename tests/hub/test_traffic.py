"""Traffic follows from its seed, and its account says exactly what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts import topics
from screener.contracts.reading import read_scan_headers, read_scan_value
from screener.errors import BadConfig
from screener.hub.chance import chance
from screener.hub.parcel import TrafficParcel, manifest_of, scans_of
from screener.hub.rescan import turned
from screener.hub.sent import Again, Half, Mishap, Sent
from screener.hub.traffic import Departure, Mix, depart, traffic
from screener.stream.port import Message
from tests.hub.parcels import FORMATS, image, parcel

PARCELS = [parcel(number) for number in range(40)]
ALL = Mix(
    duplicates=0.15, late=0.15, missing=0.15, corrupt=0.2, no_barcode=0.1, late_by=5, rescans=0.1, step_s=2.0
)

seeds = st.integers(0, 2**32)


def only(mishap: Mishap, late_by: int = 5) -> Mix:
    return Mix(
        duplicates=float(mishap is Mishap.DUPLICATE),
        late=float(mishap is Mishap.LATE),
        missing=float(mishap is Mishap.MISSING),
        corrupt=float(mishap is Mishap.CORRUPT),
        no_barcode=float(mishap is Mishap.NO_BARCODE),
        late_by=late_by,
        rescans=float(mishap is Mishap.RESCAN),
        step_s=2.0,
    )


def sound(one: TrafficParcel) -> list[Message]:
    return [manifest_of(one), *scans_of(one)]


def of_parcel(departures: list[Departure], sent: Sent) -> Iterator[tuple[int, Message]]:
    """The messages of one parcel with their steps, by the event ids that name it (a corrupt one may not)."""
    for departure in departures:
        for message in departure.messages:
            event_id = dict(message.headers).get("ce_id", b"").decode(errors="replace")
            if event_id.startswith(sent.parcel_id + "/"):
                yield departure.step, message


@given(seeds)
@settings(max_examples=15)
def test_the_same_seed_gives_the_same_traffic(seed: int) -> None:
    assert list(traffic(PARCELS, ALL, seed)) == list(traffic(PARCELS, ALL, seed))


@given(seeds)
@settings(max_examples=15)
def test_the_account_counts_what_left(seed: int) -> None:
    departures = list(traffic(PARCELS, ALL, seed))
    accounts = [departure.sent for departure in departures if departure.sent is not None]
    assert [sent.parcel_id for sent in accounts] == [one.manifest.parcel_id for one in PARCELS]
    assert sum(sent.messages for sent in accounts) == sum(len(d.messages) for d in departures)
    whole = [sent for sent in accounts if sent.mishap is not Mishap.CORRUPT]
    assert all(len(list(of_parcel(departures, sent))) == sent.messages for sent in whole)


@given(seeds)
@settings(max_examples=15)
def test_steps_only_grow_and_nothing_is_later_than_agreed(seed: int) -> None:
    departures = list(traffic(PARCELS, ALL, seed))
    steps = [departure.step for departure in departures]
    assert steps == sorted(set(steps))
    for number, departure in enumerate(departures[: len(PARCELS)]):
        assert departure.sent is not None
        for step, _ in of_parcel(departures, departure.sent):
            assert number <= step <= number + ALL.late_by


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_without_mishaps_all_messages_leave_at_once(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, Mix(), chance(seed))
    assert timed == [(0, message) for message in sound(one)]
    assert (sent.mishap, sent.malformed) == (Mishap.NONE, 0)


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_a_duplicate_is_one_message_twice_byte_for_byte(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.DUPLICATE), chance(seed))
    extra = Counter(message for _, message in timed) - Counter(sound(one))
    assert Counter(sound(one)) <= Counter(message for _, message in timed)
    assert sum(extra.values()) == 1
    assert is_half(next(iter(extra)), sent)


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_a_late_half_leaves_after_the_other(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.LATE), chance(seed))
    assert sorted(map(str, (message for _, message in timed))) == sorted(map(str, sound(one)))
    assert all((delay > 0) == is_half(message, sent) for delay, message in timed)


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_what_is_missing_is_of_the_half_that_the_account_names(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.MISSING), chance(seed))
    lost = Counter(sound(one)) - Counter(message for _, message in timed)
    assert lost
    assert timed
    assert all(is_half(message, sent) for message in lost)


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_one_corrupt_message_stands_in_for_its_sound_self(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.CORRUPT), chance(seed))
    messages = [message for _, message in timed]
    changed = [now for now, before in zip(messages, sound(one), strict=True) if now != before]
    assert len(changed) == sent.malformed == 1
    assert is_half(changed[0], sent)
    assert sent.corruption is not None


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=20)
def test_without_a_barcode_the_scans_name_no_parcel(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.NO_BARCODE), chance(seed))
    scans = [message for _, message in timed if message.topic == topics.scans("h1")]
    assert len(scans) == sent.views
    assert all(scan.key is None and "ce_subject" not in dict(scan.headers) for scan in scans)


@given(seeds, st.sampled_from(PARCELS))
@settings(max_examples=40)
def test_a_rescan_is_all_views_once_more_later_under_another_scan_id(seed: int, one: TrafficParcel) -> None:
    timed, sent = depart(one, only(Mishap.RESCAN), chance(seed))
    assert [message for delay, message in timed if not delay] == sound(one)
    later = [(delay, message, dict(message.headers)) for delay, message in timed if delay]
    assert len(later) == sent.views == sent.messages - 1 - sent.views
    assert {headers["ce_scanid"].decode() for _, _, headers in later} == {sent.rescan_id} != {sent.scan_id}
    for (delay, message, headers), before in zip(later, one.images, strict=True):
        read = read_scan_headers(message.headers, "h1", message.key)
        assert read.time == one.scanned_at + timedelta(seconds=2 * delay)
        assert read_scan_value(message.value, read, 1 << 22) == message.value
        assert (message.value == before.content) == (sent.rescan is Again.SAME)
        assert headers["ce_id"] not in {dict(scan.headers)["ce_id"] for scan in sound(one)}


@pytest.mark.parametrize("form", FORMATS)
def test_half_a_turn_twice_is_where_it_was(form: str) -> None:
    given_image = image(1, form)
    twice = turned(turned(given_image))
    before, after = (
        cv2.imdecodemulti(np.frombuffer(one.content, np.uint8), cv2.IMREAD_UNCHANGED)[1]
        for one in (given_image, twice)
    )
    assert len(before) == len(after) == (2 if form == "image/tiff" else 1)
    most = 255 if form == "image/jpeg" else 0  # a JPEG is lossy: noise comes back roughly
    for page, other in zip(before, after, strict=True):
        assert np.abs(page.astype(int) - other).max() <= most
        assert np.abs(page.astype(int) - other).mean() < 20


def test_the_shares_come_out_over_many_parcels() -> None:
    mishaps = Counter(depart(PARCELS[0], ALL, chance(number))[1].mishap for number in range(2000))
    for mishap, share in ALL.shares.items():
        assert abs(mishaps[mishap] / 2000 - share) < 0.04


def test_shares_beyond_the_whole_are_refused() -> None:
    with pytest.raises(BadConfig, match="sum to at most 1"):
        Mix(late=0.6, corrupt=0.6)
    with pytest.raises(BadConfig, match=r"late -0\.1"):
        Mix(late=-0.1)
    with pytest.raises(BadConfig, match="1 parcel late or more"):
        Mix(late_by=0)


def is_half(message: Message, sent: Sent) -> bool:
    return message.topic == (topics.manifests("h1") if sent.half is Half.MANIFEST else topics.scans("h1"))
