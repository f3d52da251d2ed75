"""Bundles for tests, with what matters named and the rest filled in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from threadlore.bundle import (
    AskedQuestion,
    Bundle,
    Counts,
    EntryView,
    OpenQuestion,
    SkippedGroup,
    SourceLine,
    TopicView,
    Totals,
    WaitingEntry,
)
from threadlore.types import (
    AppliesTo,
    Citation,
    DocLink,
    EntryState,
    FaqEntry,
    Question,
    QuestionStatus,
    Skipped,
    ToolCall,
    Topic,
    TopicState,
)

SINCE = datetime(2026, 11, 16, tzinfo=UTC)
UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
AREAS = (("deployment", "Deployment"), ("performance", "Performance"))


def a_question(name: str, text: str = "How much memory?", **given: Any) -> Question:
    values: dict[str, Any] = {
        "id": f"q_{name}",
        "thread_id": f"t/{name}",
        "text": text,
        "author": f"u_{name}",
        "message_ids": (f"m/{name}",),
        "asked_at": SINCE + timedelta(days=1),
        "status": QuestionStatus.SETTLED,
    }
    return Question(**(values | given))


def asked(name: str, text: str = "How much memory?", **given: Any) -> AskedQuestion:
    return AskedQuestion(
        question=a_question(name, text, **given), title="A thread", url=f"https://forum.example/{name}"
    )


def a_topic_view(name: str, questions: tuple[AskedQuestion, ...], **given: Any) -> TopicView:
    topic = Topic(
        id=f"t_{name}",
        label=given.pop("label", f"Topic {name}"),
        area=given.pop("area", "deployment"),
        question_ids=tuple(one.question.id for one in questions),
        first_seen=SINCE,
        last_seen=UNTIL,
    )
    values: dict[str, Any] = {
        "topic": topic,
        "questions": questions,
        "askers": len({one.question.author for one in questions}),
        "settled": sum(one.question.status is QuestionStatus.SETTLED for one in questions),
        "state": TopicState.NEW,
    }
    return TopicView(**(values | given))


def an_entry(name: str = "memory", **given: Any) -> FaqEntry:
    values: dict[str, Any] = {
        "id": name,
        "question": "How much memory does HNSW need?",
        "paraphrases": ("ram for hnsw?",),
        "answer": "About **1.5 times** the raw vectors.",
        "citations": (
            Citation(source_id="m/1", kind="message", quote="plan 1.5 x raw", url="https://forum.example/1"),
        ),
        "doc_links": (DocLink(title="Index", url="https://docs.example/index", version="2.6"),),
        "area": "deployment",
        "applies_to": AppliesTo(since="2.6"),
        "checked_at": date(2026, 11, 20),
        "state": EntryState.APPROVED,
        "created_at": SINCE,
        "updated_at": SINCE,
    }
    return FaqEntry(**(values | given))


def an_entry_view(name: str = "memory", **given: Any) -> EntryView:
    entry = an_entry(name, **given)
    sources = tuple(
        SourceLine(citation=one, at=date(2026, 11, 17), by="maintainer", title="Memory of HNSW")
        for one in entry.citations
    )
    return EntryView(entry=entry, sources=sources, askers=3)


def a_tool_call() -> ToolCall:
    return ToolCall(
        id="c_1",
        tool="size",
        arguments={"vectors": 1000000, "dimension": 768, "index": "HNSW"},
        result={"memory_bytes": 3200000000},
        summary="**3.2 GB** of memory for 1,000,000 vectors.",
        facts_version="sizing 2026-11",
    )


def empty_bundle(**given: Any) -> Bundle:
    values: dict[str, Any] = {"community": "Test community", "product": "Product", "areas": AREAS}
    return Bundle(**(values | given))


def full_bundle(**given: Any) -> Bundle:
    memory = (asked("ann"), asked("bob", "RAM for 10M vectors?"), asked("eve", status=QuestionStatus.OPEN))
    slow = (asked("dan", "Why is search slow?", status=QuestionStatus.OPEN),)
    values: dict[str, Any] = {
        "since": SINCE,
        "until": UNTIL,
        "compared": True,
        "period": Totals(questions=5, askers=5, settled=3, topics=2, unclustered=1),
        "before": Totals(questions=2, askers=2, settled=1, topics=1),
        "topics": (
            a_topic_view("memory", memory, label="Memory of HNSW", coverage="entry", entry_ids=("memory",)),
            a_topic_view(
                "slow",
                slow,
                label="Slow search",
                area="performance",
                state=TopicState.FADING,
                askers_before=3,
                drafts=("e_1",),
            ),
        ),
        "entries": (
            an_entry_view(tool_calls=(a_tool_call(),)),
            an_entry_view("memory-mmap", question="Does HNSW memory shrink with mmap?"),
            an_entry_view("slow", question="Why is the first search slow?", area="performance"),
        ),
        "drafts": (WaitingEntry(entry=an_entry("e_1", state=EntryState.DRAFT), askers=4),),
        "stale": (
            WaitingEntry(
                entry=an_entry("e_2", state=EntryState.STALE, review_reasons=("a source was deleted",))
            ),
        ),
        "open_questions": (OpenQuestion(asked=slow[0], waiting_days=5, topic_id="t_slow"),),
        "skipped": (
            SkippedGroup(
                reason="no author", count=2, examples=(Skipped(item="file.json:3", reason="no author"),)
            ),
        ),
        "methods": {"extractive": 5},
        "counts": Counts(
            messages=40, threads=9, conversations=12, questions=7, settled=4, languages={"en": 40}
        ),
    }
    return empty_bundle(**(values | given))


def html_of(markdown: str) -> str:
    """Render as GitHub would, raw HTML let through, without the YAML header."""
    body = re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(body))


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
