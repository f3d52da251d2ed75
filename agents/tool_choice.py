"""Which tool a question calls for: by the profile's words, and by errors that the diagnosis knows."""

from __future__ import annotations

import re
from functools import cache

from threadlore.profile import Profile, ToolHint
from threadlore.tools.calling import read_case
from threadlore.tools.diagnosis.causes import find_causes
from threadlore.tools.plain_words import plain_words
from threadlore.tools.reading import read_sizes
from threadlore.tools.registry import Tool, tools
from threadlore.tools.units import CLAUSE

DIAGNOSE = "diagnose"

_TROUBLE = re.compile(
    r"\b(?:hangs?|hung|stuck|crash\w*|fail(?:s|ed|ing|ures?)?|freez\w*|killed|tim(?:es?|ed|ing) out|slow\w*"
    r"|regressions?|interrupted|(?:missing|lost|gone) after|gives? an error"
    r"|takes? \d+(?:\.\d+)? ?(?:ms|s|sec\w*|min\w*|hours?)"
    r"|(?:can ?not|can['’]?t|could not|unable to|does ?n[o'’]t|will not|won['’]?t)"
    r" (?:start|connect|load|create|open|work))\b",
    re.IGNORECASE,
)
_ASKS_FOR_ADVICE = re.compile(
    r"\b(?:how (?:much|many|big|large)|which|what|fits?|need\w*|siz(?:e|ing)|should|best|recommend\w*)\b"
    r"|\b(?:enough|sufficient)\b(?=[^.!]*\?)",
    re.IGNORECASE,
)


_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n+|[。？！]")


@cache
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Return one pattern for all; what ends a sentence in it is no point inside a number."""
    words = (word.replace("[^.?!]", CLAUSE) for word in keywords)
    return re.compile("|".join(f"(?:{word})" for word in words), re.IGNORECASE)


def offered_tools(profile: Profile) -> dict[str, Tool]:
    """Return the tools that a profile offers and that are there, by name, in the profile's order."""
    known = tools()
    return {hint.tool: known[hint.tool] for hint in profile.tools if hint.tool in known}


def tells_trouble(text: str) -> bool:
    """Tell whether `text` says what goes wrong and asks for no advice: numbers in it ask for no sizing.

    >>> tells_trouble("create index hangs after 600M vectors"), tells_trouble("which index? IVF is slow")
    (True, False)
    """
    return bool(_TROUBLE.search(text)) and not _ASKS_FOR_ADVICE.search(text)


def suited_tools(profile: Profile, text: str) -> dict[str, Tool]:
    """Return the offered tools, where `text` tells of trouble alone without those that ask for a case."""
    offered = offered_tools(profile)
    if not tells_trouble(text):
        return offered
    return {name: tool for name, tool in offered.items() if not tool.required}


def chosen_tool(profile: Profile, text: str) -> Tool | None:
    """Return the tool that `text` calls for; None where it calls for none.

    An error that is surely known goes to the diagnosis. Else the first tool of the profile whose patterns
    are met: the profile lists narrow ones before wide ones.
    """
    offered = offered_tools(profile)
    if DIAGNOSE in offered and any(finding.weight > 1 for finding in find_causes([("", text)])):
        return offered[DIAGNOSE]
    text = plain_words(text)
    offered = suited_tools(profile, text)
    fitting = (hint.tool for hint in profile.tools if hint.tool in offered and _fits(hint, text))
    return offered.get(next(fitting, ""))


def _fits(hint: ToolHint, text: str) -> bool:
    if hint.excludes and _pattern(hint.excludes).search(text):
        return False
    if hint.keywords and _pattern(hint.keywords).search(text):
        return True
    if not hint.asks:
        return False
    parts = [text] if hint.carries else _SENTENCE.split(text)
    met = any(_pattern(hint.asks).search(part) and _pattern(hint.about).search(part) for part in parts)
    return met and _carries(text, hint.carries)


def _carries(text: str, names: tuple[str, ...]) -> bool:
    """Return whether `text` names all of these arguments; most texts name no number of vectors."""
    if "vectors" in names and "vectors" not in read_sizes(text):
        return False
    case = read_case(text) if names else {}
    return all(name in case for name in names)
