"""Numbers of a case: an answer worked out for somebody else's numbers is no answer."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.tools.reading import read_sizes
from threadlore.types import Question

QUANTITIES = ("vectors", "dim", "memory_bytes", "disk_bytes", "qps")
"""Arguments that describe the size of somebody's case."""

Numbers = Mapping[str, float]


def quantities_of(text: str) -> Numbers:
    """Return the quantities that `text` names, by the tools' names for them.

    >>> dict(quantities_of("20 million vectors of 768 dimensions"))
    {'vectors': 20000000.0, 'dim': 768.0}
    """
    read = read_sizes(text)
    return {name: float(read[name]) for name in QUANTITIES if name in read}


def case_of(question: Question) -> Numbers:
    """Return the quantities of a question's case, from its text and from what its thread says."""
    facts = {"vectors": question.facts.vectors, "dim": question.facts.dimension}
    known = {name: float(value) for name, value in facts.items() if value}
    return {**known, **quantities_of(question.text)}


def conflict(one: Numbers, other: Numbers) -> bool:
    """Return whether two cases name the same quantity with different numbers."""
    return any(other[name] != value for name, value in one.items() if name in other)


def fits(said: str, theirs: Numbers, own: Numbers) -> bool:
    """Return whether a sentence of a thread may answer an entry.

    Args:
        said: the sentence.
        theirs: the case of the thread that it comes from.
        own: the case that the entry's question names; empty when it names none.
    """
    if conflict(own, theirs):
        return False
    numbers = quantities_of(said)
    if numbers and not own:
        # A general question is not answered by the sums of one asker's case.
        return not theirs
    return not conflict({name: value for name, value in own.items() if name != "memory_bytes"}, numbers)
