"""One side of a comparison, read through pymilvus: nothing here writes to a collection."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.verification.keys import Key, Keys, key_filter, literal
from threadlore.tools.verification.schemas import Collection, FieldSchema, read_collection

CONNECT_SECONDS = 10.0
CALL_SECONDS = 120.0
CALM = {"grpc.keepalive_time_ms": 300_000, "grpc.keepalive_permit_without_calls": False}
"""pymilvus pings every ten seconds; a server of Milvus Lite answers that with "too many pings" and hangs up.

The store of Threadlore says the same to its client; a tool may not import it.
"""
BATCH_KEYS = 5_000
BATCH_ROWS = 100
"""Rows that are fetched at once: 100 of 32,768 floats are 13 MB, below the limit of a message."""

_NOISY = ("pymilvus", "grpc", "grpc._server", "milvus_lite")
_SEARCH = {
    "HNSW": {"ef": 512},
    "IVF": {"nprobe": 64},
    "SCANN": {"nprobe": 64},
    "DISKANN": {"search_list": 200},
}
"""What makes each kind of index search thoroughly: the question is whether the data is the same."""


class Unreachable(Exception):
    """A side that cannot be read now; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def masked(uri: str) -> str:
    """Return a URI without the name and password in it.

    >>> masked("http://root:secret@host:19530")
    'http://***@host:19530'
    """
    return re.sub(r"(?<=//)[^/\s]*@", "***@", uri)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the client's own log lines away: the iterator on Milvus Lite logs a meaningless traceback."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _lite_path(side: str, uri: str) -> bool:
    """Tell whether a URI is a path of Milvus Lite, once it is sure that opening it makes nothing new.

    Raises:
        ToolInputError: there is no such directory, or it is a file of Lite 2.x.
    """
    if "://" in uri:
        return False
    if not uri.endswith(".db"):
        raise ToolInputError(
            f"{side} is {uri[:200]!r}.",
            "Give http://host:19530, or the path of a Milvus Lite directory (.db).",
        )
    path = Path(uri)
    if path.is_file():
        raise ToolInputError(
            f"{side}: {uri} is a file of Milvus Lite 2.x, which version 3 cannot read.",
            "threadlore tool migrate --from lite-old says how to move it.",
        )
    if not path.is_dir():
        raise ToolInputError(f"{side}: there is no Milvus Lite directory {uri}.", "Check the path.")
    return True


def read_token(side: str, variable: str) -> str:
    """Return a token from a variable of the environment; empty where no variable is named.

    Raises:
        ToolInputError: the variable is not set.
    """
    if not variable:
        return ""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        # It may be the token itself: it is not repeated.
        raise ToolInputError(
            f"{side}_token_env is no name of a variable.", "Name the variable, not the token."
        )
    token = os.environ.get(variable)
    if not token:
        raise ToolInputError(
            f"The variable {variable} is not set.", f"export {variable}=user:password, or unset."
        )
    return token


