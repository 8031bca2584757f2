"""The ZIP of a case: whole for whoever checks it, and found out whatever is changed in it."""

from __future__ import annotations

import io
import json
import runpy
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.reading import encode
from screener.contracts.wire import Facts, Match
from screener.review import checkpoints, database
from screener.review.cases import export, files, notes
from screener.review.cases.export import Gathered
from screener.review.errors import Denied, Hidden
from screener.review.rights import Role
from screener.review.schema import scan
from screener.review.service import Service
from screener.review.signature import SigningKey
from tests.review.cases.desks import Desk, known_parcel
from tests.review.stations import NOW, SETTINGS, somebody
from tests.review.web.conftest import Standing

CHECK = Path(export.__file__).with_name("check.py")
KEY = SigningKey.of(Ed25519PrivateKey.from_private_bytes(bytes(32)))
SCAN = b"\x89PNG a scan as it came"


def checked(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What check.py ends with: nothing where the export is whole."""
    file = folder / "case.zip"
    file.write_bytes(content)
    monkeypatch.setattr("sys.argv", ["check.py", str(file)])
    try:
        runpy.run_path(str(CHECK), run_name="__main__")
    except SystemExit as ended:
        return str(ended.code or "")
    except (KeyError, ValueError, TypeError) as error:  # the script ends with it
        return f"unreadable: {error!r}"
    raise AssertionError("the script says nothing")


def zipped(whole: Gathered) -> bytes:
    return b"".join(export.zipped(whole, KEY, b"public", {"case.pdf": b"%PDF-1.7 paper"}))


def gone() -> bytes:
    raise Hidden("scan 2: its image is no longer in the evidence store")


WHOLE = Gathered(
    number="tobacco-2026-0001",
    head={"format": export.FORMAT, "case": "tobacco-2026-0001"},
    at_hand={"case.json": b"{}", "audit.json": b'{"rows": []}'},
    evidence=(("parcels/0001/scan-1", lambda: SCAN), ("parcels/0001/scan-2", gone)),
)
EXPORT = zipped(WHOLE)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(of: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP that anybody could make of these."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in of:
            file.writestr(name, content)
    return made.getvalue()


def test_the_script_is_one_that_somebody_reads() -> None:
    lines = CHECK.read_text().splitlines()
    assert len(lines) <= 20
    used = {line.split()[1] for line in lines if line.startswith("import ")}
    assert used == {"hashlib", "json", "sys", "zipfile"} and "from " not in "".join(lines[1:8])


def test_a_whole_export_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(EXPORT, tmp_path, monkeypatch) == ""
    assert checked(packed(members(EXPORT).items()), tmp_path, monkeypatch) == ""
    assert members(EXPORT)["check.py"] == CHECK.read_bytes()
    manifest = json.loads(members(EXPORT)["manifest.json"])
    assert [one["name"] for one in manifest["missing"]] == ["parcels/0001/scan-2"]
    assert "parcels/0001/scan-1.png" in members(EXPORT)


def test_equal_contents_are_equal_bytes() -> None:
    assert zipped(WHOLE) == EXPORT


@given(st.data())
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_changed_byte_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    of = members(EXPORT)
    name = data.draw(st.sampled_from(sorted(of)))
    place = data.draw(st.integers(0, len(of[name]) - 1))
    changed = bytearray(of[name])
    changed[place] ^= data.draw(st.integers(1, 255))
    altered = packed((of | {name: bytes(changed)}).items())
    assert checked(altered, tmp_path, monkeypatch) != ""


@pytest.mark.parametrize("name", sorted(members(EXPORT)))
def test_a_missing_file_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = {one: content for one, content in members(EXPORT).items() if one != name}
    assert checked(packed(rest.items()), tmp_path, monkeypatch) != ""


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["more.txt", "case.json", "manifest.json", "parcels/../x"])
def test_an_added_file_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered = packed([*members(EXPORT).items(), (name, b"{}")])
    assert checked(altered, tmp_path, monkeypatch) != ""


def test_the_list_is_signed_by_the_key_of_the_record() -> None:
    of = members(EXPORT)
    assert KEY.public.signed(of["manifest.json"], of["manifest.json.sig"])
    assert not KEY.public.signed(of["manifest.json"] + b" ", of["manifest.json.sig"])
    assert json.loads(of["manifest.json"])["key_id"] == KEY.public.id


def test_a_case_is_exported_as_it_is(
    service: Service, clock: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions, scans, files; the record's rows are checked, and heads vouch for them."""
    clock.now = NOW
    desk, engine = Desk(service.engine), service.engine
    li, reader = somebody(engine, "li"), somebody(engine, "r", Role.READER)
    item = known_parcel(engine, "P/../1")
    kept = files.keep(service.store, service.sandbox, SETTINGS, b"%PDF-1.4 deed", files.PDF)
    address = service.store.put(*(export._sha256(SCAN), SCAN, "image/png"))
    with database.writing(engine) as connection:
        row = {"parcel": item, "number": 1, "scan_id": "S-1", "sha256": address.rpartition("/")[2]}
        connection.execute(scan.insert().values(row))
    case = desk.begin(li, "西门团伙", item)
    desk.call(notes.add, li, case, text="三条")
    desk.call(files.enter, li, case, name="../决定书.pdf", kept=kept)
    with database.writing(engine) as connection:
        checkpoints.sign(connection, NOW, KEY, SETTINGS.agency)
    with database.reading(engine) as connection:
        found, whole = export.gathered(connection, li, service, NOW, case)
    with database.writing(engine) as connection:
        export.recorded(connection, li, NOW, found, reason=None)
    with pytest.raises(Denied), database.reading(engine) as connection:
        export.gathered(connection, reader, service, NOW, case, reason="curious")
    content = zipped(whole)
    assert checked(content, tmp_path, monkeypatch) == ""
    of = members(content)
    assert of["parcels/0001-east-P____1/scan-1.png"] == SCAN
    assert of["files/1-决定书.pdf"] == b"%PDF-1.4 deed"
    record = json.loads(of["audit.json"])
    assert [one[3] for one in record["rows"]] == ["case_begin", "case_note", "case_file_in"]
    assert record["heads"][0]["n"] >= record["rows"][-1][0]
    assert json.loads(of["case.json"])["notes"][0]["text"] == "三条"
    record["rows"][0][2] = "nobody"
    sham = Gathered(
        whole.number, whole.head, {**whole.at_hand, "audit.json": json.dumps(record).encode()}, ()
    )
    assert "record" in checked(zipped(sham), tmp_path, monkeypatch)


def test_who_gave_a_tip_is_said_to_nobody_who_may_not_see_tips() -> None:
    match = Match(entry_id="tip-1", kind="phone", role="consignor", source="hotline 7", reference="R-9")
    decision = examples.FLAGGED.decision
    facts = Facts(identified=True, late=False, more_views=False, seen=(), declared=None, tips=(match,))
    value = encode(replace(examples.FLAGGED, decision=replace(decision, facts=facts)))
    said = export.without_givers(value)
    assert b"hotline" not in said and b"R-9" not in said and b"tip-1" in said
    assert b"hotline 7" in value
