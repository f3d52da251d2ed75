"""Matching questions with entries: order, confidence, and what changes neither."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from threadlore.agents.matching import MatchingFaq, answerable, embed_questions, fill_vectors, load_faq, match
from threadlore.agents.matching.calibrate import UNTOLD, calibrate
from threadlore.agents.matching.model import Calibration, Ranking, rank
from threadlore.agents.matching.text import head, without_product, words
from threadlore.seams import Hit, VectorQuery, VectorRow
from threadlore.testing import HashEmbedder
from threadlore.types import EntryState, FaqEntry

AT = datetime(2026, 1, 1, tzinfo=UTC)
TOPICS = {
    "backup": (
        "How do I back up a collection?",
        ("save a snapshot of my collection", "backup to s3 storage"),
    ),
    "slow": ("Why is my search slow?", ("search latency is too high", "queries take seconds to finish")),
    "windows": ("How do I run it on Windows?", ("install on a windows laptop", "wsl2 docker desktop setup")),
    "delete": (
        "Why is disk space not freed after delete?",
        ("deleted rows still on disk", "compaction of deletes"),
    ),
}


class Cache:
    """Vectors in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, NDArray[np.float32]] = {}

    def embeddings(self, model: str, content_hashes: object) -> dict[str, NDArray[np.float32]]:
        return {key: self.kept[key] for key in content_hashes if key in self.kept}  # type: ignore[attr-defined]

    def save_embeddings(self, model: str, vectors: dict[str, NDArray[np.float32]]) -> None:
        self.kept.update(vectors)


def entry(key: str, question: str, paraphrases: tuple[str, ...] = (), answer: str = "") -> FaqEntry:
    return FaqEntry(
        id=key,
        question=question,
        paraphrases=paraphrases,
        answer=answer,
        state=EntryState.APPROVED,
        created_at=AT,
        updated_at=AT,
    )


def faq() -> MatchingFaq:
    entries = [entry(key, question, more) for key, (question, more) in TOPICS.items()]
    found = asyncio.run(load_faq(entries, Cache(), HashEmbedder()))  # type: ignore[arg-type]
    assert found is not None
    return found


def ask(prepared: MatchingFaq, *texts: str) -> list[Ranking]:
    questions = asyncio.run(embed_questions(texts, HashEmbedder()))
    return rank(prepared.index, questions, calibration=prepared.calibration)


@pytest.mark.parametrize("key", TOPICS)
def test_a_phrasing_finds_its_entry(key: str) -> None:
    for text in (TOPICS[key][0], *TOPICS[key][1]):
        assert ask(faq(), text)[0].entries[0][0] == key


def test_what_shares_nothing_is_less_sure_than_a_phrasing() -> None:
    near, far = ask(faq(), "why is search so slow", "best pizza in Berlin")
    assert near.confidence > far.confidence
    assert far.words == 0


def test_order_does_not_depend_on_the_batch() -> None:
    texts = [text for question, more in TOPICS.values() for text in (question, *more)]
    together = ask(faq(), *texts)
    alone = [ask(faq(), text)[0] for text in texts]
    assert [r.entries[0][0] for r in together] == [r.entries[0][0] for r in alone]
    assert np.allclose([r.confidence for r in together], [r.confidence for r in alone], atol=1e-5)


def test_calibration_changes_no_order() -> None:
    questions = asyncio.run(embed_questions(["restore a backup", "slow", "disk"], HashEmbedder()))
    plain = rank(faq().index, questions)
    moved = rank(faq().index, questions, calibration=Calibration(0.5, -1.0))
    assert [r.entries for r in plain] == [r.entries for r in moved]
    assert (
        np.argsort([r.confidence for r in plain]).tolist()
        == np.argsort([r.confidence for r in moved]).tolist()
    )


def test_too_few_phrasings_make_it_careful() -> None:
    assert calibrate(faq().index) == UNTOLD


def test_an_entry_taken_out_is_not_ranked() -> None:
    questions = asyncio.run(embed_questions(["Why is my search slow?"], HashEmbedder()))
    found = rank(faq().index, questions, without={0: 1})[0]
    assert "slow" not in {key for key, _ in found.entries}


def test_only_candidates_come_first() -> None:
    questions = asyncio.run(embed_questions(["Why is my search slow?"], HashEmbedder()))
    assert rank(faq().index, questions, only=[frozenset({2})])[0].entries[0][0] == "windows"


def test_one_entry_and_no_entry_are_no_special_case() -> None:
    single = asyncio.run(load_faq([entry("a", "one?")], Cache(), HashEmbedder()))  # type: ignore[arg-type]
    assert single is not None
    assert ask(single, "anything at all")[0].entries[0][0] == "a"
    assert asyncio.run(load_faq([], Cache(), HashEmbedder())) is None  # type: ignore[arg-type]


