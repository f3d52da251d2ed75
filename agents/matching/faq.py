"""A FAQ prepared for matching, and the entries that a question means.

Vectors of phrasings and answers come from the records' cache, so that a warm answer embeds the question
alone. Milvus hands over candidates; order and confidence are computed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadlore.agents.answering.language import guess_language
from threadlore.agents.matching.calibrate import calibrate
from threadlore.agents.matching.features import Questions
from threadlore.agents.matching.foreign import ForeignPhrasings
from threadlore.agents.matching.index import FaqIndex, Phrasings
from threadlore.agents.matching.model import Calibration, Ranking, fitted_weights, rank
from threadlore.agents.matching.text import head, without_product
from threadlore.agents.unread import unread_language
from threadlore.embedding import EmbeddingCache, content_hash, embed_cached
from threadlore.seams import Embedder, VectorQuery, VectorRow, VectorStore
from threadlore.types import EntryState, FaqEntry

PHRASINGS = "phrasings"
"""Collection of the vector store with a row a phrasing."""

CANDIDATES = 60
"""Hits that the vector store is asked for; several may belong to one entry."""

EXACT_PHRASINGS = 20_000
"""Up to here every entry is compared; a larger FAQ is narrowed to the candidates first."""

FILL_ROWS = 2000
"""Rows written to the vector store at a time."""

CALIBRATION = "calibration-1"
"""Name under which calibrations are kept; changes whenever the same FAQ would be calibrated otherwise."""

ANSWER_CHARACTERS = 1200
"""How much of an answer is embedded: what the models read. Its words count to the end."""


@dataclass(frozen=True, slots=True)
class MatchingFaq:
    """A FAQ prepared for matching: by meaning in the embedder's languages, by characters in others."""

    index: FaqIndex
    calibration: Calibration
    foreign: ForeignPhrasings


def answerable(entries: Sequence[FaqEntry]) -> list[FaqEntry]:
    """Return the entries that may be answers: approved ones, not merged into another."""
    return [entry for entry in entries if entry.state is EntryState.APPROVED and entry.merged_into is None]


@dataclass(frozen=True, slots=True)
class _Readable:
    """Phrasings by position of their entry, apart by whether the embedder reads their language."""

    own: dict[int, list[str]]
    foreign: dict[str, list[tuple[str, str]]]


def _by_language(entries: Sequence[FaqEntry], languages: frozenset[str] | None, product: str) -> _Readable:
    own: dict[int, list[str]] = {}
    foreign: dict[str, list[tuple[str, str]]] = {}
    for position, entry in enumerate(entries):
        texts = list(dict.fromkeys((entry.question, *entry.paraphrases)))
        guessed = {text: guess_language(text) for text in texts} if languages is not None else {}
        strange = [text for text in texts if languages is not None and guessed[text] not in languages]
        known = [text for text in texts if text not in strange]
        if not known:
            known = [text for text in texts if not unread_language(text, guessed[text], languages)]
        if known:
            own[position] = list(dict.fromkeys(without_product(text, product) for text in known))
        for text in strange:
            foreign.setdefault(guessed[text], []).append((entry.id, text))
    if not own:
        own = {position: [entry.question] for position, entry in enumerate(entries)}
    return _Readable(own, foreign)


async def load_faq(
    entries: Sequence[FaqEntry], cache: EmbeddingCache, embedder: Embedder, product: str = ""
) -> MatchingFaq | None:
    """Prepare `entries` for matching, and calibrate on them; None when there are none.

    Phrasings that the embedder does not read stay out of the index and of its calibration. The name of
    `product`, which tells no two questions apart, is left out of phrasings and answers.
    """
    import numpy as np

    if not entries:
        return None
    readable = _by_language(entries, embedder.languages, product)
    chosen = [entries[position] for position in readable.own]
    texts = [text for own in readable.own.values() for text in own]
    owners = [place for place, own in enumerate(readable.own.values()) for _ in own]
    answers = [entry.answer.strip() for entry in chosen]
    full = [
        f"{entry.question}\n{answer[:ANSWER_CHARACTERS].strip()}"
        for entry, answer in zip(chosen, answers, strict=True)
        if answer
    ]
    vectors = await embed_cached(
        cache, embedder, [*texts, *(without_product(text, product) for text in full)]
    )
    answer_vectors = np.zeros((len(chosen), vectors.shape[1]), np.float32)
    answer_vectors[[i for i, answer in enumerate(answers) if answer]] = vectors[len(texts) :]
    index = FaqIndex(
        Phrasings(
            entry_ids=tuple(entry.id for entry in chosen),
            owners=tuple(owners),
            texts=tuple(texts),
            vectors=vectors[: len(texts)],
            answers=answer_vectors,
            answer_texts=tuple(answers),
        )
    )
    calibration = await _calibrated(index, cache, embedder.model)
    return MatchingFaq(index, calibration, ForeignPhrasings(readable.foreign, product))


