"""Whatever is sent to the workstation, by whomever: it answers, and never with a fault of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar import Litestar
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from screener.review.rights import Grant, Role
from screener.review.service import Service
from tests.examples import NIGHT, examples
from tests.review.web.conftest import Client, Enter, sign_in
from tests.review.web.e2e.described import document
from tests.review.web.e2e.pages import Staged
from tests.review.web.e2e.walking import Form, Seen, ways

pytestmark = pytest.mark.slow

EXAMPLES: Final = 2
"""For each way in, and each mode: the simplest and another; what fits its description, and what does not."""

EVERY: Final[dict[Role | None, int]] = {
    **{Role.SUPERVISOR: 1, Role.ADMINISTRATOR: 2, None: 2},
    **({Role.AUDITOR: 2} if NIGHT else {}),
}
"""Who sends all of it, and who every second one."""

APART: Final = ("/live", "/sign-out")
"""One never ends, the other ends the session of all that follows."""

WITH_FORMS: Final = (
    *("/queue?state=all", "/seconds", "/handovers", "/record", "/people", "/people/1", "/me"),
    *(
        "/cases",
        "/networks",
        "/lists/tips",
        "/lists/tips/enter",
        "/lists/senders/import",
        "/figures",
        "/draws",
    ),
    *("/training", "/models", "/station/unmatched", "/public/draws"),
)


@pytest.fixture(scope="module")
def known() -> list[Case]:
    """What is sent, once it was thought up: that takes longer than to answer it."""
    return []


@pytest.fixture
def cases(known: list[Case], staged: Staged, enter: Enter, application: Litestar) -> list[Case]:
    if not known:
        known += thought_up(application, all_forms(staged, enter))
    return known


@pytest.mark.parametrize("role", EVERY)
def test_there_is_an_answer_to_everything(
    staged: Staged, address: str, cases: list[Case], role: Role | None
) -> None:
    session = session_of(staged.service, role)
    statuses = {status(case, session, address) for case in cases[:: EVERY[role]]}
    assert statuses >= ({200, 303, 400, 404} if role else {200, 303, 403})


def thought_up(application: Litestar, forms: list[Form]) -> Iterator[Case]:
    """Some requests to every way in; they are the same in every run."""
    found = [one for one in ways(application) if one.path not in APART]
    schema = schemathesis.openapi.from_dict(document(found, forms))
    for described in schema.get_all_operations():
        assert isinstance(described, Ok)
        operation = described.ok()
        for mode in GenerationMode:
            if mode is GenerationMode.POSITIVE or has_parts(operation):
                yield from some(operation, mode)


def has_parts(operation: Any) -> bool:
    """Whether there is anything in it that could break its description."""
    return bool(operation.body or operation.query or operation.path_parameters)


def some(operation: Any, mode: GenerationMode) -> list[Case]:
    cases: list[Case] = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples(EXAMPLES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def gathered(case: Case) -> None:
        cases.append(case)

    gathered()
    return cases


def status(case: Case, session: requests.Session, address: str) -> int:
    """That of the answer, which is one, and allows no script to run."""
    answer = case.call(base_url=address, session=session, allow_redirects=False, timeout=30)
    assert answer.status_code < 500, (case.method, case.path, case.query, case.body)
    assert "default-src 'none'" in answer.headers["content-security-policy"][0]
    return answer.status_code


def session_of(service: Service, role: Role | None) -> requests.Session:
    """Requests of a person with this role everywhere, whose forms are ours."""
    session = requests.Session()
    session.trust_env = False
    if role is not None:
        token, csrf = sign_in(service, f"tries-as-{role}", [Grant(role)])
        session.cookies.set("screener-session", token)
        session.headers["x-csrf"] = csrf
    return session


def all_forms(staged: Staged, enter: Enter) -> list[Form]:
    """The forms of pages, as those see them who may use them."""
    found: list[Form] = []
    for role, agency in ((Role.SUPERVISOR, "*"), (Role.AUDITOR, "*"), (Role.ADMINISTRATOR, "*"), (None, "*")):
        client = enter(role, agency=agency) if role else enter(name=None)
        parcels = map(staged.of, ("P-0000", "P-0003", "P-0009", "P-0019"))
        for path in (*WITH_FORMS, *parcels, *of_areas(staged), "/sign-in"):
            found += forms_of(client, path)
    return found


def forms_of(client: Client, path: str) -> list[Form]:
    return Seen(client.get(path).text).forms


def of_areas(staged: Staged) -> tuple[str, ...]:
    """What else there is to do something with."""
    made = staged.areas
    return (
        *(f"/cases/{one}" for one in (made.case, made.closing)),
        *(f"/lists/jobs/{one}" for one in (made.ready, made.with_wrong_lines, made.seconding)),
        *(f"/lists/entries/{made.tip}", f"/networks/{made.group}", f"/models/{made.model}"),
    )
