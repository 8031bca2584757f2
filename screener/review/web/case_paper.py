"""A case on paper: what one person may see of it, in his language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review.cases import figures
from screener.review.cases.dossier import Dossier
from screener.review.cases.parcels import CaseParcel
from screener.review.cases.people import CasePerson
from screener.review.papers.grid import Column
from screener.review.papers.pdf import Paper
from screener.review.web import case_labels, labels, templating, words
from screener.review.web.deeds import deed_name
from screener.review.web.formats import Formats
from screener.review.web.names import agency_name
from screener.review.web.words import Words

MOST_PICTURES: Final = 12

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a case as pages show it, and what it is."""

    content: bytes
    caption: str


def printed(
    found: Dossier,
    settings: ReviewSettings,
    now: datetime,
    language: str,
    *,
    by: str,
    pictures: Sequence[Picture] = (),
) -> bytes:
    """The case as a PDF that `by` asked for; equal cases at the same moment are equal bytes."""
    return _Writer(found, settings, now, words.of(language), by).printed(pictures)


@dataclass(frozen=True, slots=True)
class _Writer:
    found: Dossier
    settings: ReviewSettings
    now: datetime
    words: Words
    by: str

    def printed(self, pictures: Sequence[Picture]) -> bytes:
        case, gettext, write = self.found.case, self.words.gettext, self.formats
        agency, when = self._agency(self.settings.agency), write.moment(self.now)
        made = gettext("%(agency)s · made %(when)s by %(name)s", agency=agency, when=when, name=self.by)
        paper = Paper(f"{case.number} {case.title}", made, self.words.language, self.now)
        paper.table([gettext("Number"), case.number], list(self._facts()))
        sums = (gettext("Sum"), Column(gettext("Amount"), right=True))
        self._section(paper, gettext("Figures of the case"), sums, list(self._figures()))
        self._parcels(paper)
        self._people(paper)
        self._notes(paper)
        self._rest(paper)
        self._pictures(paper, pictures)
        return paper.to_bytes()

    @property
    def formats(self) -> Formats:
        return templating.formats(self.words.language, self.settings)

    def _facts(self) -> Iterator[tuple[str, str]]:
        case, gettext, write = self.found.case, self.words.gettext, self.formats
        yield gettext("State"), gettext(case_labels.STATES[case.state])
        if case.result:
            yield gettext("How it ends"), gettext(case_labels.RESULTS[case.result])
        yield gettext("Begun"), f"{write.moment(case.begun_at)}, {case.begun_by_shown}"
        yield gettext("Answers for it"), case.lead_shown
        if self.found.file_by is not None:
            yield gettext("To be filed by"), write.moment(self.found.file_by)
        for one in self.found.steps:
            parts = [write.moment(one.at), one.by_shown, one.reference, one.note]
            if one.second_shown is not None:
                told = gettext("refused by %(name)s") if one.refused else gettext("confirmed by %(name)s")
                parts.append(told % {"name": one.second_shown})
            yield gettext(case_labels.MADE[one.kind]), ", ".join(filter(None, parts))
        for joined in self.found.joined:
            stands = gettext(case_labels.STANDS[joined.state])
            yield self._agency(joined.agency), f"{gettext(case_labels.JOINED[joined.kind])}: {stands}"

    def _figures(self) -> Iterator[tuple[str, str]]:
        sums, gettext, write = self.found.figures, self.words.gettext, self.formats
        yield gettext("Cigarettes found"), write.sticks(sums.found.sticks)
        for origin, sticks in sums.found.by_origin.items():
            if sticks:
                yield f"– {gettext(labels.ORIGINS[origin])}", write.sticks(sticks)
        yield "– " + gettext("of it seized"), write.sticks(sums.seized.sticks)
        yield gettext("Loose tobacco"), write.grams(sums.found.tobacco_g)
        yield gettext("E-cigarettes"), write.number(sums.found.e_cigarettes)
        yield gettext("Value"), write.cny(sums.found.value_cny)
        one, many = "estimated in %(n)s parcel to decide on", "estimated in %(n)s parcels to decide on"
        rest = self.words.ngettext(one, many, sums.estimated)
        yield rest, f"≈ {write.sticks(sums.estimated_sticks)}"
        yield gettext("Parcels, of them opened"), f"{write.number(sums.parcels)}, {write.number(sums.opened)}"
        yield gettext("Seizures"), write.number(sums.seizures)
        yield gettext("Persons"), write.number(sums.people)
        yield gettext("Duration"), write.duration(sums.lasted)
        yield gettext("Threshold of a crime"), self._threshold()

    def _threshold(self) -> str:
        sums, gettext, write = self.found.figures, self.words.gettext, self.formats
        if figures.is_serious(sums.found, self.settings):
            return gettext("especially serious")
        if figures.is_large(sums.found, self.settings):
            return gettext("over a criminal threshold")
        limits = f"{write.sticks(self.settings.criminal_sticks)}, {write.cny(self.settings.criminal_cny)}"
        return gettext("not reached (%(limits)s)", limits=limits)

    def _parcels(self, paper: Paper) -> None:
        gettext = self.words.gettext
        inside = [one for one in self.found.parcels if one.ended_at is None]
        head = (
            *(gettext("Parcel"), gettext("State")),
            *(Column(gettext("Found"), right=True), gettext("Origin"), gettext("Why it is in the case")),
        )
        self._section(paper, gettext("Parcels of the case"), head, [self._parcel(one) for one in inside])

    def _parcel(self, one: CaseParcel) -> tuple[str, ...]:
        gettext, write, item = self.words.gettext, self.formats, one.item
        found = origin = "–"
        if one.found is not None:
            amounts = [write.sticks(one.found.all_sticks)]
            amounts += [write.grams(one.found.tobacco_g)] if one.found.tobacco_g else []
            amounts += [write.cny(one.found.value_cny)] if one.found.value_cny is not None else []
            found, origin = " · ".join(amounts), gettext(labels.ORIGINS[one.found.origin])
        where = f"{item.parcel_id} · {item.hub} · {write.date(item.arrived_at)}"
        return where, gettext(labels.STATES[item.state]), found, origin, one.why

    def _people(self, paper: Paper) -> None:
        gettext = self.words.gettext
        rows = [self._person(one) for one in self.found.people if one.ended_at is None]
        self._section(
            paper, gettext("Persons"), (gettext("Part"), gettext("Known by"), gettext("Identity")), rows
        )

    def _person(self, one: CasePerson) -> tuple[str, str, str]:
        gettext, who = self.words.gettext, one.who
        shown = " · ".join(filter(None, (who.name, who.phone, who.address)))
        identity = gettext("no longer readable") if who.lost else shown or "–"
        return gettext(case_labels.PARTS[one.role]), gettext(case_labels.KINDS[one.kind]), identity

    def _notes(self, paper: Paper) -> None:
        if self.found.notes:
            paper.heading(self.words.gettext("Notes"), level=2)
        for one in self.found.notes:
            paper.text(one.text)
            said = f"{one.by_shown}, {self._agency(one.agency)}, {self.formats.moment(one.at)}"
            corrected = self.words.gettext("corrected since")
            paper.note(f"{said} · {corrected}" if one.corrected_by else said)

    def _rest(self, paper: Paper) -> None:
        gettext, write = self.words.gettext, self.formats
        tasks = [
            (one.text, one.assignee_shown or "–", self._when(one.due_at), self._when(one.done_at))
            for one in self.found.tasks
        ]
        self._section(
            paper, gettext("Tasks"), (gettext("Task"), gettext("Who"), gettext("Due"), gettext("Done")), tasks
        )
        files = [
            (one.name, write.number(one.size_bytes), one.sha256, f"{one.by_shown}, {write.date(one.at)}")
            for one in self.found.files
        ]
        head = (gettext("File"), Column(gettext("Bytes"), right=True), "SHA-256", gettext("From"))
        self._section(paper, gettext("Files"), head, files)
        rows = [
            (write.exactly(one.at), one.who, deed_name(self.words, one.what))
            for one in reversed(self.found.history)
        ]
        self._section(paper, gettext("History"), (gettext("When"), gettext("Who"), gettext("Deed")), rows)

    def _pictures(self, paper: Paper, pictures: Sequence[Picture]) -> None:
        if pictures:
            paper.heading(self.words.gettext("Pictures"), level=2)
        for one in pictures[:MOST_PICTURES]:
            try:
                paper.picture(one.content, one.caption)
            except BadInput as error:
                logger.warning("a picture is not printed", caption=one.caption, detail=str(error))

    def _section(
        self, paper: Paper, title: str, head: Sequence[Column | str], rows: Sequence[Sequence[str]]
    ) -> None:
        if rows:
            paper.heading(title, level=2)
            paper.table(head, rows)

    def _when(self, at: datetime | None) -> str:
        return "–" if at is None else self.formats.date(at)

    def _agency(self, agency: str) -> str:
        return agency_name(self.words, agency)
