"""The FAQ as matching sees it: vectors and words of every phrasing, and what sets entries apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from threadlore.agents.matching.text import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_K1 = 1.2
_B = 0.6


@dataclass(frozen=True, slots=True)
class Phrasings:
    """The phrasings of a FAQ. `owners[i]` is the position in `entry_ids` that `texts[i]` belongs to.

    `vectors` has shape (len(texts), d), rows of length one; `answers` the vectors of question and answer
    together, shape (len(entry_ids), d), a row of zeros for an entry without an answer, and
    `answer_texts` their words.
    """

    entry_ids: tuple[str, ...]
    owners: tuple[int, ...]
    texts: tuple[str, ...]
    vectors: Floats
    answers: Floats
    answer_texts: tuple[str, ...]


class FaqIndex:
    """Phrasings prepared for scoring many questions at a time. Entries stand in the order given."""

    def __init__(self, phrasings: Phrasings) -> None:
        import numpy as np

        order = sorted(range(len(phrasings.texts)), key=lambda i: (phrasings.owners[i], i))
        self.entry_ids = phrasings.entry_ids
        self.texts = tuple(phrasings.texts[i] for i in order)
        self.owners = np.asarray([phrasings.owners[i] for i in order], dtype=np.int64)
        self.vectors = phrasings.vectors[order]
        self.answers = phrasings.answers
        self.answer_texts = phrasings.answer_texts
        self.counts = np.bincount(self.owners, minlength=len(self.entry_ids))
        self.starts = np.concatenate(([0], np.cumsum(self.counts)[:-1]))

    @cached_property
    def centroids(self) -> Floats:
        """Mean vector of each entry's phrasings, of length one; shape (entries, d)."""
        import numpy as np

        sums = np.add.reduceat(self.vectors, self.starts, axis=0)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)

    @cached_property
    def _whitening(self) -> tuple[Floats, Floats]:
        """Return (mean, matrix) of a map that makes what tells entries apart count for more.

        With two phrasings an entry or more: the ridge-regularised inverse square root of the covariance
        within entries, as in linear discriminant analysis. With fewer: that of the covariance of all
        entries, with more ridge the fewer there are.
        """
        import numpy as np

        mean = self.centroids.mean(axis=0)
        entries, dimension = self.centroids.shape
        inside = len(self.vectors) - entries
        if inside >= entries:
            sums = np.add.reduceat(self.vectors, self.starts, axis=0)
            moved = self.vectors - (sums / self.counts[:, None])[self.owners]
            ridge, rows = 1.0, inside
        else:
            moved = self.centroids - mean
            ridge, rows = 1 + 2 * dimension / entries, entries
        values, basis = np.linalg.eigh((moved.T @ moved / rows).astype(np.float64))
        values = np.maximum(values, 0)
        scale = 1.0 / np.sqrt(values + ridge * max(float(values.mean()), 1e-9))
        return mean, np.asarray(basis * scale, np.float32)

    def whiten(self, vectors: Floats) -> Floats:
        """Return `vectors` centred and whitened by this FAQ, rows of length one."""
        import numpy as np

        mean, matrix = self._whitening
        moved = (vectors - mean) @ matrix
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)

    @cached_property
    def white_vectors(self) -> Floats:
        """Whitened phrasings; shape (phrasings, d)."""
        return self.whiten(self.vectors)

    @cached_property
    def white_centroids(self) -> Floats:
        """Whitened means of the entries; shape (entries, d)."""
        import numpy as np

        sums = np.add.reduceat(self.white_vectors, self.starts, axis=0)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)

    @cached_property
    def neighbour(self) -> Floats:
        """Cosine of each entry's centroid to the nearest other one; shape (entries,)."""
        import numpy as np

        if len(self.entry_ids) < 2:
            return np.zeros(len(self.entry_ids), np.float32)
        nearest = np.empty(len(self.entry_ids), np.float32)
        for start in range(0, len(nearest), 512):
            block = self.centroids[start : start + 512] @ self.centroids.T
            block[np.arange(len(block)), np.arange(start, start + len(block))] = -1
            nearest[start : start + 512] = block.max(axis=1)
        return nearest

    @cached_property
    def lexicon(self) -> Lexicon:
        """Words of the phrasings."""
        return Lexicon(self.texts)

    @cached_property
    def answer_lexicon(self) -> Lexicon:
        """Words of the questions with their answers, an entry a text."""
        first = [self.texts[start] for start in self.starts]
        return Lexicon([f"{q}\n{a}" if a else "" for q, a in zip(first, self.answer_texts, strict=True)])


