"""Faults on demand: what goes wrong with which request, scripted by route and count or drawn at random."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Trouble(Enum):
    """Ways in which a request fails."""

    RATE_LIMIT = "rate limit"
    STATUS = "status"
    RESET = "reset"
    SLOW = "slow"
    CUT = "cut"
    LOST = "lost"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    A reset comes before anything is done; a cut or lost answer comes after the request took effect.
    """

    trouble: Trouble
    status: int = 0
    scope: str = "user"
    retry_after_s: float = 0.01
    delay_s: float = 0.0


def rate_limited(scope: str = "user", retry_after_s: float = 0.01) -> Fault:
    """Answer 429; the scope is "user", "shared" or "global"."""
    return Fault(Trouble.RATE_LIMIT, 429, scope, retry_after_s)


def status(code: int) -> Fault:
    """Answer with a status of the server's own trouble: 500, 502, 503, 504."""
    return Fault(Trouble.STATUS, code)


def reset() -> Fault:
    """Reset the connection without an answer; nothing was done.

    aiohttp repeats a GET by itself once, so that its user sees only a second reset in a row.
    """
    return Fault(Trouble.RESET)


def slow(delay_s: float) -> Fault:
    """Answer late."""
    return Fault(Trouble.SLOW, delay_s=delay_s)


def cut() -> Fault:
    """Do what was asked and break off in the middle of the answer."""
    return Fault(Trouble.CUT)


def lost() -> Fault:
    """Do what was asked and reset the connection before the answer."""
    return Fault(Trouble.LOST)


class Faults:
    """The faults to come."""

    def __init__(self) -> None:
        self._scripts: list[tuple[str | None, dict[str, str], deque[Fault]]] = []
        self._random: random.Random | None = None
        self._share = 0.0
        self._choices: Sequence[Fault] = ()
        self.shown: list[tuple[str, Fault]] = []
        """What went wrong so far: route and fault."""

    def script(self, route: str | None, *faults: Fault, times: int = 1, **args: object) -> None:
        """Let the next requests of a route ("GET /channels/{channel_id}/messages") fail, one fault each.

        Args:
            route: method and path as in Discord's specification; None for any route.
            faults: what happens, in turn.
            times: how often the whole row of faults is gone through.
            args: only requests with these ids in their path, such as channel_id=5.
        """
        wanted = {name: str(value) for name, value in args.items()}
        self._scripts.append((route, wanted, deque(list(faults) * times)))

    def at_random(self, share: float, faults: Sequence[Fault], *, seed: int) -> None:
        """Let a share (0 to 1) of all requests fail with one of these faults; a share of 0 ends it."""
        self._random = random.Random(seed)
        self._share, self._choices = share, tuple(faults)

    def clear(self) -> None:
        """Forget what was to come."""
        self._scripts.clear()
        self._share = 0.0

    def next(self, route: str, args: dict[str, str]) -> Fault | None:
        """Return what goes wrong with this request, if anything."""
        fault = self._scripted(route, args)
        if fault is None and self._random is not None and self._random.random() < self._share:
            fault = self._random.choice(self._choices)
        if fault is not None:
            self.shown.append((route, fault))
        return fault

    def _scripted(self, route: str, args: dict[str, str]) -> Fault | None:
        for wanted_route, wanted, faults in self._scripts:
            if wanted_route not in {None, route} or not faults:
                continue
            if all(args.get(name) == value for name, value in wanted.items()):
                return faults.popleft()
        return None
