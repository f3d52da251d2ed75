"""Entries found by wording and by question, against comparing with every one of them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime

from threadlore.agents.matching.wordings import WordingIndex, wordings
from threadlore.faq_files import normal_question
from threadlore.testing import HashEmbedder
from threadlore.types import FaqEntry

LEAST = 0.8
AT = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = [
    "how",
    "do",
    "I",
    "upgrade",
    "the",
    "proxy",
    "of",
    "a",
    "cluster",
    "with",
    "an",
    "index",
    "and",
    "no",
    "memory",
]


def an_entry(key: int, source: random.Random) -> FaqEntry:
    texts = [" ".join(source.sample(WORDS, source.randint(2, 5))) for _ in range(3)]
    asked = tuple(sorted({f"q{source.randrange(30)}" for _ in range(3)}))
    return FaqEntry(
        id=f"e{key:02d}",
        question=texts[0],
        paraphrases=tuple(texts[1:]),
        question_ids=asked,
        answer="x",
        created_at=AT,
        updated_at=AT,
    )


def test_what_is_found_is_what_comparing_with_all_finds_also_after_changes() -> None:
    source = random.Random(3)
    entries = {entry.id: entry for entry in (an_entry(key, source) for key in range(40))}
    texts = sorted({text for entry in entries.values() for text in wordings(entry)})
    matrix = asyncio.run(HashEmbedder().embed(texts))
    vectors = dict(zip(texts, matrix, strict=True))
    index = WordingIndex(vectors, texts, LEAST)
    for entry in entries.values():
        index.put(entry, None)
    updates: dict[str, dict[str, object]] = {
        "e03": {"merged_into": "e04"},
        "e05": {"question": texts[0], "question_ids": ()},
    }
    for key, update in updates.items():
        changed = entries[key].model_copy(update=update)
        index.put(changed, entries[key])
        entries[key] = changed
    for asked in texts:
        expected = {}
        for entry in entries.values():
            cosines = [
                1.0
                if normal_question(text) == normal_question(asked)
                else float(vectors[asked] @ vectors[text])
                for text in wordings(entry)
            ]
            if not entry.merged_into and max(cosines) >= LEAST:
                expected[entry.id] = max(cosines)
        assert index.like(asked) == expected
    shared = Counter(
        entry.id for entry in entries.values() for key in entry.question_ids if key in {"q1", "q2"}
    )
    assert index.sharing(["q1", "q2"]) == shared


def test_the_same_letters_are_found_without_a_vector() -> None:
    index = WordingIndex({}, ["How do I upgrade?"], LEAST)
    entry = FaqEntry(id="e1", question="how do i upgrade", answer="x", created_at=AT, updated_at=AT)
    index.put(entry, None)
    assert index.like("How do I upgrade?") == {"e1": 1.0}
    assert index.like("And now?") == {}
