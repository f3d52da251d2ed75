"""A search without Milvus, for a process that must not open it: the records' rows, compared one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threadlore.embedding import embed_cached
from threadlore.errors import BadInput
from threadlore.seams import Capabilities, Embedder, Hit, VectorQuery
from threadlore.store import rows
from threadlore.store.records import Records
from threadlore.store.rows import Wanted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUERIES_AT_ONCE = 256


@dataclass
class ExactVectors:
    """The searching half of the seam `VectorStore`, on the records alone.

    Candidates come by cosine over every row of a collection, exactly; there is no full text. A collection
    is read at its first search, with the vectors that the records keep.
    """

    records: Records
    embedder: Embedder
    _read: dict[str, tuple[list[Wanted], NDArray[np.float32]]] = field(default_factory=dict)

    async def capabilities(self) -> Capabilities:
        """Return what it can do: dense search."""
        return Capabilities(full_text=False, hybrid=False)

    async def search(
        self, collection: str, queries: Sequence[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        """Return hits for each query, best first, equal ones by id.

        Raises:
            BadInput: a query has no vector.
        """
        import numpy as np

        if any(query.vector is None for query in queries):
            raise BadInput("Without Milvus there is no search by words alone.", "Search by a vector.")
        known, vectors = await self._rows(collection)
        kept = [n for n, row in enumerate(known) if row.visibility == "public" or not public_only]
        if not kept or not queries:
            return [[] for _ in queries]
        rows_of, matrix = [known[n] for n in kept], vectors[kept]
        found: list[list[Hit]] = []
        for start in range(0, len(queries), QUERIES_AT_ONCE):
            page = np.stack([query.vector for query in queries[start : start + QUERIES_AT_ONCE]])  # type: ignore[misc]
            found += [_best(rows_of, scores, limit) for scores in page @ matrix.T]
        return found

    async def _rows(self, collection: str) -> tuple[list[Wanted], NDArray[np.float32]]:
        if collection not in self._read:
            known = [row for page in rows.all_wanted(self.records.database, collection) for row in page]
            vectors = await embed_cached(self.records, self.embedder, [row.text for row in known])
            self._read[collection] = known, vectors
        return self._read[collection]


def _best(known: Sequence[Wanted], scores: NDArray[np.float32], limit: int) -> list[Hit]:
    import numpy as np

    count = min(limit, len(known))
    top = np.argpartition(-scores, count - 1)[:count]
    hits = [Hit(known[n].id, known[n].owner, float(scores[n])) for n in top]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))
