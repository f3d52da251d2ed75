"""Shipped fakes: stand-ins for the slow or outside parts, for our tests and for users' tests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from threadlore.chat import AT_A_TIME, ChatReply, ChatRequest, Output, ToolRequest, Usage, rough_tokens
from threadlore.errors import ModelReplyUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at or datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._at

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by `step`."""
        self._at += step


class HashEmbedder:
    """An embedder without a model: words hashed into buckets, so that texts sharing words are near.

    `calls` counts the texts that were embedded, to show what a cache saved.
    """

    languages: frozenset[str] | None = None

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.model = f"hash-{dimension}"
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one."""
        import numpy as np

        self.calls += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 0.01
            for word in _WORD.findall(text.lower()):
                code = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
                row[code % self.dimension] += 1.0
            row /= np.linalg.norm(row)
        return vectors


ScriptedAnswer = BaseModel | dict[str, Any] | str | tuple[ToolRequest, ...] | Exception
"""A typed output, its fields, the reply as text, requests for tools, or an error that is raised."""


class ScriptedModel:
    """A chat model inside the process: answers by a script, or by a function of the request.

    `requests` holds every request in order, to show what was asked and what a cache saved.
    """

    def __init__(
        self,
        answers: Callable[[ChatRequest[Any]], ScriptedAnswer] | Sequence[ScriptedAnswer],
        *,
        model: str = "scripted",
        window: int = 8192,
        at_a_time: int = AT_A_TIME,
    ) -> None:
        self.model = model
        self.window = window
        self.at_a_time = at_a_time
        self.tries = 1
        self.requests: list[ChatRequest[Any]] = []
        self._answers = answers

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Return the answer to `request`, with usage as `rough_tokens` counts it.

        Raises:
            IndexError: the script is at its end.
            ModelReplyUnusable: the answer does not fit the request's output type.
        """
        number = len(self.requests)
        self.requests.append(request)
        answer = self._answers(request) if callable(self._answers) else self._answers[number]
        if isinstance(answer, Exception):
            raise answer
        tokens_in = request.rough_tokens()
        if isinstance(answer, tuple):
            said = "".join(one.name + one.arguments for one in answer)
            return ChatReply(None, self.model, Usage(tokens_in, rough_tokens(said)), answer)
        said = answer if isinstance(answer, str) else _json_of(answer)
        usage = Usage(tokens_in, rough_tokens(said))
        try:
            return ChatReply(request.output.model_validate_json(said), self.model, usage)
        except ValidationError as error:
            raise ModelReplyUnusable(
                f"The reply does not fit: {error.error_count()} fields.",
                said=said,
                tokens=(usage.tokens_in, usage.tokens_out),
            ) from error


def _json_of(answer: BaseModel | dict[str, Any]) -> str:
    return answer.model_dump_json() if isinstance(answer, BaseModel) else json.dumps(answer)
