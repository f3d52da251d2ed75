"""Entries as pages show them, and entries that wait for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from threadlore.bundle import (
    AskedQuestion,
    EntryView,
    SourceLine,
    WaitingEntry,
)
from threadlore.bundling.places import places_of
from threadlore.bundling.public import PublicRecords
from threadlore.faq_files import normal_question
from threadlore.seams import BundleRecords
from threadlore.types import (
    Citation,
    Document,
    EntryState,
    FaqEntry,
    Message,
    Thread,
    Visibility,
)

ASKED_SHOWN = 5
"""Threads that a page names as places where its question was asked."""


def entry_views(records: BundleRecords, view: PublicRecords) -> tuple[EntryView, ...]:
    """Return approved public entries with their sources, ordered by id.

    An entry is left out when a source that carried it is gone, stands in a private place, or does not
    say what is quoted from it: a file that came in may cite anything.
    """
    approved = [
        entry
        for entry in view.entries
        if entry.state is EntryState.APPROVED and entry.visibility is Visibility.PUBLIC
    ]
    cited = sorted({one.source_id for entry in approved for one in entry.citations if one.kind == "message"})
    messages = {message.id: message for message in records.messages(cited)}
    threads = _threads_of(records, messages.values())
    cited_pages = {one.source_id for entry in approved for one in entry.citations if one.kind == "document"}
    documents = {page.id: page for page in records.documents(sorted(cited_pages))}
    linked = {key for entry in approved for key in entry.question_ids if key in view.questions}
    places = places_of(records, (view.questions[key] for key in linked))
    views = []
    for entry in approved:
        sources: list[SourceLine | None] = []
        for citation in entry.citations:
            message = messages.get(citation.source_id)
            if citation.kind == "message":
                sources.append(_message_line(citation, message, threads, view) if message else None)
            elif citation.kind == "document":
                sources.append(_document_line(citation, documents.get(citation.source_id)))
            else:
                called = any(call.id == citation.source_id for call in entry.tool_calls)
                sources.append(SourceLine(citation=citation) if called else None)
        if any(line is None for line in sources) and _lost_ground(entry, sources):
            continue
        topic = view.topics.get(entry.topic_id or "")
        views.append(
            EntryView(
                entry=entry,
                sources=tuple(line for line in sources if line),
                askers=_askers(view, entry),
                asked=_asked(entry, places),
                keyphrases=topic.keyphrases if topic else (),
            )
        )
    return tuple(views)


def _asked(entry: FaqEntry, places: Mapping[str, AskedQuestion]) -> tuple[AskedQuestion, ...]:
    """Return the newest public questions of an entry, one a thread."""
    asked = [places[key] for key in entry.question_ids if key in places]
    asked.sort(key=lambda one: (one.question.asked_at, one.question.id), reverse=True)
    by_thread = {one.question.thread_id: one for one in reversed(asked)}
    return tuple(one for one in asked if by_thread[one.question.thread_id] is one)[:ASKED_SHOWN]


def _lost_ground(entry: FaqEntry, sources: Sequence[SourceLine | None]) -> bool:
    """Tell whether a source that is gone or private carried the answer."""
    core = entry.core or range(len(sources))
    return any(sources[index] is None for index in core if index < len(sources))


def _threads_of(records: BundleRecords, messages: Iterable[Message]) -> dict[str, Thread]:
    ids = sorted({message.thread_id for message in messages if message.thread_id})
    return {thread.id: thread for thread in records.threads(ids)}


def _message_line(
    citation: Citation, message: Message, threads: Mapping[str, Thread], view: PublicRecords
) -> SourceLine | None:
    """Return the line of a cited message; None when its place is private."""
    thread = threads.get(message.thread_id or "")
    closed = thread is not None and (
        thread.visibility is Visibility.PRIVATE or thread.channel_id in view.private_channels
    )
    if closed or message.channel_id in view.private_channels or not _says(message.text, citation.quote):
        return None
    return SourceLine(
        citation=citation.model_copy(update={"url": message.url or citation.url}),
        at=message.created_at.date(),
        by=message.role.value,
        title=thread.title if thread else "",
    )


def _document_line(citation: Citation, page: Document | None) -> SourceLine | None:
    """Return the line of a cited page; None when it is not known or does not say what is quoted."""
    if page is None or not _says(page.text, citation.quote):
        return None
    return SourceLine(
        citation=citation.model_copy(update={"url": page.url or citation.url}),
        at=page.checked_at,
        by="documentation",
        title=page.heading or page.title,
        version=page.version,
    )


def _says(text: str, quoted: str) -> bool:
    """Tell whether `text` holds the words of a quote, white space and marks aside."""
    return normal_question(quoted) in normal_question(text)


def waiting_entries(view: PublicRecords) -> dict[str, object]:
    """Return the fields of the bundle that name what waits for a person, most askers first."""
    public = [entry for entry in view.entries if entry.visibility is Visibility.PUBLIC]
    ranked = sorted(
        (WaitingEntry(entry=entry, askers=_askers(view, entry)) for entry in public),
        key=lambda waiting: (-waiting.askers, waiting.entry.id),
    )
    waits = {EntryState.DRAFT, EntryState.STALE}
    return {
        "drafts": tuple(waiting for waiting in ranked if waiting.entry.state is EntryState.DRAFT),
        "stale": tuple(waiting for waiting in ranked if waiting.entry.state is EntryState.STALE),
        "proposals": tuple(waiting for waiting in ranked if _has_proposal(waiting.entry)),
        "private_waiting": sum(
            entry.visibility is Visibility.PRIVATE and (entry.state in waits or _has_proposal(entry))
            for entry in view.entries
        ),
    }


def _has_proposal(entry: FaqEntry) -> bool:
    proposed = any(revision.state == "proposed" for revision in entry.revisions)
    return entry.state is EntryState.APPROVED and proposed


def _askers(view: PublicRecords, entry: FaqEntry) -> int:
    return len({view.questions[key].author for key in entry.question_ids if key in view.questions})
