"""An S3 server for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.evidence import s3_server
from tests.evidence.s3_server import Bucket


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A server that the usual `AWS_*` variables point at."""
    with s3_server.serve() as bucket:
        settings = {"ENDPOINT": bucket.endpoint, "ALLOW_HTTP": "true", "REGION": "us-east-1"}
        for name, value in {**settings, "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        yield bucket
