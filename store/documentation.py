"""Pages and headings that documentation no longer has: out of the records, the links and what cites them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from threadlore.incoming import DocumentsRemoved
from threadlore.store import entries, messages, questions, schema, topics
from threadlore.store.database import Database, among
from threadlore.store.mending import PAGE_GONE, Deleted, mend_entry
from threadlore.store.outbox_rows import queue
from threadlore.types import DocLink, Document, EntryState, FaqEntry

NOTHING_GONE = DocumentsRemoved()


def end_of_documents(
    db: Database, place: str, held: Collection[str], unread: Sequence[str]
) -> DocumentsRemoved:
    """Remove the sections that `place` held before and does not hold now, in one transaction.

    A section that another place holds too stays. Approved entries that cite a removed section turn
    stale; links to pages that are gone are taken out.
    """
    before = set(db.column("SELECT document FROM document_places WHERE place = ?", [place]))
    lost = messages.documents(db, sorted(before - set(held)))
    kept = {item.id for item in lost if _unread(item.path, unread)}
    after = set(held) | kept
    if after == before:
        return NOTHING_GONE
    with db.write():
        db.many(
            "DELETE FROM document_places WHERE place = ? AND document = ?",
            [(place, key) for key in sorted(before - after)],
        )
        db.put("document_places", [{"place": place, "document": key} for key in sorted(after - before)])
        elsewhere = set(
            db.column(
                "SELECT document FROM document_places WHERE document IN (SELECT value FROM json_each(?))",
                [among(item.id for item in lost)],
            )
        )
        return _remove(db, [item for item in lost if item.id not in elsewhere])


def _unread(path: str, unread: Iterable[str]) -> bool:
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in unread)


def _remove(db: Database, gone: Sequence[Document]) -> DocumentsRemoved:
    """Delete sections, with their rows in Milvus, the links of topics and entries, and what cites them."""
    if not gone:
        return NOTHING_GONE
    ids = [item.id for item in gone]
    db.many("DELETE FROM documents WHERE id = ?", [(key,) for key in ids])
    queue(db, schema.DOCUMENTS, ids)
    links = {(item.url, item.version) for item in gone if item.url}
    links -= _still_there(db, {item.source for item in gone})
    changed = []
    for topic in topics.topics(db):
        left = tuple(link for link in topic.documents if (link.url, link.version) not in links)
        if left != topic.documents:
            changed.append(topic.model_copy(update={"documents": left}))
    topics.write(changed, db)
    return DocumentsRemoved(sections=len(ids), entries=_mend_entries(db, ids, links))


def _still_there(db: Database, sources: Collection[str]) -> set[tuple[str, str]]:
    """Return (address, version) of every section of some sources: headings may share an address."""
    rows = db.query(
        "SELECT json_extract(record, '$.url') AS url, json_extract(record, '$.version') AS version "
        "FROM documents WHERE source IN (SELECT value FROM json_each(?))",
        [among(sources)],
    )
    return {(row["url"], row["version"]) for row in rows}


def _mend_entries(db: Database, ids: Sequence[str], links: Collection[tuple[str, str]]) -> int:
    """Mend or delete what stood on sections that are gone; return how many entries changed."""
    deleted = Deleted.of(ids, [], PAGE_GONE)
    written, empty = [], []
    for entry in entries.entries(db):
        after = mend_entry(
            entry, deleted, [item.text for item in questions.questions(db, entry.question_ids)]
        )
        if after is None:
            empty.append(entry.id)
            continue
        after = _without_links(after, links)
        if after != entry:
            written.append(_to_review(after) if len(after.citations) < len(entry.citations) else after)
    entries.delete(db, empty)
    entries.write(db, written)
    return len(written) + len(empty)


def _without_links(entry: FaqEntry, links: Collection[tuple[str, str]]) -> FaqEntry:
    left: tuple[DocLink, ...] = tuple(
        link for link in entry.doc_links if (link.url, link.version) not in links
    )
    if left == entry.doc_links:
        return entry
    reasons = tuple(dict.fromkeys((*entry.review_reasons, PAGE_GONE)))
    return entry.model_copy(update={"doc_links": left, "review_reasons": reasons})


def _to_review(entry: FaqEntry) -> FaqEntry:
    """What documentation no longer says may no longer be so: an approved entry waits for a person."""
    if entry.state is not EntryState.APPROVED:
        return entry
    return entry.model_copy(update={"state": EntryState.STALE})
