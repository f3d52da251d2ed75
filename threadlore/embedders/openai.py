"""Embedding by an OpenAI-compatible endpoint: OpenAI, vLLM, Ollama, llama.cpp, text-embeddings-inference."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from threadlore.chat import rough_tokens
from threadlore.endpoints import Connection, Endpoint
from threadlore.errors import ConfigError, ModelReplyUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 128
"""Texts a request. OpenAI takes 2,048; servers at home often hold fewer."""

MAX_BYTES = 32_000_000
"""Longest reply that is read: a batch of 8,192 dimensions, written out."""

MAX_CHARACTERS = 8_000
"""Of a text that is sent: about 2,000 tokens, the shortest input that such models commonly take."""

KNOWN_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
    "nomic-embed-text": 768,
    "bge-m3": 1024,
}


class OpenAIEmbedder:
    """One embedding model behind an endpoint. It is taken to be good at every language.

    `tokens` is what the endpoint has counted so far.
    """

    languages: frozenset[str] | None = None

    def __init__(self, model: str, endpoint: Endpoint, dimension: int | None) -> None:
        self.model = model
        self.tokens = 0
        self._connection = Connection(endpoint, MAX_BYTES)
        self._dimension = dimension

    @property
    def dimension(self) -> int:
        """Length of a vector: known by the model's name, else asked of the endpoint."""
        if self._dimension is None:
            self._dimension = _in_own_loop(self)
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one.

        Raises:
            ModelDown: the endpoint does not answer.
            ModelReplyUnusable: it answered with vectors of another length, or not as many as asked for.
            ConfigError: the key or the model name is refused.
        """
        import numpy as np

        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        found = await asyncio.gather(*map(self._batch, batches))
        if not found:
            return np.zeros((0, self._dimension or 0), dtype=np.float32)
        vectors = np.concatenate(found)
        if self._dimension is None:
            self._dimension = int(vectors.shape[1])
        if vectors.shape[1] != self._dimension:
            raise ModelReplyUnusable(
                f"{self.model} gave vectors of {vectors.shape[1]} dimensions, not {self._dimension}.",
                "Another model stands behind the address now: `threadlore store rebuild` after mending it.",
            )
        return vectors

    async def _batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np
        from openai import OpenAIError

        client, limit = self._connection.open()
        given = [text[:MAX_CHARACTERS] or " " for text in texts]
        try:
            async with limit:
                response = await client.embeddings.create(
                    model=self.model, input=given, encoding_format="float"
                )
        except OpenAIError as error:
            raise self._connection.explained(error, self.model) from error
        used = response.usage.prompt_tokens if response.usage else 0
        self.tokens += used or sum(map(rough_tokens, given))
        rows = sorted(response.data or [], key=lambda one: one.index)
        lengths = {len(one.embedding) for one in rows}
        if [one.index for one in rows] != list(range(len(texts))) or len(lengths) != 1:
            raise ModelReplyUnusable(f"{self.model} gave {len(rows)} vectors for {len(texts)} texts.")
        vectors = np.asarray([one.embedding for one in rows], dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or not norms.all():
            raise ModelReplyUnusable(f"{self.model} gave vectors without a direction.")
        return np.asarray(vectors / norms, dtype=np.float32)


def _in_own_loop(embedder: OpenAIEmbedder) -> int:
    """Ask for one vector from sync code, whether or not this thread is inside an event loop."""
    from concurrent.futures import ThreadPoolExecutor

    separate = OpenAIEmbedder(embedder.model, embedder._connection.endpoint, None)
    with ThreadPoolExecutor(max_workers=1) as worker:
        return int(worker.submit(asyncio.run, separate.embed(["dimension"])).result().shape[1])


def load(model: str, endpoint: Endpoint) -> OpenAIEmbedder:
    """Return the embedder for the model of that name; nothing is asked of the endpoint yet.

    Raises:
        ConfigError: no model is named, or no address.
    """
    if not model or not endpoint.url:
        raise ConfigError(
            "The embedder openai needs a model and an address.", "Set embedding_model and embedding_url."
        )
    return OpenAIEmbedder(model, endpoint, KNOWN_DIMENSIONS.get(model.split("/")[-1].split(":")[0]))
