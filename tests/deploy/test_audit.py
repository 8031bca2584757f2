"""Known weaknesses are named, and nobody takes silence for soundness."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy import audit

SOUND: dict[str, Any] = {"name": "numpy", "version": "2.3.5", "vulns": []}
WEAK: dict[str, Any] = {
    "name": "pillow",
    "version": "11.0",
    "vulns": [
        {"id": "CVE-2026-1", "fix_versions": ["11.1", "12.0"]},
        {"id": "CVE-2026-2", "fix_versions": []},
    ],
}
UNKNOWN: dict[str, Any] = {"name": "screener", "skip_reason": "not found"}


def said(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_each_weakness_is_a_line_that_says_what_mends_it() -> None:
    assert audit.weaknesses(said(SOUND, WEAK, UNKNOWN)) == [
        "pillow 11.0: CVE-2026-1, mended in 11.1, 12.0",
        "pillow 11.0: CVE-2026-2, mended in no version yet",
    ]
    assert audit.weaknesses(said(SOUND, UNKNOWN)) == []


@pytest.mark.parametrize("nothing", ["", "Traceback", said(), said(UNKNOWN)])
def test_who_could_ask_nobody_says_so(nothing: str) -> None:
    with pytest.raises(audit.NotAudited):
        audit.weaknesses(nothing)


@pytest.mark.parametrize(("answer", "code"), [(said(SOUND), 0), (said(WEAK), 1), ("", None)])
def test_weaknesses_alone_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int | None
) -> None:
    monkeypatch.setattr(audit, "tool", lambda: None)
    monkeypatch.setattr(audit, "answer", lambda _: answer)
    ended = None
    try:
        audit.main()
    except SystemExit as end:
        ended = end.code
    assert ended == code
    assert ("NOT audited" in capsys.readouterr().out) is (code is None)


def test_every_lock_file_pins_by_hash() -> None:
    assert {lock.name for lock in audit.LOCKS} == {"run.txt", "test.txt", "lab.txt"}
    for lock in audit.LOCKS:
        packages = lock.read_text().replace("\\\n", " ").splitlines()
        assert [one for one in packages if one and "--hash=sha256:" not in one] == [], lock
