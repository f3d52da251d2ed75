"""An embedder behind an endpoint, whose tokens count in a run and are held by its budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from threadlore.calls import EMBEDDING
from threadlore.chat import most_tokens
from threadlore.embedders.openai import OpenAIEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from threadlore.agents.budget import Price, Purse


class MeteredEmbedder:
    """Asks the purse before each request, and tells it what the endpoint counted."""

    def __init__(self, inner: OpenAIEmbedder, purse: Purse, price: Price) -> None:
        self._inner = inner
        self._purse = purse
        self._price = price
        self._seen = inner.tokens

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._inner.model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._inner.dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that it is good at; None: every one."""
        return self._inner.languages

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one.

        Raises:
            BudgetSpent: the budget does not hold the request.
            ModelDown, ModelReplyUnusable, ConfigError: as the embedder.
        """
        reserved = await self._purse.reserve(sum(map(most_tokens, texts)), 0, self._price)
        try:
            return await self._inner.embed(texts)
        finally:
            taken, self._seen = self._inner.tokens - self._seen, self._inner.tokens
            await self._purse.settle(reserved, EMBEDDING, taken, 0, self._price)
