"""Which tool a question calls for: by the profile's words, and by errors that the diagnosis knows."""

from __future__ import annotations

import re
from functools import cache

from threadlore.profile import Profile
from threadlore.tools.diagnosis.causes import find_causes
from threadlore.tools.registry import Tool, tools

DIAGNOSE = "diagnose"


@cache
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in keywords), re.IGNORECASE)


def offered_tools(profile: Profile) -> dict[str, Tool]:
    """Return the tools that a profile offers and that are there, by name, in the profile's order."""
    known = tools()
    return {hint.tool: known[hint.tool] for hint in profile.tools if hint.tool in known}


def chosen_tool(profile: Profile, text: str) -> Tool | None:
    """Return the tool that `text` calls for; None where it calls for none.

    An error that is surely known goes to the diagnosis. Else the first tool of the profile one of whose
    patterns is met: the profile lists narrow ones before wide ones.
    """
    offered = offered_tools(profile)
    if DIAGNOSE in offered and any(finding.weight > 1 for finding in find_causes([("", text)])):
        return offered[DIAGNOSE]
    for hint in profile.tools:
        if hint.tool in offered and hint.keywords and _pattern(hint.keywords).search(text):
            return offered[hint.tool]
    return None
