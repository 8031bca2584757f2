"""Every kind of corruption is refused by the contract, at the place that its name says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.config import ImageLimits
from screener.contracts import topics
from screener.contracts.reading import read_manifest, read_scan_headers, read_scan_value
from screener.contracts.wire import ImageReference
from screener.errors import BadInput
from screener.evidence.references import References
from screener.hub.chance import chance
from screener.hub.corruption import Corruption, corrupt, kinds_for
from screener.hub.parcel import manifest_of, scans_of
from screener.imaging.picture import Request, read_picture
from screener.stream.port import MAX_MESSAGE_BYTES, Message
from tests.hub.parcels import parcel

MANIFEST = manifest_of(parcel(0))
SCANS = [scans_of(parcel(number))[0] for number in range(3)]
UNREAD = scans_of(parcel(3), barcode=False)[0]


def read_whole(message: Message) -> None:
    """All the checks of [score] but those of the sandbox's process. Raises `BadInput`."""
    hub = str(topics.hub_of(message.topic))
    if message.topic.startswith(topics.MANIFESTS):
        read_manifest(message.value, message.headers, hub, message.key)
        return
    scan = read_scan_headers(message.headers, hub, message.key)
    image = read_scan_value(message.value, scan, MAX_MESSAGE_BYTES)
    if isinstance(image, ImageReference):
        image = References(ImageLimits()).fetch(image)
    pitch = scan.pitch_mm
    request = Request(image, scan.content_type, pitch.across, pitch.along, scan.energy)
    read_picture(request, ImageLimits(), 1.5)


def read_envelope(message: Message) -> None:
    """What must hold for a scan to name its parcel. Raises `BadInput`."""
    read_scan_headers(message.headers, str(topics.hub_of(message.topic)), message.key)


@pytest.mark.parametrize(
    "message", [MANIFEST, *SCANS, UNREAD], ids=["manifest", "tiff", "png", "jpeg", "unread"]
)
def test_the_messages_are_sound_before(message: Message) -> None:
    read_whole(message)


@pytest.mark.parametrize("kind", kinds_for(MANIFEST))
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_every_corrupt_manifest_breaks_the_contract(kind: Corruption, seed: int) -> None:
    with pytest.raises(BadInput):
        read_whole(corrupt(MANIFEST, kind, chance(seed)))


@pytest.mark.parametrize("kind", kinds_for(SCANS[0]))
@given(seed=st.integers(0, 2**32), message=st.sampled_from([*SCANS, UNREAD]))
@settings(max_examples=25)
def test_every_corrupt_scan_breaks_the_contract(kind: Corruption, seed: int, message: Message) -> None:
    broken = corrupt(message, kind, chance(seed))
    with pytest.raises(BadInput):
        read_whole(broken)
    if kind.leaves_evidence(of_scan=True):
        read_envelope(broken)
    else:
        with pytest.raises(BadInput):
            read_envelope(broken)


def test_every_kind_is_for_manifests_or_scans() -> None:
    assert {*kinds_for(MANIFEST), *kinds_for(SCANS[0])} == set(Corruption)


def test_a_kind_for_the_other_half_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="got bomb_png"):
        corrupt(MANIFEST, Corruption.BOMB_PNG, chance(1))


@given(seed=st.integers(0, 2**32), message=st.sampled_from([MANIFEST, *SCANS]), data=st.data())
@settings(max_examples=30)
def test_the_same_seed_breaks_a_message_in_the_same_way(
    seed: int, message: Message, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(kinds_for(message)))
    assert corrupt(message, kind, chance(seed)) == corrupt(message, kind, chance(seed))


def test_a_corrupt_message_is_small_enough_for_the_log() -> None:
    for message in (MANIFEST, *SCANS):
        for kind in kinds_for(message):
            assert len(corrupt(message, kind, chance(7)).value or b"") < 200_000
