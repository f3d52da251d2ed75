"""What the threads of a community teach about it: how rare its words are, and who helps in it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from threadlore.agents.drafting.wording import words_of
from threadlore.seams import AnalysisRecords
from threadlore.types import Message, Question, QuestionStatus, Role

SAMPLE = 2000
"""Questions that are read for it: their ids are hashes, so the first are a fair draw."""

HELPED = 3
"""Distinct other members whose questions somebody settled, from which they are a helper without a role."""


@dataclass(frozen=True, slots=True)
class Community:
    """Weight of each word (log of all questions over those that have it), and the pseudonyms of helpers."""

    rarity: Mapping[str, float] = field(default_factory=dict)
    helpers: frozenset[str] = frozenset()

    def trusts(self, question: Question, message: Message) -> bool:
        """Return whether somebody stands for an answer: a role, a mark, the asker's word, or whom it helped.

        An answer that only reads like one, from somebody nobody knows, may settle a question for the
        statistics, and may not be quoted to others.
        """
        if message.role in (Role.HELPER, Role.MAINTAINER) or message.author in self.helpers:
            return True
        marks = message.marks
        own = message.author == question.author
        return question.confirmed or own or bool(marks.solved or marks.thanks)


def learn(records: AnalysisRecords) -> Community:
    """Return what the stored questions teach."""
    sample = records.questions()[:SAMPLE]
    counts = Counter(word for question in sample for word in words_of(question.text))
    rarity = {word: math.log((len(sample) + 1) / (count + 0.5)) for word, count in counts.items()}
    settled = [one for one in sample if one.status is QuestionStatus.SETTLED]
    authors = {
        message.id: message.author
        for message in records.messages([key for one in settled for key in one.resolution])
    }
    helped: dict[str, set[str]] = defaultdict(set)
    for question in settled:
        for key in question.resolution:
            if authors.get(key, question.author) != question.author:
                helped[authors[key]].add(question.author)
    return Community(rarity, frozenset(name for name, askers in helped.items() if len(askers) >= HELPED))
