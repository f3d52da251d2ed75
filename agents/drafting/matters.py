"""What a topic's entries are about: a topic can hold several matters, and an entry answers one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.community import Community, learn
from threadlore.agents.drafting.evidence import usable_questions
from threadlore.agents.drafting.spelling import spellings
from threadlore.agents.drafting.strands import find_strands, wordings_of_questions
from threadlore.embedding import embed_cached
from threadlore.types import EntryOrigin, Question, Topic, Visibility


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that enough authors asked and that was settled: its questions, the centre first."""

    topic: Topic
    questions: tuple[Question, ...]

    @property
    def private(self) -> bool:
        """Whether an entry of it stays inside."""
        return any(one.visibility is Visibility.PRIVATE for one in self.questions)


@dataclass(frozen=True, slots=True)
class Lore:
    """What the whole community teaches: how names are written, how rare words are, who helps."""

    table: Mapping[str, str]
    community: Community


def read_lore(context: AnalysisContext) -> Lore:
    """Return what entries, facts and questions teach."""
    texts = [fact.replacement for fact in context.profile.facts]
    for entry in context.records.entries():
        if entry.origin is not EntryOrigin.MINED:
            texts += [entry.question, entry.answer]
    return Lore(spellings(texts, context.profile.product), learn(context.records))


async def find_matters(context: AnalysisContext, topic: Topic, lore: Lore) -> list[Matter]:
    """Return the matters of a topic; none when too few asked or nothing was settled."""
    asked = context.records.questions(list(topic.question_ids))
    questions = usable_questions(asked, context.min_authors)
    if not questions:
        return []
    wordings = wordings_of_questions(questions)
    texts = [wording.text for wording in wordings]
    vectors = await embed_cached(context.records, context.embedder(), texts)
    strands = find_strands(
        questions, wordings, vectors, context.min_authors, context.embedder().languages, lore.community.rarity
    )
    return [
        Matter(
            topic,
            (
                questions[strand.centre],
                *(questions[at] for at in strand.members if at != strand.centre),
            ),
        )
        for strand in strands
    ]
