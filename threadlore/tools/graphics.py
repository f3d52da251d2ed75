"""Reads of graphics cards: whether there is one, and how much memory all of them have."""

from __future__ import annotations

import re

from threadlore.tools.units import BYTES, read_bytes

_CARD = (
    r"(?:(?:a10g?|a30|a40|a100|a6000|h100|h200|b200|l4|l40s?|t4|p100|v100)s?|(?:rtx|gtx)\s?\w?\d{3,4}(?:\s?ti)?"
    r"|gpus?|(?:graphics\s+)?cards?)"
)
_GPU = re.compile(rf"\b(?!(?:graphics\s+)?cards?\b)(?:{_CARD}|cuda|nvidia)\b|显卡", re.IGNORECASE)
_NO_GPU = re.compile(
    r"\b(?:no|without(?:\s+an?y?)?|(?:(?:do|can|wo|will|did|does)(?:n?['’]?t|\s?not)|nobody|no\s+one)"
    r"\s+(?:have|has|got|get|use|uses|want|need|afford)(?:\s+(?:an?y?|the|our))?)\s+gpus?\b|\bcpu[\s-]only\b",
    re.IGNORECASE,
)
_CARDS = r"(?P<{0}>\d{{1,2}}|two|three|four|eight|an?|one)\s*x?\s+"
_NO_RAM = r"(?!\s*(?:of\s+)?(?:ram|mem|box|machine|server|node|host))"
_MEMORY = re.compile(
    rf"(?:{_CARDS.format('a')})?(?:nvidia\s+)?{_CARD}(?:\s+{_CARD})?\s*(?:with|of|\(|,)?\s*(?P<n>{BYTES}){_NO_RAM}"
    rf"|(?:{_CARDS.format('b')})?(?<![A-Za-z\d.])(?P<m>{BYTES})\s*(?:of\s+)?(?:nvidia\s+)?(?:(?:v\s?ram|gpu\s+memory)\b|{_CARD}\b)",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "eight": 8}


def has_gpu(text: str) -> bool | None:
    """Return whether there is a GPU; None where nothing is said of one."""
    if _NO_GPU.search(text):
        return False
    return True if _GPU.search(text) else None


def only_without(text: str) -> bool:
    """Tell whether a GPU is named only to say that there is none, or not at all."""
    return not _GPU.search(_NO_GPU.sub("", text))


def gpu_memory(text: str) -> int | None:
    """Return the bytes of all GPUs together.

    >>> gpu_memory("two A100 80GB") == 160 * 2**30, gpu_memory("24 GB of VRAM") == 24 * 2**30
    (True, True)
    """
    match = _MEMORY.search(text)
    if match is None:
        return None
    cards = (match["a"] or match["b"] or "1").lower()
    number = int(cards) if cards.isdecimal() else _NUMBERS.get(cards, 1)
    return number * read_bytes(match["n"] or match["m"])


def without_gpu_memory(text: str) -> str:
    """Return `text` with what it says of the memory of cards blanked: places stay what they were."""
    return _MEMORY.sub(lambda match: " " * len(match[0]), text)
