"""A draft under examination: what stands by code, what a model must judge, and the trail of each sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.manuscripts import Manuscript, grounds_of
from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.grounding.citations import (
    CONTESTED_NOTE,
    SourceText,
    Verdict,
    citation_marks,
    verify_answer,
)
from threadlore.agents.grounding.judging import Opinion, Pair
from threadlore.agents.grounding.sources import entry_sources
from threadlore.calls import EntryTrail, SentenceTrail
from threadlore.prompts import load
from threadlore.types import Citation

EXTRACTIVE = "extractive"
SAYS = "the check says: "


@dataclass(slots=True)
class Examination:
    """A draft with its sources. `pairs` are the claims that a model must judge, `opinions` what it said.

    Both go by the sentence; a sentence that stands letter for letter in its quote needs no opinion.
    """

    context: AnalysisContext
    manuscript: Manuscript
    sources: Mapping[str, SourceText]
    opinions: dict[str, Opinion] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)

    @classmethod
    def of(cls, context: AnalysisContext, manuscript: Manuscript) -> Examination:
        """Read the sources of a draft, and find what a model must judge."""
        found = cls(context, manuscript, entry_sources(context, manuscript.entry))
        if manuscript.exchange is None or context.calls is None:
            return found
        asked = tuple(key for question in manuscript.matter.questions for key in question.message_ids)
        for text, marks in citation_marks(manuscript.entry.answer):
            cited = found.cited(marks)
            if text == CONTESTED_NOTE or is_verbatim(text, cited):
                continue
            quoted = tuple(one.source_id for one in cited if one.kind == "message")
            found.pairs[text] = Pair(text, tuple(map(found.evidence, cited)), (*asked, *quoted))
        standing = {text for text, _ in citation_marks(found.verdict().answer)}
        found.pairs = {text: pair for text, pair in found.pairs.items() if text in standing}
        return found

    def cited(self, marks: tuple[int, ...]) -> list[Citation]:
        """Return the citations of these indexes that exist."""
        citations = self.manuscript.entry.citations
        return [citations[mark] for mark in marks if 0 <= mark < len(citations)]

    def evidence(self, citation: Citation) -> str:
        """Return what a citation says: its quote with its date and version, or all that a tool found."""
        source = self.sources.get(citation.source_id, SourceText(""))
        text = source.text if citation.kind == "tool" else citation.quote
        return f"{text} ({source.known.strip()})" if source.known.strip() else text

    def verdict(self) -> Verdict:
        """Return what stands, with the opinions that are there."""
        entry = self.manuscript.entry
        refused = {
            text: f"{SAYS}{opinion.said}"
            for text, opinion in self.opinions.items()
            if opinion.said not in (None, "supported")
        }
        grounds = grounds_of(self.context.profile, self.manuscript)
        return verify_answer(entry.answer, entry.citations, self.sources, grounds, refused)

    def trail(self, verdict: Verdict) -> EntryTrail:
        """Return how every sentence of the draft came to stand or to fall."""
        exchange, calls = self.manuscript.exchange, self.context.calls
        keys = exchange.keys if exchange else ()
        reasons = {one.unit: one.reason for one in (*self.manuscript.findings, *verdict.findings)}
        sentences = [
            self._sentence(text, marks, reasons.pop(text, ""), keys)
            for text, marks in citation_marks(self.manuscript.entry.answer)
        ]
        sentences += [
            SentenceTrail(text=text, verdict="refused", by="code", reason=reason, kept=False, calls=keys)
            for text, reason in reasons.items()
        ]
        return EntryTrail(
            entry_id=self.manuscript.entry.id,
            run_id=self.context.run_id,
            method=calls.model if exchange and calls else EXTRACTIVE,
            calls=keys,
            sentences=tuple(sentences),
            at=self.context.now,
        )

    def _sentence(
        self, text: str, marks: tuple[int, ...], reason: str, keys: tuple[str, ...]
    ) -> SentenceTrail:
        opinion = self.opinions.get(text)
        judged = opinion is not None and opinion.said is not None and (not reason or reason.startswith(SAYS))
        said = opinion.said if opinion and judged else None
        return SentenceTrail(
            text=text,
            sources=tuple(dict.fromkeys(one.source_id for one in self.cited(marks))),
            verdict=said or ("refused" if reason else "found"),
            by=load("check").label if judged else "code",
            reason=reason,
            kept=not reason,
            calls=(*keys, opinion.key) if opinion and judged else keys,
        )


def is_verbatim(text: str, cited: Sequence[Citation]) -> bool:
    """Return whether a sentence stands letter for letter in a quote that it cites."""
    wanted = one_line(text).casefold()
    return any(wanted in one_line(one.quote).casefold() for one in cited)
