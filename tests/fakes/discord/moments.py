"""Things that a test wants to happen at a certain request, such as a thread archived between two pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Moment:
    """An action that waits for its request."""

    route: str
    wanted: dict[str, str]
    countdown: int
    action: Callable[[], object]
    after: bool


class Moments:
    """Actions to come, by request."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []

    def add(
        self, route: str, action: Callable[[], object], *, nth: int, after: bool, args: dict[str, object]
    ) -> None:
        """Do something at the nth request of a route from now on, before or after it is done."""
        wanted = {name: str(value) for name, value in args.items()}
        self._moments.append(Moment(route, wanted, nth, action, after))

    def pass_by(self, route: str, args: dict[str, str], *, after: bool) -> None:
        """Do what was wanted at this request."""
        for moment in list(self._moments):
            if moment.route != route or moment.after != after:
                continue
            if any(args.get(name) != value for name, value in moment.wanted.items()):
                continue
            moment.countdown -= 1
            if moment.countdown == 0:
                self._moments.remove(moment)
                moment.action()
