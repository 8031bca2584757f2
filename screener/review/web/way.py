"""The way through the queue that a page belongs to, in its address: filters, and what was passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from screener.review import queue
from screener.review.queue import Filters
from screener.review.web import entered

LONGEST: Final = 50
"""So many parcels that were passed over are remembered, the latest."""


@dataclass(frozen=True, slots=True)
class Way:
    """Whose queue one works through, if through any: `query` are its filters as `queue.as_query` writes them.

    Two tabs have two ways, since nothing of it is kept on the server.
    """

    query: str | None = None
    passed: tuple[int, ...] = ()

    @property
    def filters(self) -> Filters:
        """Raises `BadInput`."""
        return queue.parsed(self.query or "")

    def past(self, item_id: int) -> Way:
        """The same way after this parcel was left undecided."""
        others = tuple(one for one in self.passed if one != item_id)
        return replace(self, passed=(*others, item_id)[-LONGEST:])

    def to(self, item_id: int) -> str:
        """The address of a parcel on this way."""
        if self.query is None:
            return f"/parcels/{item_id}"
        passed = {"passed": ",".join(map(str, self.passed))} if self.passed else {}
        return f"/parcels/{item_id}?{urlencode({'queue': self.query} | passed)}"

    def told(self, given: int) -> str:
        """The address of what came of a parcel for training on this way."""
        said = {} if self.query is None else {"queue": self.query, "passed": ",".join(map(str, self.passed))}
        return f"/training/{given}?{urlencode(said)}" if said else f"/training/{given}"

    @property
    def back(self) -> str:
        """The address of the queue itself."""
        return f"/queue?{self.query}" if self.query else "/queue"


def of(fields: Mapping[str, Any]) -> Way:
    """The way that an address or a form names. Raises `BadInput`."""
    given = dict(fields)
    if "queue" not in given:
        return Way()
    return Way(entered.text(given, "queue"), entered.numbers(given, "passed")[-LONGEST:])
