"""All tables of the workstation: importing this module makes them known."""

from __future__ import annotations

from screener.review.cases import tables as _cases
from screener.review.draws import tables as _draws
from screener.review.feedback import tables as _feedback
from screener.review.fiction import tables as _fiction
from screener.review.ledger import tables as _ledger
from screener.review.lists import tables as _lists
from screener.review.networks import tables as _networks
from screener.review.schema import metadata
from screener.review.station import tables as _station

__all__ = ["metadata"]

_ = (_cases, _draws, _feedback, _fiction, _ledger, _lists, _networks, _station)