async def _calibrated(index: FaqIndex, cache: EmbeddingCache, model: str) -> Calibration:
    """Return the calibration of a FAQ, which is most of the work of preparing it, from `cache` where known.

    Its two numbers are kept as a vector under the content that they were fitted on.
    """
    import numpy as np

    parts = [repr(fitted_weights()), *index.entry_ids, *index.texts, *index.answer_texts]
    key = content_hash("\n".join([*parts, *map(str, index.owners)]))
    name = f"{CALIBRATION} of {model}"
    known = await asyncio.to_thread(cache.embeddings, name, [key])
    if key not in known:
        fitted = await asyncio.to_thread(calibrate, index)
        known = {key: np.array([fitted.scale, fitted.shift], dtype=np.float32)}
        await asyncio.to_thread(cache.save_embeddings, name, known)
    scale, shift = known[key].tolist()
    return Calibration(scale, shift)


async def embed_questions(texts: Sequence[str], embedder: Embedder, product: str = "") -> Questions:
    """Return `texts`, without the name of `product`, with their vectors."""
    texts = [without_product(text, product) for text in texts]
    heads = [head(text) for text in texts]
    extra = [line for line, text in zip(heads, texts, strict=True) if line != text]
    vectors = await embedder.embed([*texts, *extra])
    own = vectors[: len(texts)]
    firsts = own.copy()
    firsts[[i for i, (line, text) in enumerate(zip(heads, texts, strict=True)) if line != text]] = vectors[
        len(texts) :
    ]
    return Questions(texts, own, firsts)


async def find_candidates(
    vectors: VectorStore, questions: Questions, limit: int = CANDIDATES
) -> list[frozenset[str]]:
    """Return for each question the ids of the entries that Milvus finds near, by meaning and by words."""
    queries = [
        VectorQuery(vector=vector, text=text or None)
        for vector, text in zip(questions.vectors, questions.texts, strict=True)
    ]
    hits = await vectors.search(PHRASINGS, queries, limit)
    return [frozenset(hit.owner for hit in found) for found in hits]


async def fill_vectors(faq: MatchingFaq, vectors: VectorStore, exact: int = EXACT_PHRASINGS) -> None:
    """Write the phrasings of `faq` to the vector store, where a FAQ of more than `exact` needs it."""
    index = faq.index
    if len(index.texts) <= exact:
        return
    for start in range(0, len(index.texts), FILL_ROWS):
        rows = [
            VectorRow(
                id=f"{index.entry_ids[int(index.owners[i])]}#{i}",
                owner=index.entry_ids[int(index.owners[i])],
                text=index.texts[i],
                vector=index.vectors[i],
            )
            for i in range(start, min(start + FILL_ROWS, len(index.texts)))
        ]
        await vectors.upsert(PHRASINGS, rows)


async def match(
    faq: MatchingFaq,
    questions: Questions,
    vectors: VectorStore,
    without: Mapping[int, int] | None = None,
    exact: int = EXACT_PHRASINGS,
) -> list[Ranking]:
    """Rank the entries of `faq` for each question.

    A FAQ of more than `exact` phrasings is narrowed to what the vector store finds near; a
    question for which it finds nothing is compared with all. `without` names, for some questions, the
    position of an entry that does not exist for it.
    """
    index = faq.index
    if len(index.texts) <= exact:
        return rank(index, questions, calibration=faq.calibration, without=without)
    positions = {entry: position for position, entry in enumerate(index.entry_ids)}
    near = await find_candidates(vectors, questions)
    only = [frozenset(positions[entry] for entry in found if entry in positions) for found in near]
    return rank(index, questions, calibration=faq.calibration, only=only, without=without)
