"""The examples, made ready, and a hub for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from screener.stream.kafka import KafkaLog
from tests.conftest import missing
from tests.hub.admission.conftest import Fort, certificate, fort  # noqa: F401  fixtures
from tests.hub.clients.programs import PROGRAMS, NotHere, Program
from tests.system.site import Site


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> Mapping[str, Program | NotHere]:
    """Every example by its name, ready to run where what it needs can be had."""
    assert request.config.cache is not None
    cache = Path(request.config.cache.mkdir("clients"))
    return {name: _prepared(prepare, cache) for name, prepare in PROGRAMS.items()}


def _prepared(prepare: Callable[[Path], Program], cache: Path) -> Program | NotHere:
    try:
        return prepare(cache)
    except NotHere as error:
        return error


@pytest.fixture(params=PROGRAMS)
def name(request: pytest.FixtureRequest, programs: Mapping[str, Program | NotHere]) -> str:
    """An example that can be run here."""
    chosen: str = request.param
    if isinstance(found := programs[chosen], NotHere):
        missing(str(found))
    return chosen


@pytest.fixture
def program(name: str, programs: Mapping[str, Program | NotHere]) -> Program:
    found = programs[name]
    assert isinstance(found, Program)
    return found


@pytest.fixture(scope="module")
def hubs() -> Mapping[str, str]:
    """The hub of each client."""
    mark = uuid4().hex[:8]
    return {name: f"{name}-{mark}" for name in PROGRAMS}


@pytest.fixture(scope="module")
def site(kafka_bootstrap: str, hubs: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Site:
    first, *others = hubs.values()
    folder = tmp_path_factory.mktemp("site")
    site = Site.build(folder, hub=first, kafka=kafka_bootstrap, patience_s=8)
    site.screener("topics", "create", *(part for hub in others for part in ("--hub", hub)))
    return site


@pytest.fixture
def log(fort: Fort) -> Iterator[KafkaLog]:  # noqa: F811  the fixture
    """The secured log as whoever may do everything sees it."""
    with KafkaLog(fort.admin) as log:
        yield log


@pytest.fixture
def access(fort: Fort) -> Mapping[str, str]:  # noqa: F811  the fixture
    """The environment of an example whose hub was let in by `screener hub add`, with a password."""
    hub = f"h{uuid4().hex[:8]}"
    folder = fort.admit(hub).folder
    return {
        "HUB": hub,
        "KAFKA_BOOTSTRAP_SERVERS": fort.broker.bootstrap,
        "KAFKA_USERNAME": f"hub.{hub}",
        "KAFKA_PASSWORD": (folder / "password").read_text().strip(),
        "KAFKA_CA_FILE": str(folder / "ca.pem"),
    }
