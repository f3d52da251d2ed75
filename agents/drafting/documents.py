"""Finds documentation that is truly on a question: Milvus hands over candidates, code here judges them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.hosts import CODE, host_of
from threadlore.agents.drafting.sentences import pieces
from threadlore.agents.drafting.wording import (
    answers_something,
    is_hostile,
    overlap,
    solving_form,
    words_of,
)
from threadlore.agents.grounding.facts import version_key
from threadlore.embedding import embed_cached
from threadlore.seams import AnalysisRecords, Embedder, VectorQuery, VectorStore
from threadlore.types import DocLink, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLECTION = "documents"
CANDIDATES = 24
COVERS = 0.62
"""Score from which a section is on the question; cosine and overlap, see `section_score`."""

_SENTENCE_COVERS = 0.6
_OPENING = 600


@dataclass(frozen=True, slots=True)
class Section:
    """A documentation section with how well it is on the question, 0 to about 1.3."""

    document: Document
    score: float


@dataclass(frozen=True, slots=True)
class Library:
    """Where documentation is looked up."""

    records: AnalysisRecords
    embedder: Embedder
    vectors: VectorStore


def section_score(cosine: float, title_overlap: float, text_overlap: float) -> float:
    """Return how well a section covers a question from cosine and lexical overlap, all in 0 to 1."""
    return cosine + 0.2 * title_overlap + 0.15 * text_overlap


async def find_sections(
    context: AnalysisContext, questions: Sequence[str], *, public_only: bool = True
) -> list[list[Section]]:
    """Return for each question the sections that cover it, best first; the newest version of a page."""
    if not questions:
        return []
    parts = Library(context.records, context.embedder(), context.vectors())
    vectors = await embed_cached(parts.records, parts.embedder, questions)
    return await search_sections(parts, questions, vectors, public_only=public_only)


async def search_sections(
    parts: Library,
    questions: Sequence[str],
    vectors: NDArray[np.float32],
    *,
    public_only: bool = True,
) -> list[list[Section]]:
    """Return what `find_sections` does, for questions whose vectors are known: rows of length one."""
    queries = [VectorQuery(vector=vector, text=text) for vector, text in zip(vectors, questions, strict=True)]
    hits = await parts.vectors.search(COLLECTION, queries, CANDIDATES, public_only=public_only)
    wanted = sorted({hit.id for found in hits for hit in found})
    documents = {document.id: document for document in parts.records.documents(wanted)}
    texts = [section_text(documents[key]) for key in documents]
    matrix = await embed_cached(parts.records, parts.embedder, texts)
    rows = dict(zip(documents, matrix, strict=True))
    return [
        _covering(text, vector, [documents[hit.id] for hit in found if hit.id in documents], rows)
        for text, vector, found in zip(questions, vectors, hits, strict=True)
    ]


def section_text(document: Document) -> str:
    """Return what of a section is compared with a question: its headings and opening."""
    return f"{document.title}. {document.heading}. {document.text[:_OPENING]}"


def doc_links(sections: Sequence[Section], limit: int = 3) -> tuple[DocLink, ...]:
    """Return links to the pages of `sections`, each page once, best first."""
    found: dict[str, DocLink] = {}
    for section in sections:
        document = section.document
        if document.url and document.url not in found:
            heading = document.heading if document.heading != document.title else ""
            title = (
                f"{document.title}: {heading}" if heading and document.title else document.title or heading
            )
            found[document.url] = DocLink(title=title, url=document.url, version=document.version)
    return tuple(found.values())[:limit]


async def best_sentences(
    context: AnalysisContext, question: str, sections: Sequence[Section], limit: int
) -> list[tuple[Document, str]]:
    """Return up to `limit` sentences of `sections` that answer `question`, in order; none if none does."""
    candidates = [
        (section.document, piece.text)
        for section in sections[:3]
        for piece in pieces(section.document.text)
        if not piece.code and answers_something(piece.text, hosts_of(section.document))
    ]
    if not candidates:
        return []
    texts = [text for _, text in candidates]
    vectors = await embed_cached(context.records, context.embedder(), [question, *texts])
    near = vectors[1:] @ vectors[0]
    words = words_of(question)
    scores = [
        float(cosine) + 0.2 * overlap(words, text) + 0.5 * solving_form(text)
        for cosine, text in zip(near, texts, strict=True)
    ]
    order = sorted(range(len(texts)), key=lambda at: (-scores[at], at))[:limit]
    best = scores[order[0]]
    return [candidates[at] for at in sorted(order) if scores[at] >= max(_SENTENCE_COVERS, best - 0.12)]


def hosts_of(document: Document) -> Collection[str]:
    """Return the hosts to which a section's own sentences may link."""
    host = host_of(document.url)
    return {host, CODE} if host else {CODE}


def _covering(
    question: str,
    vector: NDArray[np.float32],
    documents: Sequence[Document],
    rows: dict[str, NDArray[np.float32]],
) -> list[Section]:
    words = words_of(question)
    found: dict[tuple[str, str], Section] = {}
    for document in documents:
        titles = f"{document.title} {document.heading}"
        if is_hostile(f"{document.title}\n{document.heading}"):
            # Headings count as known of all that the section says, and name its link.
            continue
        score = section_score(
            float(rows[document.id] @ vector), overlap(words, titles), overlap(words, document.text)
        )
        key = (document.path, document.heading)
        other = found.get(key)
        if score >= COVERS and (other is None or _newer(document, other.document)):
            found[key] = Section(document, score)
    return sorted(found.values(), key=lambda section: (-section.score, section.document.id))


def _newer(document: Document, other: Document) -> bool:
    return version_key(document.version) > version_key(other.version)
