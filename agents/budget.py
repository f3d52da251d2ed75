"""What a run may spend on a chat model, and what it has spent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadlore.errors import BudgetSpent
from threadlore.types import Spending


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a million tokens, in the currency of the price table."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Return what so many tokens cost."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


class Purse:
    """Counts tokens and money by prompt, and lets no call begin that could go over the budget.

    A call reserves the most it can cost before it is made. While calls under way hold the rest of the
    budget, others wait for what those leave over. Once a call was refused, all later ones are: a run
    that is out of money does not go on with whatever happens to be small enough.
    """

    def __init__(
        self,
        price: Price | None = None,
        budget: float | None = None,
        changed: Callable[[Sequence[Spending]], None] = lambda spending: None,
    ) -> None:
        self._price = price or Price()
        self._budget = budget
        self._changed = changed
        self._by_prompt: dict[str, Spending] = {}
        self._reserved = 0.0
        self._spent = 0.0
        self._empty = False
        self._settled = asyncio.Condition()

    def spending(self) -> list[Spending]:
        """Return what each prompt took so far, ordered by prompt."""
        return [self._by_prompt[name] for name in sorted(self._by_prompt)]

    async def reserve(self, tokens_in: int, tokens_out: int, price: Price | None = None) -> float:
        """Set aside what a call can cost at most; return it for `settle`. `price`: of another model.

        Raises:
            BudgetSpent: the budget does not hold it.
        """
        most = (price or self._price).of(tokens_in, tokens_out)
        if self._budget is None:
            return most
        async with self._settled:
            while not self._empty and self._spent + self._reserved + most > self._budget:
                if not self._reserved:
                    self._empty = True
                    break
                await self._settled.wait()
            if self._empty:
                self._settled.notify_all()
                raise BudgetSpent(
                    f"The budget of {self._budget:g} is used up: {self._spent:.4f} is spent.",
                    "Run again with a larger --budget: what is done is kept.",
                )
            self._reserved += most
        return most

    async def settle(
        self, reserved: float, prompt: str, tokens_in: int, tokens_out: int, price: Price | None = None
    ) -> float:
        """Take the true cost of a call instead of what was set aside; return it. No tokens: no call."""
        cost = (price or self._price).of(tokens_in, tokens_out)
        if self._budget is not None:
            async with self._settled:
                self._reserved = max(0.0, self._reserved - reserved)
                if self._reserved < 1e-12:
                    self._reserved = 0.0
                self._spent += cost
                self._settled.notify_all()
        if tokens_in or tokens_out:
            self._add(Spending(prompt=prompt, calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost))
        return cost

    def reuse(self, prompt: str) -> None:
        """Count a reply that was paid for earlier."""
        self._add(Spending(prompt=prompt, reused=1))

    def _add(self, more: Spending) -> None:
        old = self._by_prompt.get(more.prompt, Spending(prompt=more.prompt))
        self._by_prompt[more.prompt] = Spending(
            prompt=more.prompt,
            calls=old.calls + more.calls,
            reused=old.reused + more.reused,
            tokens_in=old.tokens_in + more.tokens_in,
            tokens_out=old.tokens_out + more.tokens_out,
            cost=old.cost + more.cost,
        )
        self._changed(self.spending())
