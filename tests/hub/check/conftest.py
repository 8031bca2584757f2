"""One lens for the session, which looks at equal images once, and hubs that were painted once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.hub_check.__main__ import Remembering
from screener.config import ImageLimits
from screener.hub.check.lens import Lens


@pytest.fixture(scope="session")
def lens() -> Iterator[Remembering]:
    with Lens(ImageLimits()) as real:
        yield Remembering(real)
