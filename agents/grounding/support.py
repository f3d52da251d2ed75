"""Whether a sentence that a model wrote is carried by what it cites: its words, names and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from threadlore.agents.drafting.sentences import split_sentences
from threadlore.agents.drafting.wording import words_of
from threadlore.agents.grounding.claims import claims, missing_claims

CARRIED = 1 / 3
"""Share of a sentence's words and numbers that must occur in what it cites."""

FEW = 4
"""Words up to which one of them in what it cites is enough."""

SAME_WORDS = 0.8
"""Share of words, both ways, from which a sentence says the same as a quoted one, or its opposite."""

EVERYDAY = frozenset(
    ("API", "CPU", "CLI", "GPU", "HTTP", "ID", "JSON", "OS", "RAM", "SDK", "SQL", "SSD", "UI", "URL", "VM")
)
"""Short names that anybody may use for what the evidence says in words."""

_NOT = re.compile(
    r"\b(?:not|no|never|cannot|can'?t|don'?t|doesn'?t|isn'?t|aren'?t|won'?t|shouldn'?t|unsupported|impossible"
    r"|without|neither|nor)\b|[不没無]",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\b(?:set(?:ting)?|increas\w+|rais\w+|lower\w*|decreas\w+|reduc\w+|chang\w+|adjust\w*|tun\w+|configur\w+"
    r"|pass(?:ing)?|add(?:ing)?|enabl\w+|disabl\w+)\s+(?:the\s+|your\s+|a\s+)?"
    r"`?(?P<set>[A-Za-z][\w.\-]*)`?\s*(?:=|to\b|at\b|from\b|in\s+milvus\.yaml)"
    r"|`?(?P<given>[A-Za-z][\w.\-]*)`?\s*=\s*\S",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"v?\d[\d.,_ ]*(?:[a-z%]{0,12}|\.x)?(?: \w{1,12})?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a sentence may take for granted without citing it, and where its links may go.

    `asked` are the words of those who asked: their numbers and versions may be repeated. `question` is the
    question as it stands above the answer: what it names may be named. `names` are
    regular expressions of the profile by canonical name: what it names must be in the evidence.
    """

    asked: str = ""
    question: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    product: str = ""


def unsupported(text: str, evidence: Sequence[str], grounds: Grounds) -> str:
    """Return why `text` is not carried by `evidence` (quotes, results of tools); empty where it is.

    >>> unsupported("Set nprobe to 16.", ["set nlist to 16"], Grounds())
    'not in the evidence: nprobe'
    """
    whole = "\n".join(evidence)
    lacking = [claim for claim in missing_claims(text, whole) if not _is_granted(claim, grounds)]
    lacking += [name for name in settings(text) if not _names(name, whole) and name not in lacking]
    lacking += [
        name for name in foreign_names(text, f"{whole}\n{grounds.asked}", grounds) if name not in lacking
    ]
    if lacking:
        return f"not in the evidence: {', '.join(dict.fromkeys(lacking))}"
    if not carried(text, whole, grounds.product):
        return "its words are not those of what it cites"
    if turned_round(text, evidence):
        return "it says the opposite of what it cites"
    return ""


def carried(text: str, evidence: str, product: str = "") -> bool:
    """Return whether enough of the words and numbers of `text` occur in `evidence`.

    What was asked does not count: whoever asks could put words into an answer's mouth.
    """
    words = {word for word in words_of(text) - words_of(product) if not word.isdigit()}
    numbers = [one.text for one in claims(text) if any(form[:2] in ("n:", "v:") for form in one.forms)]
    lacking = set(missing_claims(text, evidence))
    found = len(words & words_of(evidence)) + sum(number not in lacking for number in numbers)
    if len(words) + len(numbers) <= FEW:
        return found > 0 or not words | words_of(product)
    return found >= CARRIED * (len(words) + len(numbers))


def settings(text: str) -> list[str]:
    """Return the names of what `text` sets to a value.

    >>> settings("Set nprobe to 16 and pass ef=64"), settings("the number of nodes")
    (['nprobe', 'ef'], [])
    """
    return [found["set"] or found["given"] for found in _SET.finditer(text)]


def foreign_names(text: str, known: str, grounds: Grounds) -> list[str]:
    """Return what `text` names of the profile's indexes, systems and places that `known` does not."""
    return [
        name
        for name, pattern in grounds.names.items()
        if (compiled := _compiled(pattern)).search(text) and not compiled.search(known)
    ]


def turned_round(text: str, evidence: Sequence[str]) -> bool:
    """Return whether `text` says with a not what a quoted sentence says without, or the other way round.

    >>> turned_round("Lite runs on Windows natively", ["Milvus Lite does not run on Windows natively."])
    True
    """
    words = words_of(text)
    sentences = [one for quote in evidence for one in split_sentences(quote)]
    alike = [one for one in sentences if len(words) >= 2 and _same_words(words, one)]
    return bool(alike) and all(bool(_NOT.search(one)) != bool(_NOT.search(text)) for one in alike)


def _same_words(words: set[str], other: str) -> bool:
    theirs = words_of(other) - {"not", "doesn", "don", "isn", "can", "won"}
    shared = len(words & theirs)
    return shared >= SAME_WORDS * max(len(words), len(theirs))


def _is_granted(claim: str, grounds: Grounds) -> bool:
    plain = claim.isalpha() and not missing_claims(claim, grounds.question)
    return (
        claim in EVERYDAY
        or plain
        or (bool(_NUMERIC.match(claim)) and not missing_claims(claim, grounds.asked))
    )


def _names(name: str, evidence: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", evidence, re.IGNORECASE)) or bool(
        words_of(name) and words_of(name) <= words_of(evidence)
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
