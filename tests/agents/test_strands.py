"""Matters inside a topic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from threadlore.agents.drafting.strands import MAX_QUESTIONS, find_strands, wordings_of_questions
from threadlore.types import Facts, Question, QuestionStatus

START = datetime(2026, 1, 1, tzinfo=UTC)


def question(number: int, minutes: int) -> Question:
    return Question(
        id=f"q{number}",
        thread_id=f"t{number}",
        text="How do I make a backup of one collection?",
        author=f"asker{number}",
        message_ids=(f"m{number}",),
        resolution=(f"a{number}",),
        evidence=(f"m{number}", f"a{number}"),
        status=QuestionStatus.SETTLED,
        facts=Facts(),
        asked_at=START + timedelta(minutes=minutes),
        method="extractive",
    )


def test_of_a_large_topic_the_newest_questions_are_looked_at() -> None:
    late = {3, 700, MAX_QUESTIONS + 1}
    asked = [question(at, 10**6 if at in late else at) for at in range(MAX_QUESTIONS + 2)]
    wordings = wordings_of_questions(asked)
    vectors = np.zeros((len(wordings), 2), dtype=np.float32)
    for row, wording in enumerate(wordings):
        vectors[row, 0 if wording.owner in late else 1] = 1.0

    found = find_strands(asked, wordings, vectors, min_authors=2)
    members = [set(strand.members) for strand in found]
    assert late in [group & late for group in members]
    seen = set().union(*members)
    assert len(seen) == MAX_QUESTIONS
    assert not seen & {0, 1}
    assert all(strand.centre in strand.members for strand in found)
