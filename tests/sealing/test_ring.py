"""Boxes open with their key and their belonging alone, and no text ever shows a key."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.wire import Sealed
from screener.errors import BadConfig
from screener.sealing import draw, folder, keys
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.keys import Key, Kind
from screener.sealing.ring import KeyRing

NOVEMBER = date(2026, 11, 3)
DECEMBER = date(2026, 12, 1)


def ring(*seal_ids: str) -> KeyRing:
    seals = [keys.fresh(Kind.SEAL, key_id) for key_id in seal_ids or ("2026-11",)]
    return KeyRing.of([*seals, keys.fresh(Kind.LINK, "1"), keys.fresh(Kind.DRAW, "1")], "test")


RING = ring()


@given(st.binary(max_size=100), st.binary(max_size=20))
@settings(max_examples=100)
def test_what_is_sealed_opens_with_the_same_belonging(plain: bytes, aad: bytes) -> None:
    assert RING.unseal(RING.seal(plain, aad), aad) == plain


@given(st.binary(min_size=4, max_size=100))
@settings(max_examples=50)
def test_a_box_holds_nothing_of_its_text_and_is_never_the_same_twice(plain: bytes) -> None:
    box = RING.seal(plain, b"").box
    assert plain not in box
    assert box != RING.seal(plain, b"").box


@given(st.binary(max_size=20), st.integers(0, 1000), st.integers(1, 255))
@settings(max_examples=100)
def test_a_changed_box_does_not_open(plain: bytes, where: int, flip: int) -> None:
    sealed = RING.seal(plain, b"a")
    box = bytearray(sealed.box)
    box[where % len(box)] ^= flip
    with pytest.raises(Tampered, match="does not open with 2026-11"):
        RING.unseal(Sealed(key_id=sealed.key_id, box=bytes(box)), b"a")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 20, 27])
def test_a_short_box_does_not_open(length: int) -> None:
    with pytest.raises(Tampered):
        RING.unseal(Sealed(key_id="2026-11", box=b"\0" * length), b"")


def test_another_belonging_or_another_key_of_the_same_name_does_not_open() -> None:
    sealed = RING.seal(b"text", b"parcel P-1")
    with pytest.raises(Tampered):
        RING.unseal(sealed, b"parcel P-2")
    with pytest.raises(Tampered):
        ring().unseal(sealed, b"parcel P-1")


def test_a_box_does_not_open_under_another_key_id() -> None:
    secret = os.urandom(32)
    same = [Key(Kind.SEAL, "2026-10", secret), Key(Kind.SEAL, "2026-11", secret)]
    both = KeyRing.of([*same, keys.fresh(Kind.LINK, "1"), keys.fresh(Kind.DRAW, "1")], "test")
    with pytest.raises(Tampered):
        both.unseal(Sealed(key_id="2026-10", box=both.seal(b"text", b"").box), b"")


@pytest.mark.parametrize(
    ("ids", "newest"),
    [
        (("2026-02", "2026-11"), "2026-11"),
        (("2026-11", "2026-11.2"), "2026-11.2"),
        (("2026-11.10", "2026-11.9"), "2026-11.10"),
        (("2027-01", "2026-11.9"), "2027-01"),
    ],
)
def test_the_newest_key_seals(ids: tuple[str, ...], newest: str) -> None:
    assert ring(*ids).seal(b"", b"").key_id == newest


def test_rotation_keeps_old_boxes_readable_and_destruction_ends_them(tmp_path: Path) -> None:
    folder.new(tmp_path, NOVEMBER)
    old = KeyRing.load(tmp_path, {}).seal(b"text", b"aad")
    assert folder.rotate(tmp_path, NOVEMBER).id == "2026-11.2"
    assert folder.rotate(tmp_path, DECEMBER).id == "2026-12"
    rotated = KeyRing.load(tmp_path, {})
    assert (rotated.seal_key_id, rotated.unseal(old, b"aad")) == ("2026-12", b"text")
    folder.destroy(tmp_path, "2026-11")
    with pytest.raises(
        Unreadable, match=r"sealed with 2026-11: expected that key in the ring, got 2026-11\.2"
    ):
        KeyRing.load(tmp_path, {}).unseal(old, b"aad")


def test_the_order_of_keys_survives_a_clock_that_went_back(tmp_path: Path) -> None:
    folder.new(tmp_path, DECEMBER)
    assert [folder.rotate(tmp_path, NOVEMBER).id for _ in range(2)] == ["2026-12.2", "2026-12.3"]
    assert KeyRing.load(tmp_path, {}).seal_key_id == "2026-12.3"


def test_the_list_names_keys_and_which_are_in_use(tmp_path: Path) -> None:
    made = folder.new(tmp_path, NOVEMBER)
    assert [(info.kind, info.id, info.in_use) for info in made] == [
        ("draw", "1", True),
        ("link", "1", True),
        ("seal", "2026-11", True),
    ]
    folder.rotate(tmp_path, DECEMBER)
    assert [info.id for info in folder.listed(tmp_path) if info.in_use] == ["1", "1", "2026-12"]


def test_keys_lie_in_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    folder.new(tmp_path / "keys", NOVEMBER)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def lay(path: Path, name: str = "seal.2026-12.key", text: str = "a" * 64, mode: int = 0o600) -> None:
    (path / name).write_text(text)
    (path / name).chmod(mode)


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (
            lambda path: lay(path, mode=0o644),
            "expected a file that others cannot read, got mode 0644; `chmod 600",
        ),
        (lambda path: lay(path, text="f" * 63), "expected 64 hexadecimal digits, got 63 characters"),
        (lambda path: lay(path, text=""), "expected 64 hexadecimal digits, got 0 characters"),
        (lambda path: lay(path, "x.key"), "expected a name like seal.2026-11.key"),
        (lambda path: lay(path, "seal.1.key"), "expected an id like 2026-11"),
        (lambda path: lay(path, "other.1.key"), "expected a key of kind seal, link or draw, got `other`"),
        (lambda path: (path / "link.1.key").unlink(), "got none to link; make them: `screener keys new`"),
    ],
)
def test_a_bad_folder_is_refused_with_what_to_do(
    tmp_path: Path, break_it: Callable[[Path], None], error: str
) -> None:
    folder.new(tmp_path, NOVEMBER)
    break_it(tmp_path)
    with pytest.raises(BadConfig) as caught:
        KeyRing.load(tmp_path, {})
    assert error in str(caught.value)


def test_what_would_lose_keys_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(BadConfig, match="got none to seal, link, draw; make them: `screener keys new`"):
            KeyRing.load(path, {})
    with pytest.raises(BadConfig, match="make the first: `screener keys new`"):
        folder.rotate(tmp_path, NOVEMBER)
    folder.new(tmp_path, NOVEMBER)
    with pytest.raises(BadConfig, match="there are keys already"):
        folder.new(tmp_path, NOVEMBER)
    with pytest.raises(BadConfig, match="2026-11 is in use; make another first"):
        folder.destroy(tmp_path, "2026-11")
    with pytest.raises(BadConfig, match="expected one of 2026-11, got `2020-01`"):
        folder.destroy(tmp_path, "2020-01")


def environment(tmp_path: Path) -> dict[str, str]:
    found = folder.read(tmp_path)
    by_kind = {kind.value: {key.id: key.secret.hex() for key in found if key.kind is kind} for kind in Kind}
    return {"SCREENER_KEYS": json.dumps(by_kind)}


def test_the_environment_goes_before_the_folder(tmp_path: Path) -> None:
    folder.new(tmp_path, NOVEMBER)
    from_folder, env = KeyRing.load(tmp_path, {}), environment(tmp_path)
    given_ring = KeyRing.load(tmp_path / "absent", env)
    assert given_ring.unseal(from_folder.seal(b"text", b""), b"") == b"text"
    assert given_ring.hashed("name", "x") == from_folder.hashed("name", "x")


@pytest.mark.parametrize(
    "text",
    ["secret", "[]", '{"seal": "secret"}', '{"seal": {"2026-11": "secret"}}', '{"secret": {"1": "ab"}}'],
)
def test_a_bad_environment_is_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="SCREENER_KEYS"):
        KeyRing.load(Path("absent"), {"SCREENER_KEYS": text})


def test_no_text_shows_a_key(tmp_path: Path) -> None:
    folder.new(tmp_path, NOVEMBER)
    found = folder.read(tmp_path)
    loaded = KeyRing.load(tmp_path, {})
    texts = [repr(found), str(found), repr(loaded), f"{loaded}", repr(folder.listed(tmp_path))]
    try:
        loaded.unseal(Sealed(key_id="2026-11", box=b"x" * 40), b"")
    except Tampered:
        texts.append(traceback.format_exc())
    lay(tmp_path, text=found[0].secret.hex() + "0")
    with pytest.raises(BadConfig) as caught:
        KeyRing.load(tmp_path, {})
    texts.append(str(caught.value))
    shown = " ".join(texts)
    assert not any(key.secret.hex() in shown or repr(key.secret)[2:-1] in shown for key in found)


def test_hashes_depend_on_kind_text_and_key() -> None:
    hashes = {
        RING.hashed("name", "x"),
        RING.hashed("phone", "x"),
        RING.hashed("name", "y"),
        ring().hashed("name", "x"),
    }
    assert len(hashes) == 4
    assert {len(text) for text in hashes} == {32}


def test_draws_are_even_and_repeat_for_the_same_message() -> None:
    draws = [RING.drawn("2026-11-23", str(number).encode()) for number in range(2000)]
    assert draws == [RING.drawn("2026-11-23", str(number).encode()) for number in range(2000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert 0.45 < sum(draws) / len(draws) < 0.55  # a wider band than 2,000 draws leave by chance (7 sigma)


def test_a_seed_draws_its_day_and_no_other() -> None:
    days = ("2026-11-23", "2026-11-24")
    seeds = [RING.seed(day) for day in days]
    for day, seed in zip(days, seeds, strict=True):
        assert [draw.number(seed, b"east/P-1")] == [RING.drawn(day, b"east/P-1")]
    assert seeds[0] != seeds[1]
    assert draw.number(seeds[0], b"east/P-1") != draw.number(seeds[1], b"east/P-1")
    assert ring().seed(days[0]) != seeds[0]


def test_a_day_is_that_of_greenwich() -> None:
    assert draw.day_of(datetime(2026, 11, 24, 7, 59, tzinfo=timezone(timedelta(hours=8)))) == "2026-11-23"


def test_a_ring_is_no_message() -> None:
    with pytest.raises(TypeError):
        json.dumps(RING)
    assert b"secret" not in msgspec.json.encode(Sealed(key_id="2026-11", box=b""))
