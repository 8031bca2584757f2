"""Whatever is sent to the workstation, by whomever: it answers, and never with a fault of its own."""

from __future__ import annotations

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

EXAMPLES: Final[dict[Role | None, int]] = {
    **{Role.SUPERVISOR: 2, Role.ADMINISTRATOR: 1, None: 1},
    **({Role.AUDITOR: 1} if NIGHT else {}),
}
"""For each way in, and each mode: what fits its description, and what does not."""

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


@pytest.mark.parametrize("role", EXAMPLES)
def test_there_is_an_answer_to_everything(
    staged: Staged, enter: Enter, application: Litestar, address: str, role: Role | None
) -> None:
    found = [one for one in ways(application) if one.path not in APART]
    schema = schemathesis.openapi.from_dict(document(found, all_forms(staged, enter)))
    session = session_of(staged.service, role)
    statuses: set[int] = set()
    for described in schema.get_all_operations():
        assert isinstance(described, Ok)
        for mode in GenerationMode:
            statuses |= try_all(described.ok(), mode, EXAMPLES[role], session, address)
    assert statuses >= ({200, 303, 400, 404} if role else {200, 303, 403})


def try_all(
    operation: Any, mode: GenerationMode, count: int, session: requests.Session, address: str
) -> set[int]:
    """The statuses that some requests to one way in get; they are the same in every run."""
    statuses: set[int] = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples(count),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def tried(case: Case) -> None:
        answer = case.call(base_url=address, session=session, allow_redirects=False, timeout=30)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (case.method, case.path, case.query, case.body)
        assert "default-src 'none'" in answer.headers["content-security-policy"][0]

    if mode is GenerationMode.POSITIVE or operation.body or operation.query or operation.path_parameters:
        tried()
    return statuses


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


def of_areas(staged: Staged) -> tuple[str, ...]:
    """What else there is to do something with."""
    made = staged.areas
    return (
        *(f"/cases/{one}" for one in (made.case, made.closing)),
        *(f"/lists/jobs/{one}" for one in (made.ready, made.with_wrong_lines, made.seconding)),
        *(f"/lists/entries/{made.tip}", f"/networks/{made.group}", f"/models/{made.model}"),
    )


def forms_of(client: Client, path: str) -> list[Form]:
    return Seen(client.get(path).text).forms
