"""The chat model: settings to objects. All imports are lazy."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadlore.agents.budget import Price, Purse
    from threadlore.agents.estimate import Estimate
    from threadlore.agents.model_calls import ModelCalls
    from threadlore.calls import CallRecords
    from threadlore.chat import ChatModel
    from threadlore.endpoints import Endpoint
    from threadlore.profile import Profile
    from threadlore.runs import RunLog
    from threadlore.seams import AnalysisRecords, Clock, Embedder
    from threadlore.settings import Settings


class Models:
    """The chat model that the settings name, if any, and what asks it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock

    @cached_property
    def chat_model(self) -> ChatModel | None:
        """The chat model; None in extractive mode."""
        from threadlore.models import ModelChoice, load_model
        from threadlore.prompts import load

        settings = self.settings
        if not settings.model:
            return None
        endpoint = endpoint_of(settings, settings.model_url)
        choice = ModelChoice(
            settings.model, endpoint, settings.model_window, load("json_reply").text, settings.model_reads
        )
        return load_model(settings.model_backend, choice)

    async def probe(self) -> str:
        """Ask the chat model for one word; return what became of it.

        Raises:
            ThreadloreError: whatever keeps it from answering.
        """
        from threadlore.agents.probe import probe

        if self.chat_model is None:
            return "none: extractive mode"
        return await probe(self.chat_model)

    def calls_to_answer(self) -> ModelCalls | None:
        """What asks the chat model about a question: nothing of that is kept, and it is tried each time."""
        from threadlore.agents.budget import Purse
        from threadlore.agents.model_calls import KeepsNothing, ModelCalls

        if self.chat_model is None:
            return None
        return ModelCalls(KeepsNothing(), self.chat_model, Purse(), "ask", self.clock.now, patience=None)

    def purse(self, log: RunLog) -> Purse:
        """What a run may spend, and where it is counted.

        Raises:
            ConfigError: there is a budget, and no price to hold it with.
        """
        from threadlore.agents.budget import Purse

        return Purse(self.price, self.settings.budget or None, log.spend)

    def calls(self, records: CallRecords, log: RunLog, purse: Purse) -> ModelCalls | None:
        """What asks the chat model in a run, within its budget; None in extractive mode."""
        from threadlore.agents.model_calls import ModelCalls

        if self.chat_model is None:
            return None
        return ModelCalls(records, self.chat_model, purse, log.run.id, self.clock.now)

    def metered(self, embedder: Embedder, purse: Callable[[], Purse]) -> Embedder:
        """Return the embedder as a run uses it: one behind an endpoint counts, and is held by the budget.

        Raises:
            ConfigError: there is a budget, and no price to hold it with.
        """
        from threadlore.embedders.openai import OpenAIEmbedder
        from threadlore.wiring.metering import MeteredEmbedder

        if not isinstance(embedder, OpenAIEmbedder):
            return embedder
        return cast("Embedder", MeteredEmbedder(embedder, purse(), self.price_of(embedder.model)))

    @property
    def price(self) -> Price:
        """What the chat model's tokens cost, by the settings.

        Raises:
            ConfigError: there is a budget, and no price to hold it with.
        """
        return self.price_of(self.settings.model)

    def price_of(self, model: str) -> Price:
        """Return what the tokens of a model cost, by the settings; of none ("") nothing.

        Raises:
            ConfigError: there is a budget, and no price to hold it with.
        """
        from threadlore.agents.budget import Price
        from threadlore.errors import ConfigError

        settings = self.settings
        if model and settings.budget and model not in settings.prices:
            raise ConfigError(
                f"A budget of {settings.budget:g} is set, and no price of {model} to hold it with.",
                f'Set prices = {{"{model}" = [IN, OUT]}} in threadlore.toml: of a million tokens.',
            )
        return Price(*settings.prices.get(model, (0.0, 0.0)))

    def unpriced(self) -> str:
        """Return the first model elsewhere that has no price; empty where all that may cost has one."""
        from threadlore.endpoints import is_loopback

        settings = self.settings
        used = [(settings.model, settings.model_url)]
        if settings.embedder == "openai":
            used.append((settings.embedding_model, settings.embedding_url))
        missing = [
            name for name, url in used if name and name not in settings.prices and not is_loopback(url)
        ]
        return next(iter(missing), "")

    def unattended(self) -> str:
        """Return what holds the cost of a run that nobody watches, as `threadlore run` starts it.

        Raises:
            ConfigError: such a run would not be begun, whatever the night.
        """
        from threadlore.errors import ConfigError

        settings = self.settings
        used = [settings.model, settings.embedding_model if settings.embedder == "openai" else ""]
        named, prices = " and ".join(filter(None, used)), [self.price_of(name) for name in used]
        if not named:
            return "no model, no cost"
        if missing := self.unpriced():
            raise ConfigError(
                f"What {missing} costs is not known, and nobody can be asked at night.",
                f'Set prices = {{"{missing}" = [IN, OUT]}} in threadlore.toml, of a million tokens, '
                "and budget, the most that a run may cost.",
            )
        if settings.budget:
            return f"{named}, at most {settings.budget:g} a run (budget)"
        if not any(price.tokens_in or price.tokens_out for price in prices):
            return f"{named}, at no cost"
        return (
            f"{named}: a run that is estimated at more than {settings.confirm_over:g} "
            "(confirm_over) is not begun, unless budget is set"
        )

    def estimate(self, records: AnalysisRecords, profile: Profile) -> Estimate | None:
        """What an analysis will take of models behind endpoints; None where it asks none."""
        import asyncio

        from threadlore.agents.estimate import embedded_too, estimate_run

        settings = self.settings
        embedding = settings.embedding_model if settings.embedder == "openai" else ""
        if self.chat_model is None and not embedding:
            return None
        price = self.price if settings.model in settings.prices else None
        at = self.price_of(embedding) if embedding in settings.prices else None
        estimate = asyncio.run(estimate_run(records, self.chat_model, profile, price, self.clock.now()))
        return embedded_too(estimate, embedding, at) if embedding else estimate


def endpoint_of(settings: Settings, url: str) -> Endpoint:
    """Return the endpoint at `url`, with the key that belongs to it.

    Raises:
        ConfigError: it is not on this machine, and nobody said that messages may leave it.
    """
    from threadlore.endpoints import (
        AT_ONCE,
        AT_ONCE_HERE,
        TIMEOUT_HERE_S,
        TIMEOUT_S,
        Endpoint,
        is_loopback,
    )
    from threadlore.errors import ConfigError

    if url and not settings.hosted and not is_loopback(url):
        raise ConfigError(
            f"{url} is not on this machine: what people wrote would be sent there.",
            "If the community agrees, set hosted = true (THREADLORE_HOSTED=true).",
        )
    here = is_loopback(url)
    own = os.environ.get("OPENAI_API_KEY", "") if url.startswith("https://api.openai.com/") else ""
    return Endpoint(
        url=url,
        key=settings.model_key or own,
        timeout_s=settings.model_timeout or (TIMEOUT_HERE_S if here else TIMEOUT_S),
        retries=settings.model_retries,
        at_once=settings.model_at_once or (AT_ONCE_HERE if here else AT_ONCE),
    )