class Endpoint:
    """A collection of one side. Everything is read at consistency Strong."""

    def __init__(self, side: str, uri: str, token: str, database: str, collection: str) -> None:
        if "@" in uri.split("://", 1)[-1].split("/", 1)[0]:
            raise ToolInputError(
                f"{side} carries a password: {masked(uri)[:200]}.",
                f"Leave it out, and name a variable that holds user:password with --{side}-token-env.",
            )
        self.side, self.uri, self.name = side, uri, collection
        self.lite = _lite_path(side, uri)
        self._token = token
        with self._reaching():
            from pymilvus import MilvusClient

            self._client = MilvusClient(
                uri=uri, token=token, db_name=database, timeout=CONNECT_SECONDS, grpc_options=CALM
            )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn the client's errors into `Unreachable`, without the token in them."""
        from pymilvus import MilvusException, decorators

        # What a call that the server does not know raises, is no MilvusException.
        errors = (MilvusException, decorators.grpc.RpcError, ConnectionError, TimeoutError)
        try:
            with quiet():
                yield
        except errors as error:
            text = getattr(error, "message", "") or (
                error.details() if hasattr(error, "details") else str(error)
            )
            text = masked(" ".join(str(text).split()))[:300]
            text = text.replace(self._token, "***") if self._token else text
            raise Unreachable(f"{self.side} {masked(self.uri)}: {text}", self._hint(text)) from None

    def _hint(self, text: str) -> str:
        if self.lite:
            return "Another process may hold the directory: Milvus Lite takes one. Close it, and try again."
        if re.search(r"auth|permission|privilege|token", text, re.IGNORECASE):
            return f"Name a variable that holds user:password with --{self.side}-token-env."
        if not re.search(r"connect|unavailable|deadline|time|resolve|refused", text, re.IGNORECASE):
            return "The server answered, but with this error: see its log."
        return "Check address and port, and whether the server is up (curl HOST:9091/healthz)."

    def describe(self) -> Collection:
        """Return the schema and the indexes.

        Raises:
            ToolInputError: there is no such collection, or it is not loaded.
        """
        with self._reaching():
            if not self._client.has_collection(self.name):
                known = ", ".join(self._client.list_collections()[:10]) or "none"
                raise ToolInputError(f"{self.side} has no collection {self.name}.", f"It has: {known}.")
            self._check_loaded()
            description = self._client.describe_collection(self.name)
            indexes: dict[str, Mapping[str, Any]] = {}
            for index in self._client.list_indexes(self.name):
                row = self._client.describe_index(self.name, index)
                if row:
                    indexes[str(row.get("field_name", index))] = row
        return read_collection(description, indexes)

    def _check_loaded(self) -> None:
        if self.lite:
            # In memory of this process alone; on a server it would change what others see.
            self._client.load_collection(self.name)
            return
        state = self._client.get_load_state(self.name).get("state")
        if getattr(state, "name", str(state)) != "Loaded":
            raise ToolInputError(
                f"{self.side}: collection {self.name} is not loaded.",
                "Load it first: this tool changes nothing.",
            )

    def count(self, condition: str = "") -> int:
        """Return the number of rows, duplicates too."""
        with self._reaching():
            rows = self._client.query(
                self.name,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=CALL_SECONDS,
            )
        return int(rows[0]["count(*)"])

    def keys(self, primary: FieldSchema, most: int) -> Keys:
        """Return the distinct keys, the first `most` that come where there are more."""
        found: set[Key] = set()
        complete = True
        for page in self._pages(primary):
            found.update(page)
            if len(found) > most:
                complete = False
                break
        # The order of an iterator is no promise; that of the keys is.
        return Keys(tuple(sorted(found, key=lambda key: (isinstance(key, str), key))), complete, self.count())

    def _pages(self, primary: FieldSchema) -> Iterator[list[Key]]:
        """Yield the keys page by page.

        The client's iterator writes the last key into its filter without escaping it, so that a text with
        a quote breaks it: for text every page is the first one of an iterator of its own.
        """
        condition, more = "", True
        while more:
            with self._reaching():
                iterator = self._client.query_iterator(
                    self.name,
                    filter=condition,
                    batch_size=BATCH_KEYS,
                    output_fields=[primary.name],
                    consistency_level="Strong",
                    timeout=CALL_SECONDS,
                )
            more = False
            try:
                while page := self._next_page(iterator, primary.name):
                    yield page
                    if primary.type == "VARCHAR":
                        condition, more = f"{primary.name} > {literal(max(page))}", True
                        break
            finally:
                iterator.close()

    def _next_page(self, iterator: Any, name: str) -> list[Key]:
        with self._reaching():
            return [row[name] for row in iterator.next()]

    def rows(self, primary: FieldSchema, keys: Sequence[Key]) -> dict[Key, list[dict[str, Any]]]:
        """Return the rows of some keys, all fields, by key: more than one where there are duplicates."""
        found: dict[Key, list[dict[str, Any]]] = {}
        for start in range(0, len(keys), BATCH_ROWS):
            with self._reaching():
                rows = self._client.query(
                    self.name,
                    filter=key_filter(primary.name, keys[start : start + BATCH_ROWS]),
                    output_fields=["*"],
                    consistency_level="Strong",
                    timeout=CALL_SECONDS,
                )
            for row in rows:
                found.setdefault(row[primary.name], []).append(dict(row))
        return found

    def search(
        self, field: str, vectors: Sequence[Any], k: int, metric: str, index_type: str
    ) -> list[list[tuple[Key, float]]]:
        """Return (key, score) of the `k` nearest rows of each vector, by the metric of the side's index."""
        kind = next((name for name in _SEARCH if index_type.startswith(name)), "")
        parameters = {"metric_type": metric, "params": dict(_SEARCH.get(kind, {}))}
        with self._reaching():
            found = self._client.search(
                self.name,
                data=list(vectors),
                anns_field=field,
                limit=k,
                search_params=parameters,
                consistency_level="Strong",
                timeout=CALL_SECONDS,
            )
        return [[(_hit_key(hit), float(hit["distance"])) for hit in hits] for hits in found]


def _hit_key(hit: Mapping[str, Any]) -> Key:
    """Return the key of a hit, which newer clients name after the field of the primary key."""
    key: Key
    if "id" in hit:
        key = hit["id"]
        return key
    key = next(value for name, value in hit.items() if name not in ("distance", "entity"))
    return key
