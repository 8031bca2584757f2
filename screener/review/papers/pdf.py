"""Papers as PDF: headings, texts, tables, pictures and figures; equal papers are equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PIL import Image, UnidentifiedImageError

from screener.errors import BadInput
from screener.review.papers import grid, plots
from screener.review.papers.grid import Column
from screener.review.papers.page import LEADING, MARGIN_MM, MM_A_PT, PALE_INK, SIZE_PT, SMALL_PT, Page
from screener.review.papers.plots import Curve
from screener.review.papers.typeface import shown

LANGUAGES: Final = {"zh": "zh-CN", "en": "en-GB"}
TITLE_PT: Final = 19.0
HEADING_PT: Final = (14.0, 11.0)
PICTURE_MM: Final = 110.0
"""The greatest height of a picture."""


class Paper:
    """A document of A4 pages that is written from its first line to its last."""

    def __init__(self, title: str, subtitle: str, language: str, dated: datetime) -> None:
        """`dated` is when it says that it was made, aware of its zone."""
        self._page = Page(title)
        self._page.set_title(title)
        self._page.set_subject(subtitle)
        self._page.set_creator("screener")
        self._page.set_producer("screener")
        self._page.set_lang(LANGUAGES.get(language, language))
        self._page.set_creation_date(dated)
        self._title(title, subtitle)

    def heading(self, text: str, level: int = 1, *, of_figure: bool = False) -> None:
        """A heading of level 1 or 2, on the page of what follows, a figure too; it stands in the outline."""
        page, size = self._page, HEADING_PT[min(level, len(HEADING_PT)) - 1]
        page.make_room(size * MM_A_PT * LEADING + (plots.ROOM_MM + 8 if of_figure else 24))
        page.set_y(page.get_y() + (4.5 if level == 1 else 2.5))
        page.start_section(shown(text), level=0)
        with page.bold():
            page.paragraph(text, size)
        page.set_y(page.get_y() + 1)

    def text(self, text: str) -> None:
        """A paragraph."""
        self._page.paragraph(text)
        self._page.set_y(self._page.get_y() + 1.5)

    def note(self, text: str) -> None:
        """A paragraph in small letters: how something was found, what it leaves out."""
        self._page.paragraph(text, SMALL_PT, PALE_INK)
        self._page.set_y(self._page.get_y() + 1.5)

    def table(self, columns: Sequence[Column | str], rows: Sequence[Sequence[str]]) -> None:
        """A table; its head is repeated on each page."""
        named = [one if isinstance(one, Column) else Column(one) for one in columns]
        grid.draw(self._page, named, rows)

    def picture(self, content: bytes, caption: str) -> None:
        """A picture as wide as the page allows, with its caption below. Raises `BadInput`."""
        page = self._page
        try:
            with Image.open(io.BytesIO(content)) as opened:
                width, height = opened.size
            scale = min(page.epw / width, PICTURE_MM / height)
            page.make_room(height * scale + 8)
            page.image(
                io.BytesIO(content), x=MARGIN_MM, w=width * scale, h=height * scale, alt_text=shown(caption)
            )
        except (UnidentifiedImageError, OSError, ValueError) as error:
            raise BadInput("picture", f"expected a picture, got {len(content)} bytes: {error}") from error
        page.set_y(page.get_y() + 1)
        self.note(caption)

    def figure_line(self, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve]) -> None:
        """Curves over `labels`, at most four that are not pale; `unit` names the axis."""
        plots.draw_lines(self._page, title, unit, labels, curves)

    def figure_bars(
        self, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve], *, stacked: bool = False
    ) -> None:
        """Bars under `labels`, beside each other or stacked."""
        draw = plots.draw_stacks if stacked else plots.draw_bars
        draw(self._page, title, unit, labels, curves)

    def to_bytes(self) -> bytes:
        """The finished file; nothing can be added afterwards."""
        return bytes(self._page.output())

    def _title(self, title: str, subtitle: str) -> None:
        page = self._page
        with page.bold():
            page.paragraph(title, TITLE_PT)
        page.set_y(page.get_y() + 0.5)
        page.paragraph(subtitle, SIZE_PT, PALE_INK)
        page.set_y(page.get_y() + 4)
