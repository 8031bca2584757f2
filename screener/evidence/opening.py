"""Object stores from their addresses, and their errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from screener.errors import BadConfig, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig

_RETRY: Final[RetryConfig] = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""A client's own limits are 30 s for a request, 5 s to connect (set by us they would displace `AWS_*`'s).
A worker that waits longer than its session loses its partitions; the runner's waiting is better."""


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


def first_line(error: Exception) -> str:
    """An error without the debug print of its source that obstore appends."""
    return str(error).partition("\n")[0].strip()
