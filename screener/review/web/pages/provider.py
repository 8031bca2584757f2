"""Signing in by OpenID Connect: to the provider and back."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from screener.review import signing_in
from screener.review.errors import Hidden, Refused
from screener.review.oidc import Provider
from screener.review.signing_in import Answered
from screener.review.web.pages.signing import address_of, form, onward, signed_in
from screener.review.web.request import (
    Asked,
    cookie,
    no_cookie,
    now_of,
    see_other,
    service_of,
    site_of,
    words_of,
)

BACK: Final = "/sign-in/oidc"
COMES_BACK_S: Final = 600


@get("/sign-in/oidc/begin", sync_to_thread=True, opt={"public": True})
def get_begin(request: Asked) -> Response[Any]:
    """To the provider; what brings the browser back is in its cookies."""
    site, service = site_of(request), service_of(request)
    started = _provider(request).begin(service.engine, now_of(request), _back(request))
    answer = see_other(started.url)
    answer.set_cookie(cookie(site, "oidc", started.browser, COMES_BACK_S))
    wanted = onward(request.query_params.get("next", ""))
    answer.set_cookie(cookie(site, "next", wanted, COMES_BACK_S))
    return answer


@get(BACK, sync_to_thread=True, opt={"public": True})
def get_return(request: Asked) -> Response[Any]:
    """From the provider: a session, or the form with a word on it; the record knows more."""
    site, service = site_of(request), service_of(request)
    wanted = onward(request.cookies.get(site.cookie("next"), ""))
    query = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    browser = request.cookies.get(site.cookie("oidc"), "")
    answered = Answered(_provider(request), _back(request), browser, query)
    try:
        opened = signing_in.by_provider(
            service.engine, now_of(request), service.settings, answered, address_of(request)
        )
    except Refused:
        name = _provider(request).name
        text = words_of(request).gettext("The sign-in with %(name)s did not succeed. Try again.", name=name)
        return form(request, wanted, 401, wrong=text)
    answer = signed_in(request, opened, wanted)
    for one in ("oidc", "next"):
        answer.set_cookie(no_cookie(site, one))
    return answer


def _provider(request: Asked) -> Provider:
    found = site_of(request).provider
    if found is None:
        raise Hidden("no provider in the settings")
    return found


def _back(request: Asked) -> str:
    """Where the provider sends the browser back to: the address of the settings, else as it came."""
    url = service_of(request).settings.url or str(request.base_url)
    return url.rstrip("/") + BACK


routes: Final[list[ControllerRouterHandler]] = [get_begin, get_return]
