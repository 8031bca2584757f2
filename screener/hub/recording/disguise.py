"""People replaced by made-up ones: who was one person, phone or address is one still, and nobody real.

What links parcels is kept (by the normal forms that Screener links by, buildings included), what names
anyone is not: names, phones, addresses, parcel ids, waybills, scan ids and event ids are made up from a
secret. What stays as it was: declared goods, values, weights, regions, couriers, times, and the images.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from screener.contracts import cloudevents
from screener.contracts.cloudevents import IMAGE_REFERENCE
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.reading import read_manifest, read_scan_headers
from screener.contracts.wire import Party
from screener.errors import BadInput
from screener.hub import people
from screener.hub.recording.tape import Taped
from screener.hub.sent import Half
from screener.sealing import normalise

MASKED: Final = "***"
"""What was masked, or says nothing, links nobody, and does so still."""

_WRITTEN_IN: Final = frozenset({IMAGE_REFERENCE, "application/dicos"})
"""Contents that may hold names of their own: addresses of files, the tags of a DICOS file."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """Makes up the same for the same, under one secret."""

    secret: bytes = field(repr=False)

    def messages(self, taped: Iterable[Taped], hub: str, left_out: Counter[Half]) -> Iterator[Taped]:
        """All that can be disguised; what cannot is counted in `left_out`."""
        for one in taped:
            made = self.message(one, hub)
            if made is None:
                left_out[one.half] += 1
            else:
                yield made

    def message(self, taped: Taped, hub: str) -> Taped | None:
        """A message without anyone real; None for one that breaks the contract: who is in it?"""
        headers = tuple((name, value or b"") for name, value in taped.headers)
        try:
            event = cloudevents.from_headers(headers)
            if taped.half is Half.MANIFEST:
                return self._manifest(taped, headers, event, hub)
            return self._scan(taped, headers, event, hub)
        except BadInput:
            return None

    def _manifest(
        self, taped: Taped, headers: cloudevents.Headers, event: cloudevents.Event, hub: str
    ) -> Taped:
        manifest = read_manifest(taped.value, headers, hub, taped.key)
        made_up = replace(
            manifest,
            parcel_id=self.identifier(manifest.parcel_id),
            waybill=self.identifier(manifest.waybill),
            consignor=self.party(manifest.consignor),
            consignee=self.party(manifest.consignee),
        )
        event_id = self.identifier(event.id)
        sent = manifest_message(made_up, event_id=event_id, time=event.time or manifest.declared_at)
        return Taped(taped.half, taped.at_ms, sent.key, sent.value, sent.headers)

    def _scan(
        self, taped: Taped, headers: cloudevents.Headers, event: cloudevents.Event, hub: str
    ) -> Taped | None:
        scan = read_scan_headers(headers, hub, taped.key)
        if scan.content_type in _WRITTEN_IN or not taped.value:
            return None
        made_up = replace(
            scan,
            scan_id=self.identifier(scan.scan_id),
            parcel_id=None if scan.parcel_id is None else self.identifier(scan.parcel_id),
        )
        sent = scan_message(made_up, taped.value, event_id=self.identifier(event.id))
        return Taped(taped.half, taped.at_ms, sent.key, sent.value, sent.headers)

    def party(self, party: Party) -> Party:
        """Another person, the same whenever the same one comes."""
        return replace(
            party,
            name=self._kept(party.name, normalise.name, self._name) or MASKED,
            phone=self._kept(party.phone, normalise.phone, self._phone),
            address=self._kept(party.address, normalise.address, self._address),
        )

    def identifier(self, text: str) -> str:
        return f"A{self._number('id', text):024x}"[:25]

    def _kept(
        self, text: str | None, normal: Callable[[str], str | None], make: Callable[[str], str]
    ) -> str | None:
        """Absent stays absent, masked stays masked."""
        if text is None:
            return None
        return MASKED if (found := normal(text)) is None else make(found)

    def _name(self, normal: str) -> str:
        number = self._number("name", normal)
        surname = people.SURNAMES[number % len(people.SURNAMES)]
        return surname + "".join(chr(0x4E00 + (number >> shift) % 20_000) for shift in (16, 48))

    def _phone(self, normal: str) -> str:
        """Country code 999 belongs to no country."""
        return f"+999 555 {self._number('phone', normal) % 10**12:012}"

    def _address(self, normal: str) -> str:
        building = normalise.building(normal) or normal
        number = self._number("building", building)
        _, city = people.REGIONS[number % len(people.REGIONS)]
        district = people.DISTRICTS[(number >> 8) % len(people.DISTRICTS)]
        street = people.STREETS[(number >> 16) % len(people.STREETS)]
        made = f"{city}{district}{street}{1 + (number >> 24) % 10**9}号"
        return made if building == normal else f"{made}{1 + self._number('room', normal) % 99_999}室"

    def _number(self, kind: str, text: str) -> int:
        return int.from_bytes(hmac.digest(self.secret, f"{kind}:{text}".encode(), sha256)[:12], "big")
