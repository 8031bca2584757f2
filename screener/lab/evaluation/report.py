"""The report: one page of HTML with everything inside, for a browser or a phone, light or dark."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from screener.lab.evaluation import plots
from screener.lab.evaluation.alarms import RATES, area, at_one_rate
from screener.lab.evaluation.calibration import alarm_bins
from screener.lab.evaluation.figures import sections
from screener.lab.evaluation.groups import by_family
from screener.lab.evaluation.scoring import Scored
from screener.lab.evaluation.section import Evaluation, Row, Section
from screener.lab.evaluation.worst import Shown

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--faint:#6a737d;--rule:#d8dde3;--wash:#f3f5f7;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#aa3377;--c4:#b8860b;--c5:#444}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e4e7ea;--faint:#98a2ad;--rule:#333a42;
--wash:#1d2126;--c0:#56b4e9;--c1:#f0883e;--c2:#3fca9c;--c3:#e08bc0;--c4:#e5c453;--c5:#bbb}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;background:var(--paper);
color:var(--ink)}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}
p{margin:.4rem 0;max-width:48rem}
code{overflow-wrap:anywhere;color:var(--faint)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;margin:1rem 0}
.facts div{background:var(--wash);border-radius:.5rem;padding:.6rem .8rem}
.facts b{display:block;font-size:1.3rem}.facts span{color:var(--faint);font-size:.85rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}
figure{margin:0}figcaption{color:var(--faint);font-size:.9rem;margin:.2rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th{color:var(--faint);font-weight:500;vertical-align:bottom}
th:first-child,td:first-child{text-align:left}
details{margin:1rem 0}summary{cursor:pointer;font-weight:600}
.scans{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1rem}
.scans img{width:100%;border:1px solid var(--rule)}
svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--ink)}
svg .grid{stroke:var(--rule);fill:none}svg .line{fill:none;stroke-width:1.8}svg .dot{fill-opacity:.6}
svg .faint{stroke:var(--faint);stroke-dasharray:4 4}svg .limit{stroke:var(--faint);stroke-width:1}
svg .unsure{fill:var(--wash)}svg .bar{fill:var(--c0);fill-opacity:.55}
svg .whisker{stroke:var(--ink);stroke-width:2}
""" + "".join(f".line.c{n}{{stroke:var(--c{n})}}.dot.c{n}{{fill:var(--c{n})}}" for n in range(plots.COLOURS))


def page(done: Evaluation, misses: Sequence[Shown], false_alarms: Sequence[Shown]) -> str:
    """The report of an evaluation as one HTML file; the same figures give the same bytes."""
    found = sections(done)
    title = f"{escape(done.model)} on {escape(done.name)}"
    body = [
        f"<h1>{title}</h1><p>{len(done.scans)} scans. <code>{escape(done.command)}</code></p>",
        _facts(done),
        _plots(done),
        *(_section(one) for one in found if not one.key.startswith("own ")),
        *_own([one for one in found if one.key.startswith("own ")]),
        _pictures("Worst misses", "the lowest alarm of each load in turn", misses),
        _pictures("Worst false alarms", "the highest alarm of each scanner in turn", false_alarms),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _facts(done: Evaluation) -> str:
    facts = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(what)}</span></div>" for value, what in _said(done)
    )
    return f'<div class="facts">{facts}</div>'


def _said(done: Evaluation) -> Iterator[tuple[str, str]]:
    """The few figures that stand at the top, each with what it is."""
    clean, loaded = done.scans.clean, done.scans.loaded
    yield f"{len(clean)} + {len(loaded)}", "clean and loaded scans"
    if len(clean):
        alarming = clean.share(clean.alarms >= done.threshold)
        yield f"{alarming.point:.1%}", f"false alarms at the shipped threshold, at most {alarming.high:.1%}"
    if len(clean) and len(loaded):
        yield f"{area(done.scans)}", "area under the curve"
        shares = at_one_rate(done.scans, RATES[1])
        points = [one.point for one in shares.values()]
        yield f"{min(points):.2f} to {max(points):.2f}", f"recall by load at {RATES[1]:.0%} false alarms"


def _plots(done: Evaluation) -> str:
    figures = "".join(
        f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" for caption, svg in _drawn(done)
    )
    return f'<div class="plots">{figures}</div>'


def _drawn(done: Evaluation) -> Iterator[tuple[str, str]]:
    scans = done.scans
    if len(scans.clean) and len(scans.loaded):
        forms = by_family(scans.loaded)
        yield (
            "What every threshold gives, by form; grey: less than one clean scan",
            plots.roc(scans.clean, forms),
        )
        if shares := at_one_rate(scans, RATES[1]):
            yield f"Recall at {RATES[1]:.0%} false alarms, with 95 % intervals", plots.recall_bars(shares)
        yield "Alarm stated and share of scans with a load", plots.reliability(alarm_bins(scans))
    sticks = scans.where(lambda one: one.truth.sticks > 0 or one.truth.clean)
    if any(one.truth.sticks for one in sticks.each):
        yield "Sticks, true and estimated; the lines are the limit", plots.amounts(by_family(sticks))


def _section(one: Section) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in one.notes)
    return f"<h2>{escape(one.title)}</h2>{notes}{_table(one.rows)}"


def _own(found: Sequence[Section]) -> Iterator[str]:
    """Tables with a threshold for each scanner, folded away: there are many."""
    if found:
        inside = "".join(_section(one) for one in found)
        yield f"<details><summary>Recall with a threshold for each scanner</summary>{inside}</details>"


def _table(rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join(_cells(row) for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(row: Mapping[str, str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row.values()) + "</tr>"


def _pictures(title: str, order: str, shown: Sequence[Shown]) -> str:
    if not shown:
        return f"<h2>{title}</h2><p>None at the shipped threshold.</p>"
    figures = "".join(_picture(one) for one in shown)
    return (
        f"<h2>{title}</h2><p>At the shipped threshold; {order}, one a source.</p>"
        f'<div class="scans">{figures}</div>'
    )


def _picture(one: Shown) -> str:
    address = f"data:image/jpeg;base64,{base64.b64encode(one.jpeg).decode()}"
    said = escape(_caption(one.scored))
    return f'<figure><img alt="{said}" src="{address}"><figcaption>{said}</figcaption></figure>'


def _caption(one: Scored) -> str:
    held = one.truth
    hidden = f", {held.concealment}" if held.concealment != "none" else ""
    amounts = f"{one.sticks.mid:.0f} sticks, {one.tobacco_g.mid:.0f} g"
    return f"{held.load}{hidden}: alarm {one.alarm:.3f}, said {amounts} ({held.scanner} {held.file})"
