"""Object stores from their addresses, and their errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, S3Store

from screener.errors import BadConfig, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig

_RETRY: Final[RetryConfig] = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""A client's own limits are 30 s for a request, 5 s to connect (set by us they would displace `AWS_*`'s).
A worker that waits longer than its session loses its partitions; the runner's waiting is better."""

_NAMED_STATUS: Final = {
    UnauthenticatedError: "401",
    PermissionDeniedError: "403",
    AlreadyExistsError: "409",
    PreconditionError: "412",
}
"""Client errors that obstore has classes for. All others are `GenericError`, like outages; only the text
says which (a key cannot forge it: its spaces are percent-encoded there)."""
_STATUS: Final = re.compile(r" - Server returned non-2xx status code: (\d{3}) ")
_NO_WAY: Final = " - Received redirect without LOCATION"  # 301 PermanentRedirect: a bucket elsewhere
_TRY_AGAIN: Final = frozenset({"408", "425", "429"})


def open_folder(folder: Path) -> ObjectStore:
    """A local folder, made where it is missing. Raises `BadConfig`."""
    try:
        return LocalStore(folder, mkdir=True)
    except (OSError, BaseError) as error:
        raise BadConfig(f"{folder}: expected a folder to keep images in, got: {first_line(error)}") from None


def open_bucket(address: str) -> ObjectStore:
    """`s3://BUCKET/PREFIX`, by the usual `AWS_*` variables of the environment. Raises `BadConfig`."""
    try:
        return S3Store.from_url(address, retry_config=_RETRY)
    except (ValueError, BaseError) as error:
        detail = f"expected s3://BUCKET or s3://BUCKET/PREFIX, got: {first_line(error)}"
        raise BadConfig(f"{address}: {detail}") from None


@contextmanager
def outages(what: str) -> Iterator[None]:
    """Turn a store's errors into `Unavailable`; an object that is not there stays `FileNotFoundError`."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, BaseError) as error:
        raise Unavailable(f"{what}: {first_line(error)}; is there room, and may we?") from None


def denial(error: BaseError) -> str | None:
    """The HTTP status of a "no" to this one request (301, 4xx); None of an outage, where waiting may help."""
    if type(error) in _NAMED_STATUS:
        return _NAMED_STATUS[type(error)]
    if not isinstance(error, GenericError):
        return None
    line = first_line(error)
    if (found := _STATUS.search(line)) is None:
        return "301" if _NO_WAY in line else None
    return found[1] if found[1].startswith("4") and found[1] not in _TRY_AGAIN else None


def first_line(error: Exception) -> str:
    """An error without the debug print of its source that obstore appends."""
    return str(error).partition("\n")[0].strip()
