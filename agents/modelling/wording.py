"""What a sentence of a model may not hold, and whether it speaks of what it was shown."""

from __future__ import annotations

import re

from threadlore.agents.dialogue.speech import does
from threadlore.agents.grounding.claims import missing_claims
from threadlore.agents.modelling.marking import neutral

STEM = 5
"""First letters by which two forms of a word are taken for one."""

_TAGS = "a|audio|base|data|div|embed|form|i?frame|img|input|link|meta|object|script|span|style|svg|video"
_OBJECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "a link",
            r"\b[a-z][a-z0-9+.-]*://\w|\bwww\.|\]\(|\bdata:\w+/|\bjavascript:"
            r"|\b[\w-]+\.(?:com|net|org|io|ru|xyz|example|dev|ai|me|gg|ly|co|cn|cc|top|click|link|page|app|рф)/"
            r"|(?<![:\w/])//[\w-]+\.\w|\bhttps?:(?=[a-z]|/[a-z]|\\)",
        ),
        (
            "a mention",
            r"<[@#]|(?<!\w)[@＠](?:everyone|here|somebody)\b|(?<!\w)@(?-i:[A-Z]{1,2})\b|\bu_[0-9a-f]{6,}",
        ),
        ("a reference", r"[\[(][cmdtq]\d{1,4}(?:\s*,\s*[cmdtq]\d{1,4})*[\])]"),
        ("markup", rf"```|!\[|</?\s*(?:{_TAGS})\b[^<>]*>|^\s*#{{1,6}}\s|<\s?\||\[\s?/?INST\]"),
        (
            "an instruction",
            r"\b(?:ignore|disregard|forget|override)\b.{0,20}\b(?:all|any|your|previous|prior|earlier|above|these)"
            r"\s+(?:\w+\s+)?(?:instructions?|prompts?|rules|messages|above)\b"
            r"|\b(?:print|reveal|show|repeat|leak)\b.{0,30}\b(?:your|the)\s+(?:system\s+)?(?:prompt|instructions)\b"
            r"|\b(?:approve|publish|confirm)\s+(?:this|the|that|all)\s+(?:entr\w+|answers?|drafts?)\b"
            r"|^\s*(?:system|assistant|user|developer)\s*[:>]|\byou\s+are\s+now\b|\bas\s+an\s+ai\b"
            r"|忽略.{0,12}(?:指令|指示|提示)",
        ),
    )
)
_LATIN_WORD = re.compile(r"[^\W\d_][\w'’+#-]+")
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_COMMON = re.compile(
    r"the|and|for|you|are|not|but|can|how|what|why|does|did|when|where|which|who|with|this|that|there|have|has|had"
    r"|was|were|from|into|about|than|then|them|they|your|our|its|any|some|would|could|should|will|just|one|been"
    r"|being|get|got|use|using|used|also|only|after|before|like"
)
_SHORT_FORM = re.compile(r"\b(?:e\.g|i\.e|etc|vs)\.?", re.IGNORECASE)


def plain_line(text: str) -> str:
    """Return a model's words on one line, without what nobody can see."""
    return " ".join(neutral(text).split())


def objection(text: str) -> str:
    """Return what `text` holds that words of ours may not hold; empty where there is nothing.

    >>> objection("See https://evil.example/x"), objection("How do I set nlist?")
    ('a link', '')
    """
    for name, pattern in _OBJECTIONS:
        if pattern.search(text):
            return name
    return "an advertisement" if does("spam", text) else ""


def stems(text: str) -> set[str]:
    """Return the words of a text that carry meaning, cut to stems; pairs of characters without spaces.

    >>> sorted(stems("Why are connections refused?")), sorted(stems("连接失败"))
    (['conne', 'refus'], ['失败', '接失', '连接'])
    """
    found = set()
    for run in _WITHOUT_SPACES.findall(text):
        found |= {run[at : at + 2] for at in range(max(1, len(run) - 1))}
    spaced = _WITHOUT_SPACES.sub(" ", text.casefold())
    words = (word for word in _LATIN_WORD.findall(spaced) if len(word) > 2 and not _COMMON.fullmatch(word))
    return found | {word[:STEM] for word in words}


def share_said(text: str, source: str) -> float:
    """Return which share of the stems of `text` occurs in `source`, 0 to 1; 1 where it has none."""
    wanted = stems(text)
    return len(wanted & stems(source)) / len(wanted) if wanted else 1.0


def invented(text: str, source: str) -> list[str]:
    """Return the numbers, versions, flags and API names of `text` that `source` does not hold."""
    return missing_claims(_SHORT_FORM.sub(" ", text), source)
