"""Milvus, Lite or a server: candidates by vector and by words. Derived from the records, rebuildable."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from threadlore.errors import BadInput, Fatal, Locked, Retry
from threadlore.seams import Capabilities, Hit, VectorQuery, VectorRow
from threadlore.store import collections
from threadlore.store.collections import Shape
from threadlore.store.fusion import by_rank, fuse
from threadlore.store.lite import LiteLock, is_lite, release_server
from threadlore.store.terms import terms

MAX_LIMIT = 16_384
"""Most hits that a server returns; Lite would return more."""

WRITE_ROWS, WRITE_BYTES = 1000, 8_000_000
"""Size of one upsert: a server takes messages of 64 MB at most."""

LITE_UNSORTED_ROWS = 256
"""Rows that Milvus Lite may hold unwritten when it is searched: it scans those one by one, in Python.

Ten thousand of them take seconds a search, the same written to a segment take milliseconds.
"""

QUERIES_AT_ONCE = 200
IDS_AT_ONCE = 1000

_CALM = {"grpc.keepalive_time_ms": 300_000, "grpc.keepalive_permit_without_calls": False}
"""pymilvus pings every ten seconds; a local server answers that with "too many pings" and hangs up."""

_NOISY = ("pymilvus", "milvus_lite", "grpc._server", "grpc")
_PUBLIC = 'visibility == "public"'
_Result = TypeVar("_Result")


class MilvusVectors:
    """The vector store. One worker thread talks to Milvus, so that writers never meet.

    `uri` is a path that ends in `.db` (Milvus Lite, opened at the first use, one process at a time) or the
    address of a server. Collection `questions` is `threadlore_questions`, an alias of a numbered one;
    `prefix` tells apart the communities that share a server.
    """

    def __init__(
        self, uri: str, token: str = "", *, dimension: int, language: str = "en", prefix: str = "threadlore"
    ) -> None:
        self.uri = uri
        self.dimension = dimension
        self.language = language
        self._token = token
        self._prefix = prefix
        self._client: Any = None
        self._lock = LiteLock(Path(uri)) if is_lite(uri) else None
        self._shapes: dict[str, Shape] = {}
        self._unsorted: Counter[str] = Counter()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="milvus")

    async def capabilities(self) -> Capabilities:
        """Return what the server can do."""
        return await self._work(self._capabilities)

    async def upsert(self, collection: str, rows: Sequence[VectorRow]) -> None:
        """Write rows by id; the collection is made when it is missing.

        Raises:
            BadInput: a vector has the wrong dimension or is not finite, or an id is too long.
        """
        await self._work(lambda: self._upsert(collection, rows))

    async def search(
        self, collection: str, queries: Sequence[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        """Return hits for each query, best first.

        A query with vector and text is searched both ways and fused by reciprocal rank, where the
        server can; else by what it can. A missing collection has no hits. The score of a dense hit is
        its cosine; of every other hit its reciprocal rank, because raw BM25 scores mean nothing.
        """
        return await self._work(lambda: self._search(collection, queries, limit, public_only))

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove rows by id; unknown ids are passed over."""
        await self._work(lambda: self._delete(collection, ids))

    async def count(self, collection: str) -> int:
        """Return the number of rows; 0 for a missing collection."""
        return await self._work(lambda: self._count(collection))

    async def row_ids(self, collection: str) -> AsyncIterator[str]:
        """Yield every row id of a collection, each once.

        Milvus Lite that was killed while it wrote a segment may list that segment twice (seen).
        """
        seen: set[str] = set()
        iterator = await self._work(lambda: self._iterate(collection))
        if iterator is None:
            return
        try:
            while page := await self._work(iterator.next):
                fresh = [key for row in page if (key := str(row["id"])) not in seen]
                seen.update(fresh)
                for key in fresh:
                    yield key
        finally:
            await self._work(iterator.close)

    async def replace(self, collection: str, rows: AsyncIterator[Sequence[VectorRow]]) -> None:
        """Write a fresh collection, swap the alias to it, and drop the old one with its files.

        A kill leaves the old collection in place; what was written of the new one is dropped next time.
        """
        fresh = await self._work(lambda: self._create(collection))
        async for page in rows:
            await self._work(lambda page=page: self._write(fresh.name, page, fresh))  # type: ignore[misc]
        await self._work(lambda: self._swap(collection, fresh))

    async def drop(self, collection: str) -> None:
        """Remove a collection with all its versions."""
        await self._work(lambda: self._drop(collection))

    async def close(self) -> None:
        """Release the connection, and the lock of a local store."""
        if self._client is not None:
            await self._work(self._close)

    async def _work(self, job: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._guarded, job)

    def _guarded(self, job: Callable[[], _Result]) -> _Result:
        with self._errors():
            return job()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import grpc  # type: ignore[import-untyped]
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except grpc.RpcError as error:
            raise Retry(f"Milvus at {self.uri} does not answer: {error}", "Is it running?") from error
        except MilvusException as error:
            if "connect" in str(error).lower() or "unavailable" in str(error).lower():
                raise Retry(f"Milvus at {self.uri} does not answer.", "Is it running?") from error
            raise Fatal(
                f"Milvus at {self.uri} refused: {error}", "`threadlore store rebuild` makes it anew."
            ) from error

    def _open(self) -> Any:
        if self._client is not None:
            return self._client
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        from pymilvus import MilvusClient
        from pymilvus.exceptions import ConnectionConfigException

        if self._lock is None:
            self._client = MilvusClient(self.uri, token=self._token, grpc_options=_CALM)
            return self._client
        if not self.uri.endswith(".db"):
            raise BadInput(
                f"{self.uri!r} is no Milvus.", "Give a path that ends in .db, or http://host:port."
            )
        self._lock.acquire()
        try:
            self._client = MilvusClient(self.uri, grpc_options=_CALM)
        except ConnectionConfigException as error:
            self._lock.release()
            raise Locked(
                f"Milvus Lite cannot open {self.uri}: another program has it open, or it is no such folder.",
                "Stop that program; or move the folder away and run `threadlore store rebuild`.",
            ) from error
        return self._client

    def _close(self) -> None:
        self._client.close()
        self._client = None
        self._shapes.clear()
        self._unsorted.clear()
        if self._lock is not None:
            release_server(self._lock.folder)
            self._lock.release()

    def _alias(self, collection: str) -> str:
        return f"{self._prefix}_{collection}"

    def _shape(self, collection: str) -> Shape | None:
        """Return the collection behind an alias, loaded for search; None where there is none."""
        if collection in self._shapes:
            return self._shapes[collection]
        client = self._open()
        alias = self._alias(collection)
        if not client.has_collection(alias):
            return None
        shape = collections.shape_of(client.describe_collection(alias))
        client.load_collection(shape.name)
        self._shapes[collection] = shape
        return shape

    def _versions(self, collection: str) -> dict[int, str]:
        start = f"{self._alias(collection)}_v"
        names = [name for name in self._open().list_collections() if name.startswith(start)]
        return {int(name[len(start) :]): name for name in names if name[len(start) :].isdigit()}

    def _create(self, collection: str) -> Shape:
        number = max([*self._versions(collection), *self._leftovers(collection)], default=0) + 1
        name = f"{self._alias(collection)}_v{number}"
        client = self._open()
        parameters = collections.analyzer(self.language, lite=self._lock is not None)
        full_text = collections.server_has_full_text(str(client.get_server_version()))
        return collections.create(client, name, self.dimension, parameters if full_text else None)

    def _swap(self, collection: str, fresh: Shape) -> None:
        client, alias = self._open(), self._alias(collection)
        if client.has_collection(alias):
            client.alter_alias(fresh.name, alias)
        else:
            client.create_alias(fresh.name, alias)
        self._shapes[collection] = fresh
        for name in self._versions(collection).values():
            if name != fresh.name:
                client.drop_collection(name)
        self._clear_leftovers(collection)

    def _leftovers(self, collection: str) -> dict[int, Path]:
        """Return folders of versions unknown to Milvus Lite: it was killed making or dropping them."""
        if self._lock is None:
            return {}
        start = f"{self._alias(collection)}_v"
        known = self._versions(collection)
        return {
            int(number): path
            for path in (self._lock.folder / "collections").glob(f"{start}*")
            if (number := path.name[len(start) :]).isdigit() and int(number) not in known
        }

    def _clear_leftovers(self, collection: str) -> None:
        for path in self._leftovers(collection).values():
            shutil.rmtree(path)

    def _drop(self, collection: str) -> None:
        client, alias = self._open(), self._alias(collection)
        if client.has_collection(alias):
            client.drop_alias(alias)
        for name in self._versions(collection).values():
            client.drop_collection(name)
        self._clear_leftovers(collection)
        self._shapes.pop(collection, None)

    def _capabilities(self) -> Capabilities:
        full_text = collections.server_has_full_text(str(self._open().get_server_version()))
        return Capabilities(full_text=full_text, hybrid=full_text)

    def _upsert(self, collection: str, rows: Sequence[VectorRow]) -> None:
        if not rows:
            return
        shape = self._shape(collection)
        if shape is None:
            shape = self._create(collection)
            self._swap(collection, shape)
        self._write(self._alias(collection), rows, shape)

    def _write(self, name: str, rows: Sequence[VectorRow], shape: Shape) -> None:
        stored = [collections.fields_of(row, shape) for row in {row.id: row for row in rows}.values()]
        client = self._open()
        batch: list[dict[str, object]] = []
        size = 0
        for fields in stored:
            batch.append(fields)
            size += 4 * shape.dimension + 4 * len(str(fields.get("terms", "")))
            if len(batch) >= WRITE_ROWS or size >= WRITE_BYTES:
                client.upsert(name, batch)
                batch, size = [], 0
        if batch:
            client.upsert(name, batch)
        self._unsorted[shape.name] += len(stored)

    def _sort(self, shape: Shape) -> None:
        """Have Milvus Lite write what it holds in memory; a server does so by itself."""
        if self._lock is not None and self._unsorted[shape.name] > LITE_UNSORTED_ROWS:
            self._open().flush(shape.name)
            self._unsorted[shape.name] = 0

    def _search(
        self, collection: str, queries: Sequence[VectorQuery], limit: int, public_only: bool
    ) -> list[list[Hit]]:
        shape = self._shape(collection)
        if shape is None or not queries or limit < 1:
            return [[] for _ in queries]
        self._sort(shape)
        texts = {
            number: cut
            for number, query in enumerate(queries)
            if query.text and shape.full_text and (cut := terms(query.text, han_is_split=shape.han_is_split))
        }
        vectors = {
            number: _checked(query, shape) for number, query in enumerate(queries) if query.vector is not None
        }
        depth = min(MAX_LIMIT, max(2 * limit, 20) if texts and vectors else limit)
        only = _PUBLIC if public_only else ""
        dense = self._leg(collection, "vector", "COSINE", vectors, depth, only)
        sparse = self._leg(collection, "sparse", "BM25", texts, depth, only)
        return [_joined(dense.get(number), sparse.get(number), limit) for number in range(len(queries))]

    def _leg(
        self, collection: str, field: str, metric: str, data: dict[int, Any], depth: int, only: str
    ) -> dict[int, list[Hit]]:
        client, alias = self._open(), self._alias(collection)
        numbers = list(data)
        found: dict[int, list[Hit]] = {}
        for start in range(0, len(numbers), QUERIES_AT_ONCE):
            chunk = numbers[start : start + QUERIES_AT_ONCE]
            pages = client.search(
                alias,
                data=[data[number] for number in chunk],
                anns_field=field,
                filter=only,
                limit=depth,
                output_fields=collections.OUTPUT_FIELDS,
                search_params={"metric_type": metric},
            )
            for number, page in zip(chunk, pages, strict=True):
                hits = [
                    Hit(str(hit["id"]), str(hit["entity"]["owner"]), float(hit["distance"])) for hit in page
                ]
                # First of its id: a segment that is listed twice has each row twice.
                found[number] = list({hit.id: hit for hit in reversed(hits)}.values())[::-1]
        return found

    def _delete(self, collection: str, ids: Sequence[str]) -> None:
        if self._shape(collection) is None:
            return
        for start in range(0, len(ids), IDS_AT_ONCE):
            self._open().delete(self._alias(collection), ids=list(ids[start : start + IDS_AT_ONCE]))

    def _count(self, collection: str) -> int:
        if self._shape(collection) is None:
            return 0
        rows = self._open().query(
            self._alias(collection), filter="", output_fields=["count(*)"], consistency_level="Strong"
        )
        return int(rows[0]["count(*)"])

    def _iterate(self, collection: str) -> Any:
        if self._shape(collection) is None:
            return None
        return self._open().query_iterator(
            self._alias(collection), batch_size=IDS_AT_ONCE, output_fields=["id"], consistency_level="Strong"
        )


def _checked(query: VectorQuery, shape: Shape) -> Any:
    import numpy as np

    vector = np.asarray(query.vector, dtype=np.float32)
    if vector.shape != (shape.dimension,) or not np.isfinite(vector).all():
        raise BadInput(
            f"A query vector of shape {vector.shape} does not fit a collection of ({shape.dimension},).",
            "After a change of the embedding model run `threadlore store rebuild`.",
        )
    return vector


def _joined(dense: list[Hit] | None, sparse: list[Hit] | None, limit: int) -> list[Hit]:
    if dense is not None and sparse is not None:
        return fuse([dense, sparse], limit)
    if sparse is not None:
        return by_rank(sparse)[:limit]
    return sorted(dense or [], key=lambda hit: (-hit.score, hit.id))[:limit]
