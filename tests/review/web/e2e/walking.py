"""What there is to walk: the application's routes, and every form and link that its pages show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from litestar import Litestar
from litestar.routes import HTTPRoute

PARAMETER: Final = re.compile(r"\{(\w+):(\w+)\}")


@dataclass(frozen=True, slots=True)
class Way:
    """One way into the application: a method, a path with its parameters as `{item_id:int}`."""

    method: str
    path: str

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Names and kinds."""
        return tuple((found[1], found[2]) for found in PARAMETER.finditer(self.path))

    def filled(self, values: Mapping[str, object]) -> str:
        """The path of something in particular."""
        return PARAMETER.sub(lambda found: str(values[found[1]]), self.path)

    @property
    def pattern(self) -> str:
        """What its addresses match."""
        return PARAMETER.sub("[^/]+", self.path)


def ways(application: Litestar) -> tuple[Way, ...]:
    """All that the application answers, in order."""
    found = {
        Way(str(method), route.path)
        for route in application.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with what they hold or may hold."""

    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class Seen(HTMLParser):
    """The links and the forms of a page; fields outside of their form count to it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._outside: list[tuple[str, str, str]] = []
        self._open: Form | None = None
        self._select = ""
        self.feed(html)
        for form_id, name, value in self._outside:
            if form_id in self._by_id:
                self._by_id[form_id].fields.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "form" and given.get("method") != "dialog":
            self._open = Form(given.get("method", "get").upper(), given.get("action", ""))
            self.forms.append(self._open)
            self._by_id[given.get("id", "")] = self._open
        elif tag in {"input", "textarea", "button", "select", "option"}:
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        if "formaction" in given and self._open is not None:
            self.forms.append(Form("POST", given["formaction"], self._open.fields))
        if tag == "select":
            self._select = given.get("name", "")
        name = self._select if tag == "option" else given.get("name", "")
        if not name:
            return
        if "form" in given:
            self._outside.append((given["form"], name, given.get("value", "")))
        elif self._open is not None:
            self._open.fields.setdefault(name, []).append(given.get("value", ""))


def ours(links: set[str]) -> Iterator[str]:
    """Addresses of this application, without what scripts and styles are."""
    for link in sorted(links):
        if link.startswith("/") and not link.startswith("/static/"):
            yield link
