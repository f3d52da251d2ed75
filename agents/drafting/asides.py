"""Which sentences of a thread are for those who were there, and which only go on from what was said."""

from __future__ import annotations

import re
from functools import lru_cache

READ_AGAIN = 8192
"""Texts whose reading is kept."""

_RESPONDS = re.compile(
    r"^(?:(?:it|its|it'?ll|it's|they|they're|he|he's|she|she's)\b|because|cuz|coz"
    r"|which|unless|this is why|that'?s why|that is why|otherwise|or\b|nor\b|then\b|though"
    r"|although|even so|if so|at least|in (?:this|that|your|my|which) case|in fact|already|same\b|for me\b"
    r"|as (?:requested|said|mentioned|above|u_)|not that\b|never ?mind|nvm|but\b|however\b|that(?:'s| is)\b"
    r"|(?:that'?s )?not either|clearly|apparently|sounds? like|seems? like|looks like|kind of|sort of"
    r"|sorta|depends|it did\b|that seems|that looks|where (?:they|it)|this (?:is|was) (?:the|why|a)"
    r"|the one\b|there should be|yours?\b|except\b|due to"
    r"|(?:i'm|i am) (?:not an expert|pretty sure)|i (?:think|guess|believe)\b)",
    re.IGNORECASE,
)
_REASON = re.compile(r"^(?:because|cuz|coz)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|im|ive|my|mine|me)\b", re.IGNORECASE)
_ADVISES = re.compile(
    r"\b(?:fix(?:ed)?|solved|resolved|had to|you (?:have|need) to|recommend|suggest|advise|advocate"
    r"|support(?:s|ed)?|figured|worked|works|provide|offer|released?|added|let me|allows?)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:any|all|some|one|none|most) of (?:those|these|them|that)\b|\b(?:that|this|the other) one\b"
    r"|\blike (?:this|that)\W*$|\b(?:using|do|doing|did|try|tried) (?:this|that)\b|\bpastebin\b|\bpaste\.\w"
    r"|\b(?:see|as|said|mentioned|posted|linked|link|code|message|comment|screenshot|picture)s? (?:\w+ )?"
    r"(?:above|below|here)\b"
    r"|\b(?:my|your|his|her|their) (?:last |previous |first )?"
    r"(?:comment|message|post|screenshot|picture|link)\b"
    r"|^(?:somebody|someone|he|she|they|people) (?:asked|said|mentioned|addressed|told|posted)\b"
    r"|\bu_[0-9a-f]{6,}|\bthe same page\b|\bhere'?s (?:a|an|the|my)\b",
    re.IGNORECASE,
)
_TO_ASKER = re.compile(
    r"\b(?:you|u) (?:didn'?t|did|were|said|meant|mentioned|posted|asked|wrote|haven'?t"
    r"|weren'?t|misunderst\w+)\b"
    r"|\b(?:you|u)'?(?:ve| have) (?:done|tried|posted|already|compiled|got)\b|\bif that'?s what (?:you|u)\b"
    r"|\byou'?re (?:talking|asking|missing|doing|looking|using)\b"
    r"|\byour (?:case|question|problem|issue|error|code|screenshot|post)\b",
    re.IGNORECASE,
)
_TURNS_AWAY = re.compile(
    r"\b(?:ask|head|go|try|post)\b.{0,40}(?:\bin|\bto|\bover)\s+(?:the )?#\w|\bdon'?t ask to ask\b"
    r"|\bwrong (?:channel|room|place|forum)\b|\bnot an? \w+ (?:one|question|issue)\b"
    r"|\b(?:this is|that'?s|is) (?:the |an? )?(?:\w+ )?(?:question|chat|channel|room), not\b"
    r"|\bthis is the \w+ (?:chat|channel|room)\b|\bgoogle (?:it|is your|for it)\b"
    r"|\bsupport(?:ed)? (?:channel|here)\b|\boff-?topic\b|\bin #\w|\bthe question there\b"
    r"|\bread the (?:manual|docs|faq)\b|\brtfm\b",
    re.IGNORECASE,
)
_JOKES = re.compile(
    r"^(?:shucks|damn|dang|god|wow|ugh|argh|omg|oof|lol)\b|[;:]-?[Pp]\b|;-?\)"
    r"|\b(?:lol|lmao|rofl|haha\w*|duh|j/?k)\b"
    r"|[\U0001f602\U0001f923\U0001f61c\U0001f609\U0001f92a\U0001f643]",
    re.IGNORECASE,
)


@lru_cache(maxsize=READ_AGAIN)
def is_aside(sentence: str) -> bool:
    """Return whether a sentence of a thread is for those who were there: a joke, one's own case, a pointer.

    >>> is_aside("you didn't install it"), is_aside("Install the package with apt.")
    (True, False)
    """
    sentence = _plain(sentence)
    if any(cue.search(sentence) for cue in (_JOKES, _TURNS_AWAY, _POINTS, _TO_ASKER)):
        return True
    return bool(_OWN.search(sentence)) and not _ADVISES.search(sentence)


def jokes(sentence: str) -> bool:
    """Return whether a sentence winks; its smile is no part of what is quoted."""
    return bool(_JOKES.search(sentence))


@lru_cache(maxsize=READ_AGAIN)
def may_lead(sentence: str, question: str = "") -> bool:
    """Return whether a sentence may be what answers, rather than go on from what was said before it.

    >>> may_lead("Because it is disabled by default."), may_lead("It is disabled by default.")
    (False, True)
    >>> may_lead("Because it is disabled by default.", "Why is there no password?")
    True
    """
    sentence = _plain(sentence)
    gives_reason = bool(_REASON.search(sentence)) and question.lower().startswith("why ")
    return gives_reason or not _RESPONDS.search(sentence)


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")
