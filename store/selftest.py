"""Checks that a Milvus does what Threadlore needs, in a scratch collection that is removed again.

The conformance suite runs them over every endpoint; `threadlore store selftest` runs them over yours.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from threadlore.errors import BadInput, Fatal, ThreadloreError
from threadlore.seams import Hit, VectorQuery, VectorRow, VectorStore
from threadlore.store.vectors import MilvusVectors

SCRATCH = "selftest"
DIMENSION = 8
_LONG = "向量" * 40_000
"""240,000 bytes: more than any server takes."""

_TEXTS = (
    "How do I build an HNSW index",
    "Memory of a collection grows",
    "ベクトルの索引を作る方法",
    "向量数据库部署失败",
    "Error: DEADLINE_EXCEEDED while loading",
    "인덱스를 만드는 방법",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found; `problem` is empty when it passed."""

    name: str
    problem: str
    seconds: float


class CheckFailed(Fatal):
    """Milvus did something else than it should."""


def _expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise CheckFailed(f"{what}: found {found!r}, expected {wanted!r}")


def _row(number: int, text: str | None = None, owner: str = "owner", visibility: str = "public") -> VectorRow:
    import numpy as np

    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[number % DIMENSION] = 1.0
    vector[(number + 1) % DIMENSION] = 0.1
    vector /= np.linalg.norm(vector)
    return VectorRow(f"row-{number}", owner, _TEXTS[number] if text is None else text, vector, visibility)


def _query(number: int, text: str | None = None) -> VectorQuery:
    return VectorQuery(_row(number, "").vector, text)


def _ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id for hit in hits]


async def _all_ids(store: VectorStore) -> list[str]:
    return sorted([row_id async for row_id in store.row_ids(SCRATCH)])


async def _missing(store: VectorStore) -> None:
    _expect(await store.count(SCRATCH), 0, "rows of a missing collection")
    _expect(await store.search(SCRATCH, [_query(0)], 3), [[]], "hits of a missing collection")
    _expect(await _all_ids(store), [], "row ids of a missing collection")
    await store.delete(SCRATCH, ["row-0"])


async def _write(store: VectorStore) -> None:
    rows = [_row(number) for number in range(len(_TEXTS))]
    await store.upsert(SCRATCH, rows)
    await store.upsert(SCRATCH, rows)
    await store.upsert(SCRATCH, [rows[0], rows[0]])
    _expect(await store.count(SCRATCH), len(rows), "rows after writing the same rows twice")
    _expect(await _all_ids(store), sorted(row.id for row in rows), "row ids")


async def _dense(store: VectorStore) -> None:
    first, second = await store.search(SCRATCH, [_query(0), _query(3)], 2)
    _expect((first[0].id, second[0].id), ("row-0", "row-3"), "nearest of two queries")
    _expect(first[0].owner, "owner", "owner of a hit")
    _expect(round(first[0].score, 3), 1.0, "cosine of a vector with itself")
    (everything,) = await store.search(SCRATCH, [_query(0)], 50)
    _expect(len(everything), len(_TEXTS), "hits when more are asked for than there are")


async def _full_text(store: VectorStore) -> None:
    words = [VectorQuery(text=text) for text in ("hnsw index", "索引", "数据库", "인덱스", "zeppelin", "?!")]
    found = [_ids(hits) for hits in await store.search(SCRATCH, words, 3)]
    wanted = [["row-0"], ["row-2"], ["row-3"], ["row-5"], [], []]
    if not (await store.capabilities()).full_text:
        wanted = [[] for _ in words]
    _expect(found, wanted, "hits by words")


async def _both_ways(store: VectorStore) -> None:
    (hits,) = await store.search(SCRATCH, [_query(4, "memory collection")], 2)
    capable = (await store.capabilities()).full_text
    # By rank, the row that both legs find is first: its words lead one, and its vector is in the other.
    _expect("row-4" in _ids(hits), True, "nearest by vector among the fused hits")
    if capable:
        _expect("row-1" in _ids(hits), True, "best by words among the fused hits")


async def _visibility(store: VectorStore) -> None:
    await store.upsert(SCRATCH, [_row(1, visibility="private", owner="hidden")])
    (public,) = await store.search(SCRATCH, [_query(1)], 10)
    (every,) = await store.search(SCRATCH, [_query(1)], 1, public_only=False)
    _expect("row-1" in _ids(public), False, "a private row among public hits")
    _expect(
        (every[0].id, every[0].owner), ("row-1", "hidden"), "a changed row, when private ones are asked for"
    )


async def _refuses(store: VectorStore) -> None:
    import numpy as np

    for vector in (np.full(DIMENSION, np.nan), np.ones(DIMENSION + 1), np.full(DIMENSION, np.inf)):
        try:
            await store.upsert(SCRATCH, [VectorRow("bad", "o", "t", vector.astype(np.float32))])
        except BadInput:
            continue
        raise CheckFailed(f"A vector {vector[:3]}... was taken.")
    _expect(await store.count(SCRATCH), len(_TEXTS), "rows after bad vectors were refused")


async def _long_text(store: VectorStore) -> None:
    await store.upsert(SCRATCH, [_row(6, _LONG)])
    _expect(await store.count(SCRATCH), len(_TEXTS) + 1, "rows after a long text")


async def _delete(store: VectorStore) -> None:
    await store.delete(SCRATCH, ["row-6", "row-0", "unknown"])
    left = sorted(f"row-{number}" for number in range(1, len(_TEXTS)))
    _expect(await _all_ids(store), left, "row ids after a deletion")
    (hits,) = await store.search(SCRATCH, [_query(0)], 10)
    _expect("row-0" in _ids(hits), False, "a deleted row among hits")


async def _replace(store: VectorStore) -> None:
    async def pages() -> AsyncIterator[Sequence[VectorRow]]:
        yield [_row(2)]
        yield [_row(3)]

    await store.replace(SCRATCH, pages())
    _expect(await _all_ids(store), ["row-2", "row-3"], "row ids of the fresh collection")
    (hits,) = await store.search(SCRATCH, [_query(3)], 10)
    _expect(_ids(hits)[0], "row-3", "nearest in the fresh collection")


async def _reopen(store: VectorStore) -> None:
    await store.close()
    _expect(await store.count(SCRATCH), 2, "rows after closing and opening again")
    ((hit,),) = await store.search(SCRATCH, [_query(2)], 1)
    _expect(hit.id, "row-2", "nearest after closing and opening again")


CHECKS: dict[str, Callable[[VectorStore], Awaitable[None]]] = {
    "a missing collection is empty": _missing,
    "rows are written once": _write,
    "dense search": _dense,
    "full text, mixed languages": _full_text,
    "dense and full text together": _both_ways,
    "private rows stay private": _visibility,
    "bad vectors are refused": _refuses,
    "long text is cut": _long_text,
    "rows are deleted": _delete,
    "a collection is replaced": _replace,
    "rows outlive the connection": _reopen,
}
"""In this order: each goes on from what the one before it left."""


async def selftest(store: MilvusVectors) -> AsyncIterator[Outcome]:
    """Run every check in a scratch collection of `store`, and remove it whatever happens.

    `store` has `DIMENSION` dimensions and a prefix of its own.
    """
    try:
        for name, check in CHECKS.items():
            started = time.monotonic()
            problem = ""
            try:
                await check(store)
            except ThreadloreError as error:
                problem = error.message
            yield Outcome(name, problem, time.monotonic() - started)
    finally:
        await store.drop(SCRATCH)
