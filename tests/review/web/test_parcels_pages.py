"""The pages of parcels over the real application: who sees what, what a form does, what is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from screener.config import Config, ImageLimits, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.rights import Role
from screener.review.schema import action, audit, parcel
from screener.review.service import Service
from tests.review.web import simulated
from tests.review.web.conftest import Enter, Standing
from tests.review.web.simulated import Made
from tests.stages.world import RING


@pytest.fixture
def service(filled: Service) -> Service:
    return filled


def test_the_queue_shows_what_waits(enter: Enter) -> None:
    page = enter(Role.INVESTIGATOR).get("/queue")
    assert page.status_code == 200
    assert "P-0000" in page.text
