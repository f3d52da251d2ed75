"""The hosts that links in an answer may go to."""

from __future__ import annotations

from collections.abc import Iterable

from threadlore.agents.drafting.wording import host_of
from threadlore.profile import Profile

CODE = "github.com"
"""Where the code and the issues of a product are: it is always allowed."""


def own_hosts(profile: Profile, urls: Iterable[str] = ()) -> set[str]:
    """Return the hosts of the product's documentation and help, and those of `urls`."""
    known = [*profile.docs.values(), *(place.url for place in profile.handover), *urls]
    return {host for url in known if (host := host_of(url))} | {CODE}
