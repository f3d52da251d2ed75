"""Answers end to end: approved entries, tools, and silence."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from threadlore.agents.answer_graph import GraphAnswerer
from threadlore.agents.answering.decide import is_sure
from threadlore.agents.answering.language import guess_language
from threadlore.agents.matching import Ranking
from threadlore.profile import load_profile
from threadlore.seams import Answer, Hit, VectorQuery
from threadlore.store.records import Records
from threadlore.testing import HashEmbedder
from threadlore.types import AppliesTo, DocLink, EntryState, FaqEntry, Visibility

AT = datetime(2026, 1, 1, tzinfo=UTC)


class EnglishHash(HashEmbedder):
    """A fake that knows English only, as the bundled model does."""

    languages: frozenset[str] | None = frozenset({"en"})


class NoVectors:
    """A vector store without a row."""

    async def search(
        self, collection: str, queries: list[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        return [[] for _ in queries]


def entry(key: str, question: str, *more: str, **fields: object) -> FaqEntry:
    base = FaqEntry(
        id=key,
        question=question,
        paraphrases=more,
        answer=f"The answer of {key}.",
        state=EntryState.APPROVED,
        doc_links=(DocLink(title="Page", url="https://example.org/page", version="2.6"),),
        applies_to=AppliesTo(since="2.5"),
        checked_at=date(2026, 8, 1),
        created_at=AT,
        updated_at=AT,
    )
    return base.model_copy(update=fields)


@pytest.fixture
def answerer(tmp_path: Path) -> GraphAnswerer:
    records = Records(tmp_path)
    records.save_entries(
        [
            entry("backup", "How do I back up a collection?", "backup of a collection", "save a snapshot"),
            entry("slow", "Why is my search slow?", "search is slow", "slow search"),
            entry("size", "How much memory do I need?", "how much ram", tools=("size",)),
            entry("draft", "How do I use secret drafts?", state=EntryState.DRAFT),
            entry("hidden", "How do I use private things?", visibility=Visibility.PRIVATE),
            entry("zh", "How do I export data?", "如何导出集合里的全部数据"),
        ]
    )
    return GraphAnswerer(
        records=records,
        embedder=EnglishHash(1024),
        vectors=NoVectors(),  # type: ignore[arg-type]
        profile=load_profile("milvus"),
    )


def ask(answerer: GraphAnswerer, question: str) -> Answer:
    return asyncio.run(answerer.answer(question))


def test_an_approved_entry_answers_with_its_sources(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "Why is my search slow?")
    assert (found.kind, found.entry_id) == ("answered", "slow")
    assert found.sources[0].url == "https://example.org/page"
    assert (found.applies_to, found.checked) == ("2.5 and later", "2026-08-01")


def test_a_version_outside_the_range_is_named(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "Why is my search slow? milvus v2.3.1")
    assert found.kind == "answered"
    assert "2.3.1" in found.text


@pytest.mark.parametrize("question", ["How do I use secret drafts?", "How do I use private things?"])
def test_drafts_and_private_entries_never_answer(answerer: GraphAnswerer, question: str) -> None:
    found = ask(answerer, question)
    assert found.entry_id not in {"draft", "hidden"}
    assert "draft" not in {key for key, _ in found.closest}


def test_numbers_in_the_question_call_the_tool(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "memory for 50M 768d HNSW?")
    assert (found.kind, found.tool) == ("tool", "size")
    assert found.arguments == {"vectors": 50_000_000, "dim": 768, "index": "HNSW"}
    assert "179.7 GB" in found.text


def test_chinese_numbers_call_the_tool_too(answerer: GraphAnswerer) -> None:
    assert ask(answerer, "1000万条768维向量用HNSW需要多少内存").kind == "tool"


def test_the_one_missing_argument_is_asked_for(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "how much memory for 10M vectors with hnsw")
    assert found.kind == "ask_back"
    assert "10M vectors" in found.text
    assert "dimension" in found.text


def test_a_sure_entry_on_another_matter_is_given_rather_than_a_question_back(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "How do I back up a collection? backup of a collection with 10M vectors, 64 GB RAM")
    assert (found.kind, found.entry_id) == ("answered", "backup")


def test_without_an_index_the_usual_ones_are_compared(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "how much memory for 50M vectors, 768 dim")
    assert found.kind == "tool"
    assert "- HNSW: " in found.text and "- DISKANN: " in found.text


def test_arguments_that_contradict_each_other_are_asked_for_again(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "how much memory for 10M vectors, 768 dim, hnsw, standalone with 3 replicas")
    assert found.kind == "ask_back"
    assert "a Standalone is one query node" in found.text


def test_another_language_is_handed_over_with_the_reason(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "搜索为什么这么慢")
    assert found.kind == "handover"
    assert "Chinese" in found.text


def test_a_phrasing_in_that_language_answers(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "如何导出集合里的全部数据")
    assert (found.kind, found.entry_id) == ("answered", "zh")
    assert "English" in found.text.splitlines()[0]


def test_memory_that_is_named_is_compared(answerer: GraphAnswerer) -> None:
    found = ask(answerer, "does 20M 768d hnsw fit on a 64GB box")
    assert found.kind == "tool"
    assert "too little" in found.text
    assert "fits, with" in ask(answerer, "does 1M 768d hnsw fit on a 64GB box").text


@pytest.mark.parametrize(
    ("question", "command", "files"),
    [
        ("which index for 20M vectors of 768 dims?", "tool index --vectors 20000000 --dim 768`", "code"),
        (
            "which embedding model for japanese, self hosted?",
            "tool embed --languages ja --no-hosted`",
            "code",
        ),
        ("upgrade from 2.4.15 to 3.0?", "tool migrate --from milvus-2.4.15 --to milvus-3.0`", "backup"),
    ],
)
def test_a_long_result_is_given_by_its_core_and_the_command_for_the_whole(
    answerer: GraphAnswerer, question: str, command: str, files: str
) -> None:
    text = ask(answerer, question).text
    assert command in text and f"`--output NAME` it prints one of its files: {files}" in text
    assert len(text.splitlines()) <= 30


def test_what_was_read_and_what_was_assumed_are_told_apart(answerer: GraphAnswerer) -> None:
    text = ask(answerer, "memory for 50M 768d HNSW?").text
    assert "Read from your question: 50M vectors, dim 768, index HNSW." in text
    assert "Assumed: M 30" in text
    chosen = ask(answerer, "memory for 50M 768d HNSW with M=16?").text
    assert "M 16" in chosen and "M 30" not in chosen
    wished = ask(answerer, "which index for 50M 768d, 98% recall under 20 ms, no gpu?").text
    assert "recall 98%, latency 20 ms, no gpu" in wished


def test_unchanged_records_are_not_read_again(answerer: GraphAnswerer) -> None:
    for _ in range(2):
        ask(answerer, "Why is my search slow?")
    faq = answerer._faq
    ask(answerer, "How do I back up a collection?")
    assert answerer._faq is faq


def test_a_person_who_wants_a_person_gets_one(answerer: GraphAnswerer) -> None:
    assert ask(answerer, "can I talk to a maintainer please").kind == "handover"


def test_nothing_near_is_out_of_scope(answerer: GraphAnswerer) -> None:
    assert ask(answerer, "zyxwv qwertz").kind == "out_of_scope"
    assert ask(answerer, "   ").kind == "out_of_scope"


def test_the_least_bad_of_a_few_entries_is_not_sure() -> None:
    ranked = (("only", 1.0),)
    assert is_sure(Ranking(ranked, confidence=0.95, cosine=0.7))
    assert not is_sure(Ranking(ranked, confidence=0.95, cosine=0.4))


def test_a_changed_entry_is_seen(answerer: GraphAnswerer) -> None:
    ask(answerer, "Why is my search slow?")
    answerer._records.save_entries([entry("slow", "Why is my search slow?", answer="Another answer.")])
    assert ask(answerer, "Why is my search slow?").text == "Another answer."


def test_without_entries_nothing_is_claimed(tmp_path: Path) -> None:
    empty = GraphAnswerer(
        records=Records(tmp_path),
        embedder=EnglishHash(1024),
        vectors=NoVectors(),  # type: ignore[arg-type]
        profile=load_profile("milvus"),
    )
    assert ask(empty, "how do I do anything with milvus?").kind == "unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("how do I create an index", "en"),
        ("cannot connect to etcd", "en"),
        ("wie kann ich das nicht machen", "de"),
        ("¿cómo puedo hacer una copia de mi colección?", "es"),
        ("Windowsでmilvusを動かすには?", "ja"),
        ("milvus 怎么从 2.4 升级到 2.6", "zh"),
        ("как сделать резервную копию", "ru"),
        ("", "en"),
    ],
)
def test_language_is_guessed_from_script_and_small_words(text: str, code: str) -> None:
    assert guess_language(text) == code
