"""What the records keep of a model's work: its replies, and the trail from each sentence to its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from threadlore.types import Instant, Record

EMBEDDING = "embedding"
"""Under what a run counts the tokens of an embedder behind an endpoint, beside the prompts."""


class AskedTool(Record):
    """A tool that a reply asked for, as it was written."""

    id: str
    name: str
    arguments: str


class ModelCall(Record):
    """A reply of a chat model, kept under the content hash of its request so that it is paid for once.

    `reply` is the typed output as JSON. A reply that could not be used has its `problem`; `reply` then is
    what was said, as far as it is worth a repair. `prompt` is name and version, `cost` in the price
    table's currency.
    """

    key: str
    run_id: str
    prompt: str
    model: str
    reply: str
    problem: str = ""
    tools: tuple[AskedTool, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    at: Instant


class CallRecords(Protocol):
    """The part of the records that keeps replies."""

    def model_call(self, key: str) -> ModelCall | None:
        """Return the reply kept under the hash of its request."""
        ...

    def save_model_call(self, call: ModelCall, messages: Sequence[str]) -> bool:
        """Keep a reply, linked to the messages whose text was sent; False when one is deleted by now."""
        ...


class SentenceTrail(Record):
    """One sentence that a draft held: what it cites, what the checks said of it, and whether it stayed.

    `sources` are ids of messages, documents or tool calls. `by` names who judged: `code`, or the prompt
    with its version. `calls` are keys of the model calls that wrote or judged it.
    """

    text: str
    sources: tuple[str, ...] = ()
    verdict: Literal["found", "supported", "contradicted", "not covered", "refused"]
    by: str
    reason: str = ""
    kept: bool = True
    calls: tuple[str, ...] = ()


class EntryTrail(Record):
    """How an entry came about in a run. `method` is `extractive` or the name of the model."""

    entry_id: str
    run_id: str
    method: str
    calls: tuple[str, ...] = ()
    sentences: tuple[SentenceTrail, ...] = ()
    at: Instant


class TrailRecords(Protocol):
    """The part of the records that keeps how entries came about."""

    def save_trails(self, trails: Sequence[EntryTrail]) -> None:
        """Store trails by entry and run."""
        ...
