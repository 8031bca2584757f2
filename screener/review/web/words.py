"""The pages' texts in the reader's language: gettext catalogues, compiled when the workstation starts.

The English text is the key. There are no compiled files to forget: `NAME.po` is read as it is.
"""

from __future__ import annotations

import gettext
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

LOCALE: Final = Path(__file__).parents[1] / "locale"
LANGUAGES: Final = {"zh": "zh_Hans", "en": "en"}
"""The languages of pages, each with the name of its folder; English is what stands in the source."""

LOCALES: Final = {"zh": "zh_Hans_CN", "en": "en_GB"}
"""How dates and numbers are written in each."""

NAMES: Final = {"zh": "中文", "en": "English"}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    language: str
    translations: gettext.NullTranslations
    scripts: bytes
    """An ES module with the texts that scripts show."""

    def gettext(self, text: str, **values: object) -> str:
        """The text in this language, its `%(name)s` filled in."""
        said = self.translations.gettext(text)
        return said % values if values else said

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The text for so many; `%(n)s` is the number, unless it is given as it shall be written."""
        return self.translations.ngettext(one, many, count) % ({"n": count} | values)


def msg(text: str) -> str:
    """Marks a text of a Python module for the catalogue; it is translated where it is shown."""
    return text


@cache
def of(language: str) -> Words:
    """The texts of a language; another one than ours is English."""
    path = catalogue_path(language)
    if language not in LANGUAGES or not path.exists():
        return Words("en", gettext.NullTranslations(), _module({}))
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=LANGUAGES[language])
    return Words(language, _compiled(catalogue), _module(_of_scripts(catalogue)))


def catalogue_path(language: str) -> Path:
    """Where the texts of a language lie; English has none of its own."""
    return LOCALE / LANGUAGES.get(language, "en") / "LC_MESSAGES" / "screener.po"


def _compiled(catalogue: Catalog) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _of_scripts(catalogue: Catalog) -> dict[str, str]:
    """Text to translation, of those that scripts show; one that counts goes by its plural."""
    found = {}
    for message in catalogue:
        if message.string and any(place.endswith(".js") for place, _ in message.locations):
            found[_last(message.id)] = _last(message.string)
    return {key: said for key, said in found.items() if said}


def _last(texts: str | Sequence[str]) -> str:
    """The text, or that for many where it counts."""
    return texts if isinstance(texts, str) else texts[-1]


def _module(texts: dict[str, str]) -> bytes:
    return f"export const words = {json.dumps(texts, ensure_ascii=False)};\n".encode()
