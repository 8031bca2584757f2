"""From a template to a page: one environment for each language, strict about what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from screener.config import ReviewSettings
from screener.review.rights import Verb
from screener.review.web import deeds, names, words
from screener.review.web.files import Files
from screener.review.web.formats import Formats
from screener.review.web.navigation import head


def environments(settings: ReviewSettings, files: Files) -> Mapping[str, Environment]:
    """By language: texts, filters for dates and amounts, addresses of files."""
    return {language: _environment(language, settings, files) for language in words.LANGUAGES}


def formats(language: str, settings: ReviewSettings) -> Formats:
    """How dates and amounts are written in a language, in the time zone of the workstation."""
    return Formats(words.of(language), ZoneInfo(settings.time_zone))


def _environment(language: str, settings: ReviewSettings, files: Files) -> Environment:
    made = Environment(
        loader=PackageLoader("screener.review.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    spoken = words.of(language)
    made.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(formats(language, settings).filters())
    made.globals.update(
        language=language,
        languages=words.NAMES,
        static=files.address,
        settings=settings,
        Verb=Verb,
        navigation=head,
        deed_name=partial(deeds.deed_name, spoken),
        role_name=partial(names.role_name, spoken),
        agency_name=partial(names.agency_name, spoken),
    )
    return made
