"""Hubs that come by a gateway: scanners that drop files, and a courier's client that posts.

Both send again what was not taken, as often as it needs, and what is sent again is the same to the byte.
"""

from __future__ import annotations

import csv
import io
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from bench import whole
from bench.faults import traffic
from bench.faults.traffic import Kind, Parcel
from screener.contracts.reading import encode
from screener.contracts.wire import Party

COLUMNS = (
    "parcel_id",
    "waybill",
    *(
        f"{side}.{name}"
        for side in ("consignor", "consignee")
        for name in ("name", "phone", "address", "region")
    ),
    "contents.text",
    "weight_g",
    "declared_at",
)
HEAVY = "heavy"
"""No weight: a manifest that says so is refused."""

TIMEOUT_S = 10.0
WAIT_S = 2.0
PAGE = 1000

AGAIN = frozenset({429, 503})
"""What a gateway answers that wants the same again."""


class Dropped:
    """Files in a watched folder: images under their names, a table of manifests for each batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, batch: Sequence[Parcel]) -> bool:
        """Write all; False where the disk has no room, and then some are written."""
        try:
            for one in [*batch, *(each for each in batch if each.kind is Kind.TWICE)]:
                self._drop_images(one)
            self._drop(f"manifest-{batch[0].number:07d}.csv", _table(batch))
        except OSError:
            return False
        return True

    @property
    def left(self) -> list[str]:
        """Files that still wait to be taken."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_file())

    def _drop_images(self, parcel: Parcel) -> None:
        for headers, content, _ in traffic.scans(parcel):
            self._drop(f"{parcel.parcel_id}_{headers.view}of{headers.views}.png", content)

    def _drop(self, name: str, content: bytes) -> None:
        whole.write(self._folder / name, content)


class Posted:
    """A courier's client: posts until it is told that what it posted is kept.

    `complaints` are answers that no client should get.
    """

    def __init__(self, url: str, token: str) -> None:
        self._client = _client(url, token)
        self.complaints: list[str] = []

    def send(self, batch: Sequence[Parcel]) -> bool:
        """Post all; False where something was not taken."""
        try:
            return self._declared(batch) and all(self._scanned(one) for one in batch)
        except httpx.HTTPError:  # nobody knows whether it came in: the same again
            return False

    def _declared(self, batch: Sequence[Parcel]) -> bool:
        declared = [one for one in batch if one.kind is not Kind.NO_MANIFEST]
        bodies = [_declaration(one) for one in declared]
        bodies += [_declaration(one) for one in declared if one.kind is Kind.TWICE]
        if not bodies:
            return True
        name = {"Idempotency-Key": f"m-{batch[0].number}", "Content-Type": "application/json"}
        answer = self._client.post("/v1/manifests", content=b"[" + b",".join(bodies) + b"]", headers=name)
        broken = [n for n, one in enumerate(declared) if one.kind is Kind.BROKEN_MANIFEST]
        refused = [] if answer.status_code != 422 else [each["index"] for each in answer.json()["errors"]]
        return self._taken(answer, 422 if broken else 202, as_it_must=refused == broken)

    def _scanned(self, parcel: Parcel) -> bool:
        wanted = 422 if parcel.kind is Kind.BROKEN_IMAGE else 202
        return all(
            self._taken(self._post(headers, content, name), wanted)
            for _ in range(2 if parcel.kind is Kind.TWICE else 1)
            for headers, content, name in traffic.scans(parcel)
        )

    def _post(self, headers: Any, content: bytes, name: str) -> httpx.Response:
        said = {
            "id": name,
            "subject": headers.parcel_id,
            "scanid": headers.scan_id,
            "view": headers.view,
            "views": headers.views,
            "scanner": headers.scanner,
            "pitchacross": headers.pitch_mm.across,
            "pitchalong": headers.pitch_mm.along,
            "energy": headers.energy,
            "sha256": headers.sha256,
        }
        kind = {"Content-Type": headers.content_type}
        return self._client.post("/v1/scans", params=said, content=content, headers=kind)

    def _taken(self, answer: httpx.Response, wanted: int, *, as_it_must: bool = True) -> bool:
        if answer.status_code == wanted and as_it_must:
            return True
        if answer.status_code not in AGAIN:
            self.complaints.append(f"{answer.status_code} for {wanted}: {answer.text[:200]}")
        return False


class Listener(threading.Thread):
    """A courier's sorter: asks for verdicts with the cursor of the last answer; counts what it heard."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._client = _client(url, token)
        self._ended = threading.Event()
        self.heard: Counter[tuple[str, int]] = Counter()
        self.complaints: list[str] = []

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        cursor: str | None = None
        while not self._ended.is_set():
            try:
                cursor = self._heard(cursor)
            except httpx.HTTPError:
                self._ended.wait(0.5)

    def _heard(self, cursor: str | None) -> str | None:
        asked: dict[str, str | int | float] = {"wait": WAIT_S, "limit": PAGE}
        answer = self._client.get(
            "/v1/verdicts", params=asked if cursor is None else asked | {"cursor": cursor}
        )
        if answer.status_code != 200:
            if answer.status_code not in AGAIN:
                self.complaints.append(f"{answer.status_code} for verdicts: {answer.text[:200]}")
            self._ended.wait(0.5)
            return cursor
        page = answer.json()
        if page["gap"]:
            self.complaints.append("verdicts are said to be gone")
        self.heard.update((one["parcel_id"], one["revision"]) for one in page["verdicts"])
        return str(page["cursor"])


def _client(url: str, token: str) -> httpx.Client:
    said = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url, timeout=TIMEOUT_S, headers=said, trust_env=False)


def _declaration(parcel: Parcel) -> bytes:
    value = encode(traffic.manifest(parcel))
    if parcel.kind is not Kind.BROKEN_MANIFEST:
        return value
    return msgspec.json.encode(msgspec.json.decode(value) | {"weight_g": HEAVY})


def _table(batch: Sequence[Parcel]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in batch:
        if one.kind is not Kind.NO_MANIFEST:
            table.writerows([_row(one)] * (2 if one.kind is Kind.TWICE else 1))
    return text.getvalue().encode()


def _row(parcel: Parcel) -> list[str]:
    said = traffic.manifest(parcel)
    weight = HEAVY if parcel.kind is Kind.BROKEN_MANIFEST else str(said.weight_g)
    parties = [*_party(said.consignor), *_party(said.consignee)]
    assert said.contents
    ends = [said.contents[0].text, weight, traffic.DECLARED.isoformat()]
    return [said.parcel_id, said.waybill, *parties, *ends]


def _party(party: Party) -> list[str]:
    return [party.name, party.phone or "", party.address or "", party.region or ""]
