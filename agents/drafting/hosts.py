"""The hosts that links in an answer may go to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from threadlore.profile import Profile

CODE = "github.com"
"""Where the code and the issues of a product are: it is always allowed."""

URL = re.compile(r"(?:https?|ftp)://[^\s<>\"'`)\]]+|\bwww\.[^\s<>\"'`)\]]+", re.IGNORECASE)
"""A link in a text."""


def own_hosts(profile: Profile, urls: Iterable[str] = ()) -> set[str]:
    """Return the hosts of the product's documentation and help, and those of `urls`."""
    known = [*profile.docs.values(), *(place.url for place in profile.handover), *urls]
    return {host for url in known if (host := host_of(url))} | {CODE}


def links_allowed(text: str, allowed_hosts: Collection[str]) -> bool:
    """Return whether every link in `text` goes to one of `allowed_hosts` or to a part of one."""
    for url in URL.findall(text):
        host = host_of(url)
        if not any(host == allowed or host.endswith(f".{allowed}") for allowed in allowed_hosts):
            return False
    return True


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, empty where it has none."""
    try:
        return (urlsplit(url if "://" in url else f"https://{url}").hostname or "").lower()
    except ValueError:
        return ""


def hosts_in(text: str) -> set[str]:
    """Return the hosts that the links in `text` go to."""
    return {host for url in URL.findall(text) if (host := host_of(url))}