class Lexicon:
    """BM25 over a list of texts, as one sparse matrix (k1 1.2, b 0.6)."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np
        from scipy.sparse import csc_matrix

        counted = [Counter(words(text)) for text in texts]
        document_frequency = Counter(word for counts in counted for word in counts)
        self.vocabulary = {word: i for i, word in enumerate(sorted(document_frequency))}
        total = max(1, len(texts))
        self.unknown_idf = math.log(1 + (total + 0.5) / 0.5)
        self.idf = np.asarray(
            [
                math.log(1 + (total - document_frequency[word] + 0.5) / (document_frequency[word] + 0.5))
                for word in self.vocabulary
            ],
            dtype=np.float32,
        )
        lengths = np.asarray([sum(counts.values()) for counts in counted], dtype=np.float32)
        mean_length = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
        rows, columns, values, shares = [], [], [], []
        for column, counts in enumerate(counted):
            norm = _K1 * (1 - _B + _B * float(lengths[column]) / mean_length)
            mass = math.sqrt(sum(float(self.idf[self.vocabulary[word]]) ** 2 for word in counts)) or 1.0
            for word, count in counts.items():
                row = self.vocabulary[word]
                rows.append(row)
                columns.append(column)
                values.append(float(self.idf[row]) * count * (_K1 + 1) / (count + norm))
                shares.append(float(self.idf[row]) / mass)
        shape = (len(self.vocabulary), len(texts))
        self._bm25 = csc_matrix((np.asarray(values, np.float32), (rows, columns)), shape=shape)
        self._tfidf = csc_matrix((np.asarray(shares, np.float32), (rows, columns)), shape=shape)

    def query(self, text: str) -> LexicalQuery:
        """Return the words of a question by their position in the vocabulary."""
        counts = Counter(words(text))
        known = {self.vocabulary[word]: count for word, count in counts.items() if word in self.vocabulary}
        unknown = len(counts) - len(known)
        mass = float(sum(self.idf[row] for row in known)) + unknown * self.unknown_idf
        return LexicalQuery(known, mass, unknown * self.unknown_idf / mass if mass else 1.0, len(counts))

    def _matrix(self, queries: Sequence[LexicalQuery], *, squared: bool) -> Any:
        import numpy as np
        from scipy.sparse import csr_matrix

        rows, columns, values = [], [], []
        for number, query in enumerate(queries):
            norm = math.sqrt(sum(float(self.idf[row]) ** 2 for row in query.known)) or 1.0
            if squared:
                norm = math.sqrt(norm**2 + query.unknown * query.mass * self.unknown_idf)
            for row, _ in query.known.items():
                rows.append(number)
                columns.append(row)
                values.append(float(self.idf[row]) / norm if squared else 1.0)
        shape = (len(queries), len(self.vocabulary))
        return csr_matrix((np.asarray(values, np.float32), (rows, columns)), shape=shape)

    def bm25(self, queries: Sequence[LexicalQuery]) -> Floats:
        """Return BM25 scores, shape (queries, texts)."""
        import numpy as np

        return np.asarray((self._matrix(queries, squared=False) @ self._bm25).todense(), np.float32)

    def cosine(self, queries: Sequence[LexicalQuery]) -> Floats:
        """Return idf-weighted cosines of the word sets, shape (queries, texts)."""
        import numpy as np

        return np.asarray((self._matrix(queries, squared=True) @ self._tfidf).todense(), np.float32)


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question's known words, its idf mass, the share of mass that is unknown, its distinct words."""

    known: dict[int, int]
    mass: float
    unknown: float
    length: int
