"""Figures on pages: what is shown is what the ledger has, for those who may know it; every figure opens."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select

from screener.config import ReviewSettings
from screener.contracts import examples
from screener.review import database
from screener.review.cases.figures import Amount, CaseSum, Totals
from screener.review.ledger import figures
from screener.review.ledger.measures import OURS_ALONE, Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.lists.led_to import Case, Held, LedTo
from screener.review.lists.standing import Listed
from screener.review.parcels import COLUMNS, item_of
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import audit
from screener.review.service import Service
from screener.review.web import measured, monthly, spans, words
from screener.review.web.templating import formats
from tests.review.ledger import seeding
from tests.review.papers.test_pdf import drawn
from tests.review.web.conftest import Client, Enter, sign_in

SPAN = Span(since=date(2026, 1, 1), until=date(2026, 11, 1))
YEAR = "by=month&since=2026-01-01&until=2026-10-31"
ALL = Reviewer(1, "li", "en", (Grant(Role.READER),))
CASES = {Measure.CASES, Measure.LARGE_CASES}


@pytest.fixture(scope="module")
def seeded(sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with figures of two years."""
    file = tmp_path_factory.mktemp("figures") / "review.db"
    shutil.copy(sqlite, file)
    engine = database.opened(f"sqlite:///{file}")
    seeding.seed(engine, 900, number=10)
    engine.dispose()
    return file


@pytest.fixture
def review_settings(seeded: Path, tmp_path: Path) -> ReviewSettings:
    shutil.copy(seeded, tmp_path / "review.db")
    return ReviewSettings(
        database=f"sqlite:///{tmp_path / 'review.db'}", checkpoint_key=str(tmp_path / "review.ed25519")
    )


def counted(service: Service, span: Span = SPAN) -> Series:
    with database.reading(service.engine) as connection:
        return figures.series(connection, ALL, service.settings.agency, span, service.settings)


def cards(page: str) -> dict[str, tuple[str, str]]:
    """Of each card the figure and where it leads."""
    found = re.findall(r'<a class="stat" href="([^"]+)">\s*<span>([^<]+)</span>\s*<b>([^<]+)<', page)
    return {unescape(name): (shown.strip(), unescape(href)) for href, name, shown in found}


def opened_all(client: Client, path: str) -> int:
    """How many rows there are behind a figure, page after page."""
    rows = 0
    while path:
        page = client.get(path).text
        rows += len(re.findall(r"<tr[^>]*>\s*<td class=\"mono\">", page))
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = unescape(following[1]) if following else ""
    return rows


def test_each_figure_that_counts_parcels_opens_as_many(enter: Enter, service: Service) -> None:
    ann, total = enter(Role.READER), counted(service).total
    shown = cards(ann.get(f"/figures?{YEAR}").text)
    for measure in (Measure.HELD, Measure.OPENED, Measure.FOUND):
        figure, behind = shown[measured.NAMES[measure]]
        assert figure == str(total.value(measure))
        assert opened_all(ann, behind) == total.value(measure)


def test_each_point_leads_to_its_own_parcels(enter: Enter, service: Service) -> None:
    ann, page = enter(Role.READER), ""
    page = ann.get(f"/figures?{YEAR}").text
    table = re.search(r'data-chart="found".*?</figure>', page, re.S)
    assert table
    linked = re.findall(r'href="(/figures/behind[^"]+measure=found[^"]+)">(\d+)<', table[0])
    assert len(linked) == 2 * 10  # ten months, now and a year before
    assert sum(int(shown) for _, shown in linked[::2]) == counted(service).total.found
    for path, shown in linked[:4]:
        assert opened_all(ann, unescape(path)) == int(shown)


def test_the_csv_has_what_the_ledger_has(enter: Enter, service: Service) -> None:
    answer, found = enter(Role.READER).get(f"/figures.csv?{YEAR}"), counted(service)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["Period"] for row in rows[:-1]] == [str(point.start)[:7] for point in found.points]
    column = f"{measured.NAMES[Measure.FOUND]} (parcels)"
    assert [row[column] for row in rows[:-1]] == [str(point.now.found) for point in found.points]
    assert rows[-1][f"{column}, a year before"] == str(found.before.found)


