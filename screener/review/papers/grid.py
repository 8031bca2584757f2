"""Tables on paper: columns as wide as they need, cells in lines, the head again on each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from screener.review.papers.lines import lines
from screener.review.papers.page import LEADING, MARGIN_MM, MM_A_PT, RULE, SHADE, SMALL_PT, Page
from screener.review.papers.typeface import shown

PAD_MM: Final = 1.4
WHOLE: Final = 12
"""Lines of a row that are not parted."""

LINE_MM: Final = SMALL_PT * MM_A_PT * LEADING * 0.92


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title; figures stand to the right."""

    title: str
    right: bool = False


def draw(page: Page, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """The table from where the page is, on as many pages as it takes."""
    page.write_in(SMALL_PT)
    head = [shown(one.title) for one in columns]
    cells = [[shown(one) for one in row] for row in rows]
    widths = _widths(page, [head, *cells], page.epw)
    _Grid(page, columns, head, widths).draw(cells)


@dataclass(frozen=True, slots=True)
class _Grid:
    page: Page
    columns: Sequence[Column]
    head: Sequence[str]
    widths: Sequence[float]

    def draw(self, rows: Sequence[Sequence[str]]) -> None:
        first = self._broken(rows[0]) if rows else []
        self.page.make_room(_height(self._broken(self.head)) + _height([cell[:WHOLE] for cell in first]))
        self._head()
        for row in rows:
            self._row(row)
        self.page.set_y(self.page.get_y() + 2.5)

    def _head(self) -> None:
        broken = self._broken(self.head)
        page, height = self.page, _height(broken)
        page.set_fill_color(*SHADE)
        page.rect(MARGIN_MM, page.get_y(), page.epw, height, style="F")
        with page.bold():
            self._cells(broken, 0, len(max(broken, key=len, default=[])))
        self._rule(height)

    def _row(self, row: Sequence[str]) -> None:
        """A row that would not end on this page begins on the next, unless it is a very long one."""
        broken = self._broken(row)
        done, many = 0, max((len(one) for one in broken), default=1)
        if self._fitting() < min(many, WHOLE):
            self._next_page()
        while done < many:
            now = max(1, min(many - done, self._fitting()))
            self._cells(broken, done, done + now)
            self._rule(now * LINE_MM + 2 * PAD_MM)
            done += now
            if done < many:
                self._next_page()

    def _next_page(self) -> None:
        self.page.add_page()
        self.page.write_in(SMALL_PT)
        self._head()

    def _fitting(self) -> int:
        return int((self.page.bottom - self.page.get_y() - 2 * PAD_MM) / LINE_MM)

    def _cells(self, broken: Sequence[Sequence[str]], first: int, last: int) -> None:
        page, x = self.page, MARGIN_MM
        for column, width, cell in zip(self.columns, self.widths, broken, strict=True):
            for at, line in enumerate(cell[first:last]):
                place = (x + PAD_MM, page.get_y() + PAD_MM + at * LINE_MM)
                page.write_at(*place, line, LINE_MM, width - 2 * PAD_MM, "R" if column.right else "L")
            x += width

    def _rule(self, height: float) -> None:
        page = self.page
        page.set_y(page.get_y() + height)
        page.set_draw_color(*RULE)
        page.set_line_width(0.15)
        page.line(MARGIN_MM, page.get_y(), MARGIN_MM + page.epw, page.get_y())

    def _broken(self, row: Sequence[str]) -> list[list[str]]:
        measure = self.page.get_string_width
        return [
            lines(cell, width - 2 * PAD_MM, measure) for cell, width in zip(row, self.widths, strict=True)
        ]


def _height(broken: Sequence[Sequence[str]]) -> float:
    return max((len(one) for one in broken), default=1) * LINE_MM + 2 * PAD_MM


def _widths(page: Page, rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """What each column needs for its longest cell; where that is too much the widest give way."""
    needed = [max(_width(page, cell) for cell in column) for column in zip(*rows, strict=True)]
    if sum(needed) <= room:
        return [one * room / sum(needed) for one in needed]
    low, high = 0.0, max(needed)
    for _ in range(40):
        level = (low + high) / 2
        low, high = (level, high) if sum(min(one, level) for one in needed) <= room else (low, level)
    return [min(one, low) for one in needed]


def _width(page: Page, cell: str) -> float:
    return 1.06 * max(page.get_string_width(line) for line in cell.split("\n")) + 2 * PAD_MM
