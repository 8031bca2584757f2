"""Collects the texts of templates, scripts and modules into the catalogues: `make words`.

    python -m screener.review.web.collecting

What has no translation yet is left empty, and a test names it. Translations of texts that are gone go, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir

from screener.review.web import words

REVIEW: Final = Path(__file__).parents[1]
METHODS: Final = [
    ("web/static/vendor/**", "ignore"),  # others' scripts, whose short names are like ours
    ("web/templates/**.html", "jinja2"),
    ("web/static/**.js", "javascript"),
    ("**.py", "python"),
]
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "web/templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"},
}
KEYWORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("_", "gettext", "msg", "N_", "t"), None),
    **dict.fromkeys(("ngettext", "tn"), (1, 2)),
    **dict.fromkeys(("Hidden", "Denied", "Conflict"), None),
}
"""What is called with a text: translators, markers, and errors whose texts pages show."""

Text = str | tuple[str, ...]


def texts() -> Iterator[tuple[str, Text]]:
    """Every text with the file it stands in."""
    found = extract_from_dir(REVIEW, METHODS, OPTIONS, KEYWORDS)
    for file, _line, text, _comments, _context in found:
        yield file, text


def collected(found: Iterable[tuple[str, Text]]) -> Catalog:
    """A catalogue of texts without translations; of places only the file is kept."""
    catalogue = Catalog(charset="utf-8")
    for file, text in found:
        catalogue.add(text, locations=[(file, 0)])
    return catalogue


def brought_up_to_date(path: Path, language: str, wanted: Catalog) -> Catalog:
    """The catalogue of a language with the texts that are wanted, keeping what is translated."""
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=words.LANGUAGES[language])
    catalogue.update(wanted, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def key(text: Text | list[str]) -> tuple[str, ...]:
    """A text, or its forms for one and for many, as a catalogue finds it."""
    return (text,) if isinstance(text, str) else tuple(text)


def forms(message: Message) -> tuple[str, ...]:
    """What a text is translated to."""
    return key(message.string or "")


def main() -> None:
    """Bring the catalogue of every language but English up to date."""
    wanted = collected(texts())
    for language in words.LANGUAGES:
        path = words.catalogue_path(language)
        if language == "en":
            continue
        catalogue = brought_up_to_date(path, language, wanted)
        with path.open("wb") as file:
            pofile.write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
        missing = [one for one in catalogue if one.id and not all(forms(one))]
        print(f"{path.name}: {len(catalogue)} texts, {len(missing)} without a translation")  # noqa: T201


if __name__ == "__main__":
    main()
