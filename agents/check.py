"""Checks drafts: by code, then by a model that sees claims and evidence alone. What fails is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.manuscripts import REWRITES, Manuscript
from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.grounding.citations import Finding, Verdict, renumber
from threadlore.agents.grounding.examining import Examination
from threadlore.agents.grounding.facts import check_facts, fact_reason
from threadlore.agents.grounding.judging import judge
from threadlore.agents.grounding.outgoing import objection
from threadlore.agents.model_calls import ModelCalls
from threadlore.calls import EntryTrail
from threadlore.errors import ThreadloreError
from threadlore.types import AppliesTo, FaqEntry

CORE_CUT = "the core of the answer was cut"
SHORT = 80


@dataclass(slots=True)
class Checked:
    """What a check made of drafts.

    `again` are those that their model may mend, `fallen` those of which no sentence is left, and `failed`
    those that the model could not be asked about, with the error.
    """

    entries: list[FaqEntry] = field(default_factory=list)
    trails: list[EntryTrail] = field(default_factory=list)
    again: list[Manuscript] = field(default_factory=list)
    fallen: list[Manuscript] = field(default_factory=list)
    failed: list[tuple[Manuscript, ThreadloreError]] = field(default_factory=list)


async def check_manuscripts(context: AnalysisContext, manuscripts: Sequence[Manuscript]) -> Checked:
    """Check drafts by code, and what a model wrote by the model too."""
    checked = Checked()
    examined = [Examination.of(context, one) for one in manuscripts]
    if context.calls is not None:
        await _ask(context.calls, examined)
    for one in examined:
        manuscript, verdict = one.manuscript, one.verdict()
        failed = next((opinion.error for opinion in one.opinions.values() if opinion.error), None)
        findings = (*manuscript.findings, *verdict.findings)
        if failed is not None:
            checked.failed.append((manuscript, failed))
        elif findings and manuscript.exchange is not None and manuscript.attempt < REWRITES:
            checked.again.append(replace(manuscript, findings=findings))
        elif entry := mended(context, manuscript.entry, verdict, manuscript.findings, manuscript.first):
            checked.entries.append(entry)
            checked.trails.append(one.trail(verdict))
        else:
            checked.fallen.append(manuscript)
    return checked


async def _ask(calls: ModelCalls, examined: Sequence[Examination]) -> None:
    """Let the model judge the claims of all drafts, and note its opinions."""
    open_claims = [(one, text) for one in examined for text in one.pairs]
    opinions = await judge(calls, [one.pairs[text] for one, text in open_claims])
    for (one, text), opinion in zip(open_claims, opinions, strict=True):
        one.opinions[text] = opinion


def mended(
    context: AnalysisContext,
    entry: FaqEntry,
    verdict: Verdict,
    earlier: Sequence[Finding] = (),
    first: str = "",
) -> FaqEntry | None:
    """Return `entry` with what `verdict` leaves of it; None when nothing is left.

    `earlier` was refused before the draft was put together, `first` is the sentence that answers.
    """
    if not verdict.used:
        return None
    findings = (*earlier, *verdict.findings)
    reasons = [*entry.review_reasons, *map(_told, findings)]
    lost = any(at not in verdict.used for at in entry.core)
    if lost or (first and any(finding.unit == first for finding in findings)):
        reasons.append(CORE_CUT)
    text = f"{entry.question}\n\n{verdict.answer}"
    # A draft's versions are those of its threads; only a person limits what it is true for.
    reasons += [fact_reason(fact) for fact in check_facts(context.profile, text, AppliesTo())]
    places = {old: new for new, old in enumerate(verdict.used)}
    return entry.model_copy(
        update={
            "answer": renumber(verdict.answer, verdict.used),
            "citations": tuple(entry.citations[at] for at in verdict.used),
            "core": tuple(places[at] for at in entry.core if at in places),
            "review_reasons": _once(reasons),
        }
    )


def _told(finding: Finding) -> str:
    """Return what a reviewer reads of a cut: what may not go out is not shown there either."""
    short = f"cut: {finding.reason}: {_short(finding.unit)}"
    return short if not objection(f"{finding.reason}. {finding.unit}", ()) else f"cut: {_plain(finding)}"


def _plain(finding: Finding) -> str:
    return finding.reason if not objection(finding.reason, ()) else "a claim that is not in the evidence"


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHORT else f"{line[: SHORT - 3]}..."


def _once(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reasons))
