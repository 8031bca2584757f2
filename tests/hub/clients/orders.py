"""Parcels of a test's hub, as the files that the examples take."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.reading import encode


def order(folder: Path, hub: str, parcel_id: str, **fields: Any) -> Path:
    """The manifest of a parcel, declared now, as a file; `fields` replace its own, whatever they are."""
    now = datetime.now(UTC)
    manifest = replace(
        examples.MANIFEST,
        hub=hub,
        parcel_id=parcel_id,
        declared_at=now,
        decide_by=fields.pop("decide_by", None),
    )
    path = folder / f"{parcel_id}.json"
    path.write_text(json.dumps(json.loads(encode(manifest)) | fields, ensure_ascii=False))
    return path
