"""Answers that refuse: problem documents (RFC 9457) that say what, where, expected, got."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from screener.contracts.reasons import REASONS
from screener.errors import BadInput

CONTENT_TYPE: Final = "application/problem+json"
UNPROCESSABLE: Final = 422

OWN: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "malformed": (400, "The request itself is not as it must be."),
        "unauthorized": (401, "No token and no certificate that is known here."),
        "forbidden": (403, "Token and certificate speak for different hubs."),
        "not_found": (404, "There is nothing here."),
        "no_verdict": (404, "No verdict is known here of this parcel."),
        "method_not_allowed": (405, "This method does nothing here."),
        "too_slow": (408, "The body did not come in time."),
        "id_reused": (409, "This id was given to another message; a message that is sent again is the same."),
        "body_too_large": (413, "The body is longer than this address takes."),
        "content_encoding": (415, "Bodies are taken as they are, not compressed."),
        "too_many_requests": (429, "More requests than agreed."),
        "fault": (500, "The fault is ours; nothing was accepted."),
        "full": (503, "Too much waits for the log already; nothing was accepted."),
        "busy": (503, "Too much at once; nothing was accepted."),
    }
)
"""What is wrong with a request before it is a message: code to status and explanation."""


class ItemProblem(Struct, frozen=True, kw_only=True):
    """What is wrong with one item of a batch; `index` counts from 0."""

    index: int
    reason: str
    detail: str


class Receipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that is durable here and will reach its topic; `again` where it already was before."""

    id: str
    parcel_id: str | None
    scan_id: str | None = None
    view: int | None = None
    again: bool = False


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document; `reason` is the code that dead letters and metrics would count it by.

    Of a batch, `errors` has the items that were refused and `accepted` those that were taken all the same.
    """

    type: str
    title: str
    status: int
    detail: str
    reason: str
    errors: tuple[ItemProblem, ...] = ()
    accepted: tuple[Receipt, ...] = ()


class Refusal(Exception):
    """Ends a request with a problem document."""

    def __init__(self, problem: Problem, *, retry_after_s: int | None = None) -> None:
        super().__init__(f"{problem.reason}: {problem.detail}")
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """What the answer carries besides the document."""
        found = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        if self.problem.status == 401:
            found["www-authenticate"] = 'Bearer realm="screener"'
        return found


def refusal(reason: str, detail: str, *, retry_after_s: int | None = None) -> Refusal:
    """A refusal with one of our own codes."""
    status, title = OWN[reason]
    problem = Problem(type=_type(reason), title=title, status=status, detail=detail, reason=reason)
    return Refusal(problem, retry_after_s=retry_after_s)


def broken(error: BadInput) -> Refusal:
    """The refusal of a message that breaks its contract."""
    return Refusal(
        Problem(
            type=_type(error.reason),
            title=REASONS.get(error.reason, "The message breaks its contract."),
            status=UNPROCESSABLE,
            detail=error.detail,
            reason=error.reason,
        )
    )


def broken_items(errors: tuple[ItemProblem, ...], accepted: tuple[Receipt, ...], of: int) -> Refusal:
    """The refusal of some items of a batch of `of`."""
    first = errors[0]
    detail = f"{len(errors)} of {of} items were refused, the others accepted; first, item {first.index}: "
    return Refusal(
        Problem(
            type=_type("batch"),
            title="Items of the batch break the contract.",
            status=UNPROCESSABLE,
            detail=detail + first.detail,
            reason=first.reason,
            errors=errors,
            accepted=accepted,
        )
    )


def _type(reason: str) -> str:
    return f"urn:screener:problem:{reason}"
