from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.cli.letters import REPLAYED_HEADER, Fate, Impossible, Letter, original
from screener.contracts import dead_letter, topics
from screener.contracts.cloudevents import Headers
from screener.contracts.wire import DeadLetter
from screener.sealing.records import MAX_BOX_BYTES, seal_record
from screener.stream.port import MAX_MESSAGE_BYTES, Message, Record
from tests.cli import parcels
from tests.cli.shell import Shell
from tests.stages.world import CLEAN, OVER, RING, manifest_of, scan_of

SCANS = topics.scans("h1")
SIZES = {SCANS: 2}


def letter_of(
    key: bytes | None,
    headers: Headers,
    value: bytes | None,
    *,
    topic: str = SCANS,
    partition: int = 1,
    max_bytes: int = 10_000,
) -> Letter:
    about = DeadLetter(
        stage="score",
        reason="schema",
        detail="",
        topic=topic,
        partition=partition,
        offset=7,
        timestamp_ms=0,
        hub="h1",
        key_id=RING.seal_key_id,
        rejected_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    aad = dead_letter.origin(topic, partition, 7)
    return Letter(about, seal_record(key, headers, value, ring=RING, aad=aad, max_bytes=max_bytes).box, 0)


def fates(told: list[dict[str, object]]) -> Counter[object]:
    return Counter(one["fate"] for one in told)


def sent_back(shell: Shell, topic: str = SCANS) -> list[Record]:
    with parcels.opened(shell) as world:
        return [record for record in world.records(topic) if record.header(REPLAYED_HEADER)]


def rejected_good_scan(shell: Shell, parcel_id: str = "P-late") -> Message:
    """A sound scan that lies among the dead letters all the same: what a fault of ours leaves behind."""
    scan = scan_of(parcel_id, OVER)
    with parcels.opened(shell) as world:
        ((place, offset),) = world.log.publisher().publish([scan])
        letter = letter_of(scan.key, scan.headers, scan.value, partition=place.number)
        about = replace_offset(letter.about, offset)
        aad = dead_letter.origin(SCANS, place.number, offset)
        box = seal_record(scan.key, scan.headers, scan.value, ring=RING, aad=aad).box
        out = dead_letter.to_message(about, box)
        world.publish([Message(topics.REJECTED, out.key, out.value, out.headers)])
    return scan


def replace_offset(about: DeadLetter, offset: int) -> DeadLetter:
    from msgspec.structs import replace as with_fields

    return with_fields(about, offset=offset)


def test_a_letter_goes_back_as_it_was_and_is_then_decided(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    scan = rejected_good_scan(shell)
    (told,) = shell.objects("replay", "--json")
    (back,) = sent_back(shell)
    assert told["fate"] == Fate.REPLAYED
    assert told["to"] == f"{back.partition}/{back.offset}"
    assert (back.key, back.value, back.headers[:-1]) == (scan.key, scan.value, scan.headers)
    assert back.headers[-1] == (REPLAYED_HEADER, str(told["origin"]).encode())
    parcels.settle(shell, manifest_of("P-late"))
    with parcels.opened(shell) as world:
        assert [decision.outcome for decision in world.decisions()] == ["hold"]
        assert len(world.records(topics.REJECTED)) == 1


def test_a_second_run_sends_nothing_twice_unless_asked(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    parcels.settle(shell, *parcels.PARCELS)
    assert fates(shell.objects("replay", "--json")) == {"replayed": 2}
    assert fates(shell.objects("replay", "--json")) == {"already": 2}
    assert fates(shell.objects("replay", "--again", "--json")) == {"replayed": 2}


def test_what_is_still_bad_becomes_a_letter_of_its_own_and_can_go_back_in_turn(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    parcels.settle(shell, *parcels.PARCELS)
    for run in range(1, 3):
        told = shell.objects("replay", "--json")
        assert fates(told)["replayed"] == 2
        parcels.settle(shell)
        assert parcels.letters_of(shell) == 2 + 2 * run


def test_a_dry_run_does_nothing(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    parcels.settle(shell, *parcels.PARCELS)
    assert fates(shell.objects("replay", "--dry-run", "--json")) == {"ready": 2}
    assert not sent_back(shell)
    assert fates(shell.objects("replay", "--json")) == {"replayed": 2}


def test_letters_are_chosen_by_reason_hub_and_time(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    parcels.settle(shell, *parcels.PARCELS)
    dry = ("replay", "--dry-run", "--json")
    assert [one["reason"] for one in shell.objects(*dry, "--reason", "not_json")] == ["not_json"]
    assert shell.objects(*dry, "--hub", "h2") == []
    assert len(shell.objects(*dry, "--hub", "h1", "--since", "1h")) == 2
    assert shell.objects(*dry, "--since", "2999-01-01") == []
    assert fates(shell.objects(*dry, "--limit", "1"))["ready"] == 1


@pytest.mark.parametrize("wrong", [("--since", "yesterday"), ("--reason", "bad_luck"), ("--hub", "a/b")])
def test_a_wrong_choice_is_refused(shell: Shell, wrong: tuple[str, str]) -> None:
    assert shell.run("replay", *wrong).exit_code == 2


def test_a_letter_whose_key_is_destroyed_is_impossible(shell: Shell) -> None:
    parcels.settle(shell, *parcels.PARCELS)
    shell.ok("keys", "new")
    told = shell.objects("replay", "--json")
    assert fates(told) == {"impossible": 2}
    assert all("destroyed" in str(one["why"]) or "does not open" in str(one["why"]) for one in told)
    assert "impossible" in shell.ok("replay")
    assert not sent_back(shell)


def test_nothing_personal_is_shown(shell: Shell) -> None:
    parcels.hand_over_keys(shell)
    parcels.settle(shell, *parcels.PARCELS)
    results = [shell.run("replay", "--dry-run"), shell.run("replay", "--json"), shell.run("replay")]
    said = "".join(result.output for result in results)
    assert "not_json" in said
    assert not any(secret in said for secret in parcels.PERSONAL)


names = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12)
headers = st.lists(st.tuples(names, st.binary(max_size=12)), max_size=5).map(tuple)


@given(key=st.none() | st.binary(max_size=20), headers=headers, value=st.none() | st.binary(max_size=50))
def test_originals_come_out_as_they_went_in(key: bytes | None, headers: Headers, value: bytes | None) -> None:
    letter = letter_of(key, headers, value)
    message = original(letter, RING, SIZES)
    assert (message.topic, message.key, message.value, message.partition) == (SCANS, key, value, 1)
    kept = tuple(header for header in headers if header[0].lower() != REPLAYED_HEADER)
    assert message.headers == (*kept, (REPLAYED_HEADER, letter.origin))


def test_sent_back_twice_a_message_still_has_one_such_header() -> None:
    scan = scan_of("P", CLEAN)
    once = original(letter_of(scan.key, scan.headers, scan.value), RING, SIZES)
    twice = original(letter_of(once.key, once.headers, once.value), RING, SIZES)
    assert twice == once


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (letter_of(None, (), b"x" * 9_000, max_bytes=4_000), "cut"),
        (letter_of(None, (), b"x", topic=topics.EVIDENCE), "not a topic that hubs write"),
        (letter_of(None, (), b"x", topic=topics.verdicts("h1")), "not a topic that hubs write"),
        (letter_of(None, (), b"x", topic=topics.scans("gone")), "screener topics create --hub gone"),
        (replace(letter_of(None, (), b"x"), box=b"y" * 60), "does not open"),
    ],
)
def test_a_letter_that_cannot_go_back_says_why(letter: Letter, why: str) -> None:
    with pytest.raises(Impossible, match=why):
        original(letter, RING, SIZES)


def test_a_partition_that_is_gone_is_chosen_anew() -> None:
    assert original(letter_of(b"k", (), b"v", partition=5), RING, SIZES).partition is None


def test_the_largest_message_goes_back_without_growing() -> None:
    value = bytes(MAX_MESSAGE_BYTES - 100)
    letter = letter_of(b"key", (("ce_id", b"1"),), value, max_bytes=MAX_BOX_BYTES)
    assert original(letter, RING, SIZES).headers == (("ce_id", b"1"),)
