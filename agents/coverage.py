"""Finds the documentation that covers each topic; a page that is only near covers nothing."""

from __future__ import annotations

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.documents import Section, doc_links, find_sections
from threadlore.ids import digest
from threadlore.types import Topic, TopicState

BATCH = 50
"""Topics searched for at a time."""

COVERS_TOPIC = 0.7
"""Score from which a section covers a topic; being near enough to be quoted takes less.

Of 60 pairs of a Milvus thread and its nearest section, read by one person, half of those above were on
the matter; from 0.62 on it was a third. Every wording of a topic has its chance, so this stays generous.
"""

_WORDINGS = 3


async def cover_topics(context: AnalysisContext) -> dict[str, int]:
    """Store with each topic the pages that cover it. Topics whose input did not change are passed over.

    Counts: covered, uncovered (of those looked at), unchanged.
    """
    records = context.records
    documents = records.documents_digest()
    living = [topic for topic in records.topics() if topic.state is not TopicState.MERGED]
    inputs = {topic.id: digest(documents, topic.label, *topic.question_ids) for topic in living}
    due = [topic for topic in living if records.stage_input(_stage(topic)) != inputs[topic.id]]
    counts = {"covered": 0, "uncovered": 0, "unchanged": len(living) - len(due)}
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        covered = await _cover(context, batch)
        changed = [new for new, old in zip(covered, batch, strict=True) if new != old]
        records.save_topics(changed, [])
        for topic in covered:
            records.save_stage_input(_stage(topic), inputs[topic.id])
            counts["covered" if topic.documents else "uncovered"] += 1
        context.progress("cover", start + len(batch), len(due))
    return counts


async def _cover(context: AnalysisContext, topics: list[Topic]) -> list[Topic]:
    """Return `topics` with the pages on which several of their wordings agree, best first."""
    wordings: list[str] = []
    owners: list[int] = []
    for at, topic in enumerate(topics):
        asked = context.records.questions(list(topic.question_ids[:_WORDINGS]))
        for text in dict.fromkeys([topic.label, *(question.text for question in asked)]):
            if text.strip():
                wordings.append(text)
                owners.append(at)
    found = await find_sections(context, wordings)
    covered = []
    for at, topic in enumerate(topics):
        best: dict[str, Section] = {}
        for owner, sections in zip(owners, found, strict=True):
            for section in sections if owner == at else ():
                known = best.get(section.document.id)
                if known is None or known.score < section.score:
                    best[section.document.id] = section
        near = [section for section in best.values() if section.score >= COVERS_TOPIC]
        ranked = sorted(near, key=lambda section: (-section.score, section.document.id))
        covered.append(topic.model_copy(update={"documents": doc_links(ranked)}))
    return covered


def _stage(topic: Topic) -> str:
    return f"cover:{topic.id}"
