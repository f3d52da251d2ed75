"""A budget is hard: what an endpoint may bill stays below it, whatever becomes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ConfigDict

from threadlore.agents.budget import Price, Purse
from threadlore.agents.model_calls import KeepsNothing, ModelCalls
from threadlore.chat import ChatRequest, Turn
from threadlore.endpoints import Endpoint
from threadlore.errors import BudgetSpent, ModelDown, ModelReplyUnusable
from threadlore.models import ModelChoice, load_model
from threadlore.testing.endpoint import Asked, FakeEndpoint, serving
from threadlore.testing.faults import Choices, Dropped, Fault, HalfBody, Says, Status, Timeout
from threadlore.testing.replies import completion

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PRICE = Price(1.0, 4.0)
UNHEARD = (Timeout, Dropped, HalfBody)
TEXT = "The proxy fails when it starts a data node, and the log says nothing of it. " * 20
REPLY = {"name": "x"}
LATE = Timeout(30)


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


def asking(number: int) -> ChatRequest[Named]:
    return ChatRequest(
        "label@1", "Name it.", (Turn("user", f"Matter {number}. {TEXT}"),), Named, max_tokens=200
    )


MOST = PRICE.of(asking(0).most_tokens(), 200)
"""What one call is held to cost at most."""


class Billing:
    """What a strict endpoint would bill: an answer that was not heard whole, at its full length."""

    def __init__(self, fault: Callable[[int], Fault | None]) -> None:
        self.fault = fault
        self.unheard: list[int] = []

    def __call__(self, asked: Asked) -> Fault | None:
        found = self.fault(asked.number)
        if isinstance(found, UNHEARD):
            self.unheard.append(asked.number)
        return found

    def most(self, endpoint: FakeEndpoint) -> float:
        """Return the bill, as the fake endpoint counts tokens, but for answers that were heard."""
        bill = 0.0
        for number, body in enumerate(endpoint.requests):
            usage = completion(body, REPLY, number)["usage"]
            unheard = number in self.unheard
            bill += PRICE.of(usage["prompt_tokens"], body["max_tokens"] if unheard else 0)
        return bill


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(lambda asked: REPLY)) as served:
        yield served


def spend(
    endpoint: FakeEndpoint,
    purse: Purse,
    *,
    calls: int,
    at_once: int = 1,
    retries: int = 3,
    wait_s: float = 60,
) -> list[str]:
    """Ask `calls` things; return how each ended, by name of its error."""
    address = Endpoint(endpoint.url, timeout_s=wait_s, retries=retries, at_once=at_once)
    model = load_model("openai", ModelChoice("fake", address, 8192, ""))
    asked = ModelCalls(KeepsNothing(), model, purse, "run", lambda: NOW, patience=None)

    async def one(number: int) -> str:
        try:
            await asked.ask(asking(number), [])
        except (BudgetSpent, ModelDown, ModelReplyUnusable) as error:
            return type(error).__name__
        return ""

    async def all_of() -> list[str]:
        found: list[str] = []
        for start in range(0, calls, at_once):
            found += await asyncio.gather(*map(one, range(start, min(calls, start + at_once))))
        return found

    return asyncio.run(all_of())


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize(
    "fault",
    [
        lambda number: LATE,
        lambda number: Dropped(),
        lambda number: HalfBody(),
        lambda number: Says(""),
        lambda number: Choices(),
        lambda number: (Dropped(), None, HalfBody(), Status(500, retry_after=0.01), Says(""))[number % 5],
        lambda number: (LATE, None, Dropped())[number % 3],
    ],
    ids=["late", "dropped", "half", "empty", "no choice", "mixed", "late and mixed"],
)
def test_what_may_be_billed_stays_within_the_budget(
    endpoint: FakeEndpoint, fault: Callable[[int], Fault | None], at_once: int
) -> None:
    billing = Billing(fault)
    endpoint.faults = billing
    budget = 2.5 * MOST
    purse = Purse(PRICE, budget)
    late = LATE in map(fault, range(12))
    ended = spend(endpoint, purse, calls=12, at_once=at_once, wait_s=0.3 if late else 60)
    spent = sum(one.cost for one in purse.spending())
    assert "BudgetSpent" in ended, "it was too large to show anything"
    assert billing.most(endpoint) <= spent <= budget


def test_an_answer_that_was_not_heard_is_asked_for_again_while_the_budget_holds_it(
    endpoint: FakeEndpoint,
) -> None:
    endpoint.faults = {0: Dropped(), 1: HalfBody()}
    purse = Purse(PRICE, 10 * MOST)
    assert spend(endpoint, purse, calls=1) == [""]
    (spending,) = purse.spending()
    assert (len(endpoint.requests), spending.calls) == (3, 3)


def test_an_answer_that_is_never_heard_is_asked_for_as_often_as_the_settings_say(
    endpoint: FakeEndpoint,
) -> None:
    endpoint.faults = lambda asked: Dropped()
    assert spend(endpoint, Purse(), calls=1, retries=2) == ["ModelDown"]
    assert len(endpoint.requests) == 3


def test_an_empty_answer_is_asked_for_once_more_and_both_are_paid(endpoint: FakeEndpoint) -> None:
    endpoint.faults = {0: Says("")}
    purse = Purse(PRICE)
    assert spend(endpoint, purse, calls=1, retries=0) == [""]
    (spending,) = purse.spending()
    assert (len(endpoint.requests), spending.calls) == (2, 2)