def test_an_answer_helps_a_terse_entry() -> None:
    entries = [
        entry("x", "Ports?", answer="Milvus listens on 19530 for grpc"),
        entry("y", "Users?"),
        entry("z", "TLS?"),
    ]
    found = asyncio.run(load_faq(entries, Cache(), HashEmbedder()))  # type: ignore[arg-type]
    assert found is not None
    assert ask(found, "which number does grpc listen on, 19530")[0].entries[0][0] == "x"


def test_only_approved_entries_are_answers() -> None:
    draft = entry("d", "draft?").model_copy(update={"state": EntryState.DRAFT})
    merged = entry("m", "merged?").model_copy(update={"merged_into": "a"})
    assert [item.id for item in answerable([draft, merged, entry("a", "a?")])] == ["a"]


def test_words_keep_identifiers_whole_and_cut_scripts_without_spaces() -> None:
    assert "ivf_flat" in words("IVF_FLAT vs HNSW")
    assert words("备份集合") == ["备份", "份集", "集合"]
    assert words("the of and") == []


def test_the_head_of_a_long_text_is_its_first_line() -> None:
    long = "Search is slow\n" + "word " * 60
    assert head(long) == "Search is slow"
    assert head("short question") == "short question"


class EnglishHash(HashEmbedder):
    """A fake that reads English only."""

    languages: frozenset[str] | None = frozenset({"en"})


def test_phrasings_that_the_embedder_cannot_read_stay_out_of_the_index() -> None:
    entries = [
        entry("a", "How do I export data?", ("如何导出集合里的全部数据",)),
        entry("b", "どうやって消しますか"),
    ]
    found = asyncio.run(load_faq(entries, Cache(), EnglishHash()))  # type: ignore[arg-type]
    assert found is not None
    assert found.index.texts == ("How do I export data?",)
    assert found.foreign.match("如何导出全部数据", "zh")[0].entry == "a"


def test_a_faq_in_another_language_alone_is_still_matched() -> None:
    found = asyncio.run(load_faq([entry("b", "如何导出数据")], Cache(), EnglishHash()))  # type: ignore[arg-type]
    assert found is not None and found.index.entry_ids == ("b",)


def test_the_product_name_does_not_make_questions_alike() -> None:
    entries = [entry("a", "How do I run milvus?"), entry("b", "How do I back up a collection?")]
    found = asyncio.run(load_faq(entries, Cache(), HashEmbedder(), "Milvus"))  # type: ignore[arg-type]
    assert found is not None and found.index.texts[0] == "How do I run?"
    asked = asyncio.run(embed_questions(["what is the license of milvus"], HashEmbedder(), "Milvus"))
    assert asked.texts == ["what is the license of"]


@pytest.mark.parametrize("text", ["milvus-backup", "milvus_lite", "milvus.io", "pymilvus", "milvus"])
def test_names_that_hold_the_product_name_are_left_whole(text: str) -> None:
    assert without_product(text, "Milvus") == text


class Store:
    """Rows in memory; near is what shares a word with the question."""

    def __init__(self) -> None:
        self.rows: list[VectorRow] = []

    async def upsert(self, collection: str, rows: list[VectorRow]) -> None:
        self.rows += rows

    async def search(
        self, collection: str, queries: list[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        return [
            [
                Hit(row.id, row.owner, 1.0)
                for row in self.rows
                if set(words(row.text)) & set(words(query.text or ""))
            ]
            for query in queries
        ]


def test_a_large_faq_is_narrowed_by_the_vector_store() -> None:
    prepared, store = faq(), Store()
    asyncio.run(fill_vectors(prepared, store, exact=2))  # type: ignore[arg-type]
    assert {row.owner for row in store.rows} == set(TOPICS)
    questions = asyncio.run(embed_questions(["search latency is high", "zyx"], HashEmbedder()))
    near, far = asyncio.run(match(prepared, questions, store, exact=2))  # type: ignore[arg-type]
    assert near.entries[0][0] == "slow"
    assert len(far.entries) == len(TOPICS), "what finds nothing is compared with all"


def test_a_small_faq_needs_no_vector_store() -> None:
    store = Store()
    asyncio.run(fill_vectors(faq(), store))  # type: ignore[arg-type]
    assert store.rows == []


def test_what_a_confidence_means_is_fitted_once_for_a_faq_that_stays_the_same() -> None:
    cache = Cache()
    entries = [entry("a", "how do I make a backup?", ("backup of a collection",)), entry("b", "which port?")]
    asyncio.run(load_faq(entries, cache, HashEmbedder()))  # type: ignore[arg-type]
    (key,) = [key for key, vector in cache.kept.items() if vector.shape == (2,)]
    cache.kept[key] = np.array([2.0, 0.5], dtype=np.float32)
    again = asyncio.run(load_faq(entries, cache, HashEmbedder()))  # type: ignore[arg-type]
    assert again is not None
    assert again.calibration == Calibration(2.0, 0.5)
    changed = asyncio.run(load_faq(entries[:1], cache, HashEmbedder()))  # type: ignore[arg-type]
    assert changed is not None
    assert changed.calibration != again.calibration
