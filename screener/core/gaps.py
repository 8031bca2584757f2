"""What is missing of a parcel: each gap has its own outcome, and none of them is cleared."""

from __future__ import annotations

from screener.contracts.wire import Facts, Figures, Outcome, Reason, Seen
from screener.core.parcel import MAX_VIEWS, has_all_views
from screener.core.scene import Scene

Gap = tuple[Outcome, Reason]


def missing(facts: Facts) -> tuple[Gap, ...]:
    """Why the parcel cannot be judged whole, the gravest first; empty if it can."""
    failed = [view for view in facts.seen if view.failure is not None]
    unscored = [view for view in failed if view.failure == "unscored"]
    unreadable = [view for view in failed if view.failure != "unscored"]
    gaps: list[Gap] = []
    if not facts.seen:
        gaps.append((Outcome.UNSCANNED, _plain("no_scan", "no scan came in time")))
    if unreadable:
        gaps.append((Outcome.UNREADABLE, _failures("image_unreadable", unreadable)))
    if unscored:
        gaps.append((Outcome.UNSCORED, _failures("not_scored", unscored)))
    if facts.seen and (
        facts.more_views or not has_all_views((view.scan_id, view.view, view.views) for view in facts.seen)
    ):
        gaps.append((Outcome.INCOMPLETE, _incomplete(facts)))
    if not facts.identified:
        text = "the scan names no parcel: no barcode was read"
        gaps.append((Outcome.UNIDENTIFIED, _plain("no_barcode", text)))
    elif facts.declared is None:
        gaps.append((Outcome.NO_MANIFEST, _plain("no_manifest", "no manifest came in time")))
    if facts.late:
        text = "it happened so long ago that an earlier decision is forgotten"
        gaps.append((Outcome.LATE, _plain("late", text)))
    return tuple(gaps)


def unanswered(scene: Scene) -> tuple[Gap, ...]:
    """Why a parcel with what counts in a sum may be one of many that add up; empty where that is known."""
    facts = scene.facts
    if not facts.missing_totals or not scene.counting:
        return ()
    figures: Figures = {"missing": facts.missing_totals, "answered": len(facts.totals)}
    text = "what the same people sent before was not answered in time"
    return ((Outcome.INCOMPLETE, Reason(code="sums_missing", figures=figures, text=text)),)


def _plain(code: str, text: str) -> Reason:
    return Reason(code=code, figures={}, text=text)


def _failures(code: str, failed: list[Seen]) -> Reason:
    causes = ", ".join(sorted({str(view.failure) for view in failed}))
    text = f"{len(failed)} scan(s) could not be judged: {causes}"
    return Reason(code=code, figures={"scans": len(failed), "causes": causes}, text=text)


def _incomplete(facts: Facts) -> Reason:
    if facts.more_views:
        text = f"more than {MAX_VIEWS} views came; those beyond were not judged"
        return Reason(code="too_many_views", figures={"views": MAX_VIEWS}, text=text)
    announced = max(view.views for view in facts.seen)
    figures: Figures = {"views": len(facts.seen), "announced": announced}
    return Reason(
        code="views_missing", figures=figures, text=f"{len(facts.seen)} of {announced} views came in time"
    )
