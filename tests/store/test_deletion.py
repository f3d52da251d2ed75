"""Deletion goes all the way, and nothing of it comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.builders import (
    CHANNEL,
    a_batch,
    a_citation,
    a_conversation,
    a_message,
    a_question,
    a_thread,
    an_entry,
    at,
)
from threadlore.embedding import content_hash, embed_cached
from threadlore.seams import CleanBatch
from threadlore.store import schema
from threadlore.store.deletion import delete, delete_messages, forget_author, opted_out
from threadlore.store.outbox import drain
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder
from threadlore.types import EntryOrigin, EntryState, QuestionStatus, Topic, TopicEvent

MARKER = "zygomorphic7731"
BOB = "u_bob"
THREAD = a_thread("7", f"Why does {MARKER} fail?")
ASKED = a_message("1", f"Why does {MARKER} fail with timeout?", author=BOB, thread_id=THREAD.id)
REPLY = a_message("2", "Raise the timeout in milvus.yaml.", thread_id=THREAD.id)
OTHER = a_message("3", "How do I raise the timeout?", author="u_eve", thread_id=THREAD.id)
ANSWER = a_message("4", f"Use {MARKER} as I said.", author=BOB, thread_id=THREAD.id)
PAGE = a_batch(ASKED, REPLY, OTHER, ANSWER, threads=(THREAD,))

ABOUT_BOB = a_question(THREAD.id, ASKED, f"Why does {MARKER} fail?")
OF_EVE = a_question(
    THREAD.id,
    OTHER,
    "How do I raise the timeout?",
    resolution=(ANSWER.id,),
    evidence=(OTHER.id, REPLY.id, ANSWER.id),
    status=QuestionStatus.SETTLED,
    answered_at=ANSWER.created_at,
)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path)
    fill(opened)
    yield opened
    opened.close()


def fill(records: Records) -> None:
    records.save_batch(PAGE)
    records.save_questions("extractive", {THREAD.id: [ABOUT_BOB, OF_EVE]})
    topic = Topic(
        id="t_1",
        label=f"{MARKER} timeout",
        area="other",
        keyphrases=(MARKER, "timeout"),
        question_ids=(ABOUT_BOB.id, OF_EVE.id),
        authors=2,
        first_seen=at(1),
        last_seen=at(3),
    )
    alone = topic.model_copy(update={"id": "t_2", "question_ids": (ABOUT_BOB.id,)})
    born = TopicEvent(run_id="r", topic_id="t_2", kind="born", at=at(0))
    records.save_topics([topic, alone], [born])
    mined = an_entry(
        question=f"Why does {MARKER} fail?",
        paraphrases=("How do I raise the timeout?",),
        answer=f"Raise the timeout. [1] Use {MARKER}. [2]",
        citations=(a_citation(REPLY, "Raise the timeout"), a_citation(ANSWER, f"Use {MARKER}")),
        core=(0,),
        question_ids=(ABOUT_BOB.id, OF_EVE.id),
    )
    curated = an_entry("start", origin=EntryOrigin.CURATED)
    records.save_entries([mined, curated])
    asyncio.run(embed_cached(records, HashEmbedder(), [ASKED.text, REPLY.text, ABOUT_BOB.text]))


def test_forgetting_an_author_mends_everything_that_came_from_them(records: Records) -> None:
    report = forget_author(records, BOB)
    assert (report.messages, report.questions, report.entries) == (2, 1, 1)
    assert report.files_clean
    assert opted_out(records) == [BOB]
    assert records.messages([ASKED.id, REPLY.id, ANSWER.id]) == [REPLY]
    (question,) = records.questions()
    assert (question.id, question.status, question.resolution) == (OF_EVE.id, QuestionStatus.OPEN, ())
    assert question.evidence == (OTHER.id, REPLY.id)
    (topic,) = records.topics()
    assert (topic.id, topic.authors, topic.keyphrases) == ("t_1", 1, ("timeout",))
    assert MARKER not in topic.label
    assert records.topic_events() == []
    (thread,) = records.threads([THREAD.id])
    assert thread.title == schema.REMOVED_TITLE
    mined, curated = records.entries()
    assert (mined.question, mined.answer) == ("How do I raise the timeout?", "Raise the timeout. [1]")
    assert mined.state is EntryState.APPROVED
    assert curated.review_reasons == ()
    kept = records.embeddings("hash-64", [content_hash(text) for text in (ASKED.text, REPLY.text)])
    assert kept.keys() == {content_hash(REPLY.text)}


def test_a_forgotten_author_does_not_come_back_with_the_same_file(records: Records) -> None:
    forget_author(records, BOB)
    assert records.save_batch(PAGE).refused == 2
    assert records.messages([ASKED.id]) == []
    assert records.threads([THREAD.id])[0].title == schema.REMOVED_TITLE
    later = a_message("9", "Me again", author=BOB)
    assert records.save_batch(a_batch(later)).refused == 1


def test_a_title_by_an_author_who_opted_out_before_is_never_shown(tmp_path: Path) -> None:
    records = Records(tmp_path / "other")
    forget_author(records, BOB)
    records.save_batch(PAGE)
    assert records.threads([THREAD.id])[0].title == schema.REMOVED_TITLE
    records.close()


def test_a_deleted_message_does_not_come_back_and_its_thread_is_read_again(records: Records) -> None:
    assert records.conversations_to_distil("extractive") == []
    delete_messages(records, [ANSWER.id, "unknown"])
    assert records.conversations_to_distil("extractive") == [THREAD.id]
    assert records.save_batch(PAGE).refused == 1
    assert [question.id for question in records.questions()] == sorted([ABOUT_BOB.id, OF_EVE.id])


@pytest.mark.parametrize(("of", "stays"), [(f" of {MARKER}", False), ("", True)])
def test_a_question_in_the_words_of_a_model_falls_with_what_gave_it_words(
    records: Records, of: str, stays: bool
) -> None:
    worded = OF_EVE.model_copy(update={"text": f"How do I raise the timeout{of}?", "prompt_hash": "k"})
    records.save_questions("model", {THREAD.id: [worded]})
    delete_messages(records, [ASKED.id, ANSWER.id])
    assert [item.id for item in records.questions()] == [worded.id] * stays


def test_an_approved_entry_whose_core_fell_is_no_answer_any_more(records: Records) -> None:
    delete_messages(records, [REPLY.id])
    entry = records.entries()[0]
    assert entry.state is EntryState.STALE
    assert "Raise" not in entry.answer


def test_a_deleted_thread_takes_its_conversations_along(records: Records) -> None:
    records.save_split(THREAD.id, [a_conversation(THREAD.id, [ASKED, REPLY], frozen=True)])
    delete(records, (), [THREAD.id])
    assert records.counts().conversations == 0
    assert records.questions() == []
    assert records.save_batch(PAGE).refused == 4


def test_a_conversation_of_a_channel_loses_the_title_that_its_first_message_gave(records: Records) -> None:
    first, second = (a_message(number, f"{MARKER} {number}") for number in ("21", "22"))
    records.save_batch(a_batch(first, second))
    cut = a_conversation(CHANNEL, [first, second], title=first.text, frozen=True)
    records.save_split(CHANNEL, [cut])
    delete_messages(records, [first.id])
    (left,) = records.threads([cut.id])
    assert (left.title, left.message_ids) == (schema.REMOVED_TITLE, (second.id,))


def files_with(folder: Path, text: str) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def many_pages() -> Iterator[CleanBatch]:
    for page in range(20):
        yield a_batch(
            *(
                a_message(
                    str(1000 + 50 * page + number),
                    f"{MARKER} {number} " + "padding " * number,
                    author=BOB if number % 3 else "u_eve",
                )
                for number in range(50)
            )
        )


def test_deleted_text_is_in_no_file_byte_by_byte(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    records = Records(folder)
    vectors = MilvusVectors(str(folder / "milvus.db"), dimension=16)
    embedder = HashEmbedder(16)
    fill(records)
    for page in many_pages():
        records.save_batch(page)
    asyncio.run(drain(records, lambda: vectors, lambda: embedder))
    asyncio.run(vectors.close())
    assert len(files_with(folder, MARKER)) >= 2
    forget_author(records, BOB)
    forget_author(records, "u_eve")
    asyncio.run(drain(records, lambda: vectors, lambda: embedder))
    assert files_with(folder, MARKER) == []
    asyncio.run(vectors.close())
    records.close()
    assert files_with(folder, MARKER) == []