def test_the_workbook_has_the_same_rows(enter: Enter, service: Service) -> None:
    ann = enter(Role.READER)
    book = openpyxl.load_workbook(io.BytesIO(ann.get(f"/figures.xlsx?{YEAR}").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    text = ann.get(f"/figures.csv?{YEAR}").text.lstrip("\ufeff")
    assert [str(one) for one in rows[0]] == next(csv.reader(io.StringIO(text)))
    assert len(rows) == len(counted(service).points) + 2
    assert len(book.worksheets) == 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_is_the_same_bytes_whenever_it_is_made(
    enter: Enter, service: Service, language: str
) -> None:
    address = f"/figures/report?month=2026-06&language={language}"
    first = enter(Role.SUPERVISOR).get(address)
    second = enter(Role.SUPERVISOR, language="zh").get(address)
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == second.content
    assert first.content.startswith(b"%PDF")


def test_the_report_has_the_cases_and_the_rewards_of_its_month(service: Service) -> None:
    """Each of them is a row more on paper: what is printed grows by it."""
    who, month = Reviewer(1, "li", "en", (Grant(Role.SUPERVISOR),)), spans.month("2026-06")
    with database.reading(service.engine) as connection:
        plain = monthly.gathered(connection, who, service.settings, month)
        item = item_of(connection.execute(select(*COLUMNS).limit(1)).one())
    amount = Amount({"genuine": 250_000}, 0.0, 0, 90_000.0)
    case = CaseSum(1, "C-2026-0007", month_at(3), month_at(4), None, amount, large=True, serious=False)
    listed = Listed(1, "tips", examples.TIP, "tobacco", None, None, None, None, 1, told=True)
    held = Held(item, month_at(5), opened=True, found=None, cases=(Case(1, case.number),))
    tips = ((listed, LedTo((held,), complete=True)),)
    full = replace(plain, cases=Totals(1, 0, (case,)), tips=tips)
    for language in ("en", "zh"):
        said = words.of(language), formats(language, service.settings)
        assert lines_of(monthly.printed(full, *said)) >= lines_of(monthly.printed(plain, *said)) + 6 + 8 + 1
        assert monthly.printed(full, *said) == monthly.printed(full, *said)


def month_at(day: int) -> datetime:
    return datetime(2026, 6, day, tzinfo=UTC)


def lines_of(paper: bytes) -> int:
    """How many pieces of text are printed."""
    return sum(page.count(b" Tj") for page in drawn(paper))


def test_another_agency_is_told_of_what_it_was_handed_alone(enter: Enter, service: Service) -> None:
    police = enter(Role.INVESTIGATOR, agency="police")
    shown = cards(police.get(f"/figures?{YEAR}").text)
    hidden = {measured.NAMES[one] for one in OURS_ALONE}
    assert not hidden.intersection(shown)
    assert 'data-chart="screened"' not in police.get(f"/figures?{YEAR}").text
    found = int(shown[measured.NAMES[Measure.FOUND]][0])
    assert 0 < found < counted(service).total.found
    assert opened_all(police, shown[measured.NAMES[Measure.FOUND]][1]) == found
    assert opened_all(police, f"/figures/behind?measure=screened&{YEAR}") == 0
    table = list(csv.reader(io.StringIO(police.get(f"/figures.csv?{YEAR}").text.lstrip("\ufeff"))))
    held = table[0].index(f"{measured.NAMES[Measure.HELD]} (parcels)")
    assert {row[held] for row in table[1:]} == {""}


def test_who_sees_one_hub_has_figures_of_it_alone(enter: Enter, service: Service) -> None:
    east = enter(Role.READER, hub="east")
    page = east.get(f"/figures?{YEAR}").text
    only = counted(service, Span(since=SPAN.since, until=SPAN.until, hub="east")).total
    assert cards(page)[measured.NAMES[Measure.SCREENED]][0] == str(only.screened)
    assert "west" not in page
    assert opened_all(east, f"/figures/behind?measure=opened&hub=west&{YEAR}") == 0


@pytest.mark.parametrize(
    "path", ["/figures", "/figures/behind?measure=found", "/figures.csv", "/figures.xlsx", "/figures/report"]
)
def test_who_sees_no_parcel_sees_no_figure(enter: Enter, path: str) -> None:
    assert enter(Role.ADMINISTRATOR).get(path).status_code == 403
    assert enter(Role.READER).get(path).status_code == 200


def test_looking_and_taking_along_are_recorded(enter: Enter, service: Service) -> None:
    ann = enter(Role.READER)
    paths = ("/figures", "/figures/behind?measure=found&hub=east", "/figures.csv", "/figures.xlsx")
    for path in (*paths, "/figures/report?month=2026-06"):
        ann.get(path)
    with database.reading(service.engine) as connection:
        rows = connection.execute(select(audit.c.what, audit.c.details).order_by(audit.c.n)).all()
    deeds = [row.what for row in rows if row.what.startswith("figures")]
    assert deeds == ["figures", "figures_behind", *["figures_export"] * 2, "figures_report"]
    assert any('"hub":"east"' in row.details for row in rows if row.what == "figures_behind")


@pytest.mark.parametrize(
    "query",
    [
        "by=week",
        "since=2026-13-01",
        "since=1800-01-01",
        "until=9999-12-31",
        "since=2026-05-02&until=2026-05-01",
        "by=day&since=2020-01-01&until=2026-01-01",
    ],
)
def test_days_that_make_no_sense_are_told_so(enter: Enter, query: str) -> None:
    ann = enter(Role.READER)
    for path in ("/figures?", "/figures.csv?", "/figures/behind?measure=found&"):
        assert ann.get(path + query).status_code == 400, path


@pytest.mark.parametrize("query", ["measure=all", "measure=found&after=x.y", "measure="])
def test_what_is_no_figure_has_nothing_behind_it(enter: Enter, query: str) -> None:
    assert enter(Role.READER).get(f"/figures/behind?{query}").status_code == 400


@pytest.mark.parametrize("query", ["month=2026", "month=2026-00", "month=x", "language=fr"])
def test_what_is_no_month_has_no_report(enter: Enter, query: str) -> None:
    assert enter(Role.READER).get(f"/figures/report?{query}").status_code == 400


def test_hubs_with_names_that_mean_something_to_browsers_are_names(enter: Enter) -> None:
    name = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for path in (f"/figures?hub={name}&{YEAR}", f"/figures/behind?measure=found&hub={name}&{YEAR}"):
        assert "<script>alert" not in enter(Role.READER).get(path).text


@pytest.fixture
def signed_in(service: Service, address: str, browser: Browser) -> Iterator[tuple[Browser, str]]:
    token, _ = sign_in(service, "li", [Grant(Role.READER)], "zh")
    yield browser, f"{address} {token}"


def click_a_bar(page: Page, canvas: Locator) -> None:
    """Move along the foot of the chart until the hand shows that there is one."""
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    assert place
    for step in range(60):
        page.mouse.move(place["x"] + place["width"] / 2 + 3 * step, place["y"] + place["height"] - 36)
        if canvas.evaluate("(one) => one.firstElementChild.style.cursor") == "pointer":
            page.mouse.down()
            page.mouse.up()
            return
    pytest.fail("no bar shows that it can be clicked")


def test_a_point_of_a_chart_opens_its_parcels(signed_in: tuple[Browser, str]) -> None:
    """In a real browser, dark, in Chinese: all charts draw, no policy is broken, keys and points lead on."""
    browser, (address, token) = signed_in[0], signed_in[1].split()
    context = browser.new_context(color_scheme="dark", viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "screener-session", "value": token, "url": address}])
    page, faults = context.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/figures?{YEAR}")
    page.wait_for_selector("body[data-ready]")
    drawn = page.locator(".chart canvas")
    assert drawn.count() == page.locator(".chart").count() >= 8
    click_a_bar(page, page.locator('[data-chart="screened"] [data-canvas]'))
    page.wait_for_url("**/figures/behind?*")
    assert page.locator("tbody tr").count() > 0
    page.wait_for_function("document.querySelector('a[data-key=u]')")
    page.locator("a[data-key=u]").click()
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("d")
    page.wait_for_url("**/figures?by=day*")
    assert faults == []
    context.close()
