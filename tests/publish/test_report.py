"""The report: its sentences, its tables, and that their numbers agree."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings

from tests.publish.builders import (
    a_topic_view,
    an_entry,
    asked,
    empty_bundle,
    full_bundle,
    html_of,
    tree,
)
from tests.publish.test_markdown import TEXT, tags
from threadlore.bundle import Bundle, Counts, OpenQuestion, SkippedGroup, Totals, WaitingEntry
from threadlore.publish.report import load
from threadlore.publish.report.layout import lay_out
from threadlore.publish.report.summary import sentences
from threadlore.publish.templates import render
from threadlore.types import EntryState, QuestionStatus, Skipped, TopicEvent


def report_of(bundle: Bundle) -> str:
    return render("threadlore.publish.report", "report.md.j2", **lay_out(bundle))


def test_the_summary_says_the_week_in_sentences() -> None:
    assert [str(sentence) for sentence in sentences(full_bundle())] == [
        "**5 members asked 5 questions in 2 topics.** 60 % were settled (3 of 5); "
        "2 questions are still open.",
        "That is 3 questions more than in the 7 days before (2).",
        "Most asked: *Memory of HNSW* (3 members).",
        "1 topic is new and 1 topic is fading.",
        "1 draft waits for your review; 1 entry went stale.",
    ]


def test_without_earlier_questions_nothing_is_called_new() -> None:
    said = " ".join(sentences(full_bundle(compared=False)))
    assert "no earlier questions to compare with" in said
    assert "| – |" in report_of(full_bundle(compared=False))


def test_all_parts_are_there() -> None:
    page = report_of(full_bundle())
    headings = (
        "What people ask",
        "What changed",
        "Open questions",
        "Demand against coverage",
        "What waits for you",
        "Input that was passed over",
        "How these numbers were made",
    )
    for heading in headings:
        assert f"## {heading}" in page
    assert "16 November 2026 to 22 November 2026" in page
    assert "`threadlore review show e_1`" in page
    assert "https://forum.example/ann" in page
    assert "5 days" in page
    assert "2 items: no author (such as file.json:3)" in page


def test_numbers_of_the_tables_add_up() -> None:
    bundle = full_bundle()
    page = report_of(bundle)
    by_area = [
        int(found) for found in re.findall(r"^(\d+) questions? by \d+ members?\.$", page, re.MULTILINE)
    ]
    alone = re.search(r"^(\d+) more question", page, re.MULTILINE)
    assert alone is not None
    assert sum(by_area) + int(alone[1]) == bundle.period.questions
    coverage = re.findall(
        r"^\| (?:an approved|a documentation|neither).*?\| (\d+) \| (\d+) \|", page, re.MULTILINE
    )
    assert sum(int(topics) for topics, _ in coverage) == bundle.period.topics
    assert sum(int(questions) for _, questions in coverage) == sum(by_area)


def test_every_table_has_cells_for_its_columns() -> None:
    html = html_of(report_of(full_bundle()))
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        columns = table.count("<th")  # thead itself starts so
        rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        assert {len(re.findall(r"<t[hd][ >]", row)) for row in rows} == {columns - 1}
    assert html.count("<table>") == page_tables(report_of(full_bundle()))


def page_tables(page: str) -> int:
    return len(re.findall(r"^\|[-:|]+\|$", page, re.MULTILINE))


def test_empty_data_names_the_next_step() -> None:
    assert "threadlore ingest" in report_of(empty_bundle())
    read = report_of(empty_bundle(counts=Counts(messages=3, threads=1)))
    assert "3 messages in 1 thread" in read
    assert "threadlore analyze" in read
    quiet = full_bundle(period=Totals(), topics=(), open_questions=())
    assert "Nobody asked anything" in report_of(quiet)


def test_questions_that_wait_for_an_embedder_are_shown_with_the_way_out() -> None:
    page = report_of(full_bundle().model_copy(update={"unread_languages": {"ja": 1, "zh": 12}}))
    assert "1 question in Japanese waits for a multilingual embedder" in page
    assert "12 questions in Chinese wait for a multilingual embedder" in page and "embedding_model" in page
    assert "Languages that wait" not in report_of(full_bundle())


def test_a_gap_names_what_to_do() -> None:
    questions = (asked("a", status=QuestionStatus.OPEN), asked("b", status=QuestionStatus.OPEN))
    page = report_of(full_bundle(topics=(a_topic_view("gap", questions, drafts=("e_9",)),)))
    assert "`threadlore review show e_9`" in page
    assert "nobody has settled it yet" in report_of(full_bundle(topics=(a_topic_view("gap", questions),)))
    assert "1 topic that several members asked about has neither" in page


def test_merges_and_splits_are_named() -> None:
    from tests.publish.builders import UNTIL

    events = (TopicEvent(run_id="r", topic_id="t_memory", kind="merged", other_id="t_slow", at=UNTIL),)
    assert "“Memory of HNSW” went into “Slow search”." in report_of(full_bundle(events=events))


def test_no_author_is_shown_in_full() -> None:
    author = "0123456789abcdef"
    one = asked("x", author=author, status=QuestionStatus.OPEN)
    page = report_of(full_bundle(open_questions=(OpenQuestion(asked=one, waiting_days=0),)))
    assert author not in page
    assert "member 89abcdef" in page
    assert "less than a day" in page


@settings(max_examples=40)
@given(TEXT, TEXT)
def test_no_forum_text_changes_the_page(text: str, other: str) -> None:
    one = asked("x", text, status=QuestionStatus.OPEN)
    bundle = full_bundle(
        topics=(a_topic_view("x", (one, asked("y", other)), label=text),),
        open_questions=(OpenQuestion(asked=one, waiting_days=3),),
        drafts=(
            WaitingEntry(entry=an_entry("e", question=text, state=EntryState.DRAFT, review_reasons=(other,))),
        ),
        skipped=(SkippedGroup(reason=other, count=1, examples=(Skipped(item=text, reason=other),)),),
    )
    page = report_of(bundle)
    html = html_of(page)
    plain = html_of(report_of(full_bundle(topics=(a_topic_view("x", (asked("x"), asked("y"))),))))
    assert tags(html) <= tags(plain) | {"code"}
    for tag in ("<h1", "<h2", "<h3", "<table", "<script", "<img"):
        assert html.count(tag) == plain.count(tag)
    assert "{{" not in page
    assert "@everyone" not in page
    assert all(href.startswith("https://forum.example/") for href in re.findall(r'href="([^"]*)"', html))


def test_one_file_is_published(tmp_path: Path) -> None:
    load().publish(full_bundle(), tmp_path)
    assert list(tree(tmp_path)) == ["report.md"]
