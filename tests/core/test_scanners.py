from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.core import scanners
from screener.core.scanners import OwnModel, OwnReference, Scanner
from screener.errors import BadConfig

SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
FILES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())
MODELS = st.builds(OwnModel, file=FILES, sha256=SHA256, threshold=st.none() | st.floats(0, 1))
SCANNERS = st.builds(
    Scanner,
    hub=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True),
    scanner=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True),
    commissioned_at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    report=st.none() | FILES,
    model=st.none() | MODELS,
    reference=st.none() | st.builds(OwnReference, file=FILES, sha256=SHA256),
)


@given(SCANNERS)
def test_a_file_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, scanner: Scanner) -> None:
    path = tmp_path_factory.getbasetemp() / scanners.file_name("h", "x")
    path.write_bytes(scanners.encode(scanner))
    assert scanners.read(path) == scanner


def test_what_is_wrong_is_named_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "h.x.toml"
    path.write_text('hub = "h"\nscanner = "x"\ncommissioned_at = 2026-11-23T09:00:00Z\n[model]\nfil = "m"\n')
    with pytest.raises(BadConfig, match=r"h\.x\.toml: .*fil.*\$\.model"):
        scanners.read(path)


def test_a_file_that_is_not_the_one_that_was_meant_is_refused(tmp_path: Path) -> None:
    source, other = tmp_path / "h.x.toml", tmp_path / "looks.json"
    other.write_bytes(b"{}")
    with pytest.raises(BadConfig, match="expected SHA-256 0000"):
        scanners.verified(source, "looks.json", "0" * 64)
    with pytest.raises(BadConfig, match="cannot be read"):
        scanners.verified(source, "gone.json", "0" * 64)
