"""The sheet that papers are printed on: A4, one embedded typeface, title and page number at its foot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import TextMode

from screener.review.papers.lines import lines
from screener.review.papers.typeface import FILE, shown

MARGIN_MM: Final = 18.0
FOOT_MM: Final = 16.0
SIZE_PT: Final = 9.5
SMALL_PT: Final = 8.0
LEADING: Final = 1.55
"""The distance of lines, of the size of letters."""

MM_A_PT: Final = 25.4 / 72

Colour = tuple[int, int, int]
INK: Final[Colour] = (24, 30, 38)
PALE_INK: Final[Colour] = (92, 102, 114)
RULE: Final[Colour] = (190, 197, 205)
SHADE: Final[Colour] = (240, 242, 245)
BLUE: Final[Colour] = (0, 90, 156)
ORANGE: Final[Colour] = (213, 94, 0)
GREEN: Final[Colour] = (0, 135, 100)
PURPLE: Final[Colour] = (126, 82, 160)
PALE: Final[Colour] = (150, 160, 172)


def _from_memory(font: Any) -> None:
    """fontTools reads of its file as it needs, and nobody closes it: it reads a copy in memory."""
    reader = font.ttfont.reader
    with reader.file as file:
        file.seek(0)
        reader.file = BytesIO(file.read())


class Page(FPDF):
    """What is drawn goes where `get_y` is; everything that is given is printed."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4", unit="mm")
        self.foot = shown(foot)
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(False)
        self.c_margin = 0.0
        self.add_font("sans", fname=FILE)
        _from_memory(self.fonts["sans"])
        self.write_in(SIZE_PT)
        self.add_page()

    def footer(self) -> None:
        """The title, and which page of how many it is."""
        with self.local_context():
            self.write_in(SMALL_PT, PALE_INK)
            self.set_xy(MARGIN_MM, self.h - FOOT_MM + 5)
            self.cell(self.epw - 30, 4, self._cut(self.foot, self.epw - 32))
            self.set_x(self.w - MARGIN_MM - 30)
            self.cell(30, 4, f"{self.page_no()} / {{nb}}", align="R")

    @property
    def bottom(self) -> float:
        """Where the last line may end."""
        return self.h - FOOT_MM

    def make_room(self, height_mm: float) -> bool:
        """Go to the next page where there is not so much room; whether it did."""
        if self.get_y() + height_mm <= self.bottom:
            return False
        self.add_page()
        return True

    def write_in(self, size_pt: float, colour: Colour = INK) -> None:
        """The size and colour of what is written next."""
        self.set_font("sans", size=size_pt)
        self.set_text_color(*colour)

    @contextmanager
    def bold(self) -> Iterator[None]:
        """Letters with a thicker outline: the one weight that is embedded serves for both."""
        with self.local_context(
            text_mode=TextMode.FILL_STROKE,
            line_width=self.font_size * (0.03 if self.font_size_pt > 10 else 0.018),
            draw_color=INK,
        ):
            yield

    def paragraph(self, text: str, size_pt: float = SIZE_PT, colour: Colour = INK) -> None:
        """A text over the whole width, page after page."""
        self.write_in(size_pt, colour)
        height = size_pt * MM_A_PT * LEADING
        for line in lines(shown(text), self.epw, self.get_string_width):
            self.make_room(height)
            self.write_at(MARGIN_MM, self.get_y(), line, height)
            self.set_y(self.get_y() + height)

    def write_at(  # noqa: PLR0917 - where, what, how large
        self, x: float, y: float, text: str, height: float, width: float = 0, align: str = "L"
    ) -> None:
        """One line at this place, as far to the right as `align` says of `width`."""
        back = self.get_x(), self.get_y()
        self.set_xy(x, y)
        self.cell(width or self.get_string_width(text), height, text, align=align)
        self.set_xy(*back)

    def _cut(self, text: str, room: float) -> str:
        while text and self.get_string_width(text) > room:
            text = text[:-1]
        return text
