"""Questions count as answered by an approved entry that a person wrote; its text stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.agents.analysis import NOW, analysis, ask
from threadlore.agents.drafting.quantities import conflict, fits, quantities_of
from threadlore.agents.drafting.spelling import respelt, spellings
from threadlore.agents.links import link_questions
from threadlore.types import EntryOrigin, EntryState, FaqEntry, Visibility

ENTRY = FaqEntry(
    id="measure",
    question="How do I measure p99 search latency?",
    paraphrases=("measure search latency p99", "how to benchmark search latency"),
    answer="Run the benchmark tool and read p99.",
    state=EntryState.APPROVED,
    origin=EntryOrigin.CURATED,
    created_at=NOW,
    updated_at=NOW,
)
OTHER = ENTRY.model_copy(
    update={
        "id": "rename",
        "question": "Can I rename a collection?",
        "paraphrases": ("rename a loaded collection", "change the name of a collection"),
        "answer": "Yes, with an alias.",
    }
)


def test_a_question_that_an_approved_entry_answers_is_linked_and_the_text_stays(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        context.records.save_entries(
            [ENTRY, OTHER, ENTRY.model_copy(update={"id": "d", "state": EntryState.DRAFT})]
        )
        asked = ask(context, ["How do I measure p99 search latency?", "bulk import of parquet files fails"])
        counts = asyncio.run(link_questions(context))
        entries = {entry.id: entry for entry in context.records.entries()}
        assert counts == {"linked": 1, "entries": 1}
        assert entries["measure"] == ENTRY.model_copy(update={"question_ids": (asked[0].id,)})
        assert entries["d"].question_ids == ()
        assert asyncio.run(link_questions(context)) != counts


SIZING = ENTRY.model_copy(
    update={
        "id": "size",
        "question": "How much memory do I need for my vectors?",
        "paraphrases": ("memory for vectors with HNSW", "how much memory for 50M vectors 768 dim HNSW"),
        "answer": "It depends on your numbers.",
        "tools": ("size",),
    }
)


def test_a_linked_question_with_its_numbers_makes_the_tool_call_of_the_entry(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        context.records.save_entries([SIZING, OTHER])
        ask(context, ["How much memory for 20M vectors, 768 dim, HNSW?"])
        asyncio.run(link_questions(context))
        (call,) = next(entry for entry in context.records.entries() if entry.id == "size").tool_calls
        assert call.arguments == {"vectors": 20_000_000, "dim": 768, "index": "HNSW"}
        assert "20M vectors" in call.summary


def test_a_private_question_lends_its_numbers_to_nobody(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        context.records.save_entries([SIZING, OTHER])
        (question,) = ask(context, ["How much memory for 20M vectors, 768 dim, HNSW?"])
        hidden = question.model_copy(update={"visibility": Visibility.PRIVATE})
        context.records.save_questions("extractive", {question.thread_id: [hidden]})
        asyncio.run(link_questions(context))
        entry = next(entry for entry in context.records.entries() if entry.id == "size")
        assert entry.question_ids == (question.id,) and not entry.tool_calls


def test_numbers_of_another_case_conflict() -> None:
    own = quantities_of("What server for 20 million vectors?")
    theirs = quantities_of("memory for 5 million vectors")
    assert conflict(own, theirs)
    assert not fits("a 64 GB machine is comfortable", theirs, own)
    assert not fits("Raw data is 5M x 1536 x 4 = 30.7 GB.", {}, own)
    assert fits("Use HNSW_SQ, it takes a third of that.", own, own)
    assert not fits("Raw data is 5M x 1536 x 4 = 30.7 GB.", theirs, {})


def test_names_are_written_as_reviewed_text_writes_them() -> None:
    table = spellings(["Start etcd, then start Attu and etcd.", "Open Attu, look at etcd."], "Milvus")
    assert respelt("cannot reach milvus from attu", table) == "Cannot reach Milvus from Attu"
    assert respelt("pgvector halfvec -> milvus", table) == "Pgvector halfvec to Milvus"
