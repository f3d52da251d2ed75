"""What a run with a model will take, before it is paid for: calls, tokens, money."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from threadlore.agents.budget import Price, Purse
from threadlore.agents.distil import METHOD, to_be_read
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.packing import chunks
from threadlore.agents.modelling.reading import Found, Reader
from threadlore.chat import ChatModel, ChatReply, ChatRequest, Output, rough_tokens
from threadlore.errors import ModelDown
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords

SAMPLE = 2_000
"""Conversations that are really packed; of more, every so-and-so-many is, and the sum scaled up."""

TRUE_SHARE = 0.75
"""Tokens that an endpoint counts, of those that `rough_tokens` does: English prose has four bytes each."""

REPLY_SHARE = 0.15
"""Tokens of a reply to distil, of the tokens that the call reads."""

LATER_CALLS = 0.1
LATER_IN = 200.0
LATER_OUT = 40.0
"""What the nodes after distil take for each conversation of a first run: between a chatty Discord, a tenth of
it, and a forum where every question is asked three times, twice of it (benchmarks/README.md)."""

EMBEDDED = 60.0
"""Tokens embedded for each conversation of a first run: questions, names, what may be quoted. In a chatty
Discord it is a sixth of that (benchmarks/README.md)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, about. `cost` is in the price table's currency, 0 without a price.

    `model` is the chat model and `embedder` the embedding model behind an endpoint, each empty without.
    """

    model: str
    conversations: int
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float
    priced: bool
    embedder: str = ""
    tokens_embedded: int = 0

    def __str__(self) -> str:
        told = f"{self.conversations} conversations to read"
        if self.model:
            told += f" with {self.model}: about {self.calls} calls, {self.tokens_in:,} tokens in, "
            told += f"{self.tokens_out:,} out"
        if self.embedder:
            told += f", and {self.tokens_embedded:,} tokens to embed with {self.embedder}"
        return f"{told}; {self._money() if self.priced else self._unpriced()}"

    def _money(self) -> str:
        return f"about {self.cost:.2f}" if self.cost >= 0.01 or not self.cost else "less than 0.01"

    def _unpriced(self) -> str:
        return f"no price of {' or '.join(filter(None, (self.model, self.embedder)))} in `prices`"


class _Rehearsal:
    """A model that counts what it is asked, and says nothing."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model.model
        self.window = model.window
        self.at_a_time = model.at_a_time
        self.tries = 1
        self.counted: Counter[str] = Counter()

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Count a request.

        Raises:
            ModelDown: always.
        """
        read = sum(rough_tokens(turn.text) for turn in request.turns)
        self.counted.update(calls=1, tokens_in=request.rough_tokens(), read=read)
        raise ModelDown("rehearsed")


async def estimate_run(
    records: AnalysisRecords,
    model: ChatModel | None,
    profile: Profile,
    price: Price | None,
    now: datetime,
) -> Estimate:
    """Return what a run over what is in the records will take. Nothing is asked of the model."""
    if model is None:
        due = len(records.conversations_to_distil(METHOD))
        return Estimate("", due, 0, 0, 0, 0.0, priced=True)
    ids = records.conversations_to_distil(model.model)
    step = -(-len(ids) // SAMPLE) or 1
    rehearsal = _Rehearsal(model)
    calls = ModelCalls(records, rehearsal, Purse(), "estimate", lambda: now, patience=None)
    reader = Reader(calls, profile)
    for batch in chunks(ids[::step]):
        await reader.read(to_be_read(records.conversations(batch), profile), _ignored)
    counted = rehearsal.counted
    tokens_in = counted["tokens_in"] * step * TRUE_SHARE + len(ids) * LATER_IN
    tokens_out = counted["read"] * step * TRUE_SHARE * REPLY_SHARE + len(ids) * LATER_OUT
    return Estimate(
        model=model.model,
        conversations=len(ids),
        calls=round(counted["calls"] * step + len(ids) * LATER_CALLS),
        tokens_in=round(tokens_in),
        tokens_out=round(tokens_out),
        cost=price.of(round(tokens_in), round(tokens_out)) if price else 0.0,
        priced=price is not None,
    )


def embedded_too(estimate: Estimate, embedder: str, price: Price | None) -> Estimate:
    """Return the estimate with what is embedded behind an endpoint, at its price; None: it has none."""
    tokens = round(estimate.conversations * EMBEDDED)
    return replace(
        estimate,
        embedder=embedder,
        tokens_embedded=tokens,
        cost=estimate.cost + (price.of(tokens, 0) if price else 0.0),
        priced=estimate.priced and price is not None,
    )


async def _ignored(found: Found) -> None:
    """Pass over what came of a batch."""
