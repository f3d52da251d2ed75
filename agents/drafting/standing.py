"""Which questions may head an entry: those that say their matter without their thread.

A maintainer puts their name to an entry. A question that only its thread makes plain finds nobody who asks
it again, and a name on it is worth less than no entry.
"""

from __future__ import annotations

import re
from functools import lru_cache

from threadlore.agents.drafting.sentences import split_sentences
from threadlore.agents.drafting.wording import points_elsewhere, words_of

READ_AGAIN = 8192
"""Texts whose reading is kept."""

LONGEST = 150
"""Characters of a question that can be read at a glance; who needs more tells a story."""

TELLING = 2
"""Content words, beside the general ones, that name a matter."""

_GENERAL = frozenset(
    words_of(
        "able actual actually add again already also always another anybody anyone anything ask back "
        "bad become best better bug case change check common correct currently different doing done end "
        "error even ever everybody everyone everything exactly expect expected experience explain find "
        "fix go going good great guess guessing guys happen happened happening help hint idea ideas "
        "info information issue issues kind know known let like link little look looking lot make mean "
        "meant missing more most much need new news next nice normal now old one only option order part "
        "people person place plan plans please point possible post pretty probably problem problems "
        "question questions re really right run running same say screenshot see seem set short show "
        "simple solution somebody someone something sort still stuff suggest suggestion suppose "
        "supposed sure take tell then thing things think thinking tip tips tried true try trying "
        "understand updates very via wait want way ways well whole why without wonder wondering work "
        "working works worth wrong yet yes"
    )
)
"""Words that any community uses of anything."""

_PRONOUN = re.compile(r"\b(?:it|its|it's|they|them|their|theirs|he|him|his|she|her|hers)\b", re.IGNORECASE)
_DUMMY = re.compile(
    r"\bit(?:'?s)? (?:(?:\w+ )?(?:possible|common|normal|okay?|safe|save|necessary|better|best|worth|known"
    r"|recommended|required|true|expected|supported|feasible|enough|easy|hard|bad|good|the case"
    r"|a (?:bug|good|bad|must))"
    r"|takes?\b|costs?\b|makes? (?:any )?(?:sense|difference)|seems?\b|looks like|mean\b|matters?\b|works?$"
    r"|(?:be )?that\b)",
    re.IGNORECASE,
)
"""An "it" that stands for nothing."""

_DEMONSTRATIVE = re.compile(
    r"\b(?:(?:this|these|those)\b(?! (?:error|warning|message|exception|week|month|year|time|way)\b)"
    r"|(?:of|is|was|are|get|got|do|does|did|done|for|with|like|about|than|use|why|how|where|what|mean|after"
    r"|before|from|by|in|on|at|to|and|or|would|will|can|could|should) that\b"
    r"(?! (?:i|we|you|it|he|she|they|the|a|an|my|there|is|are|has|have|can|does|do|will|would|no|not|when"
    r"|if|some|all|any)\b)"
    r"|that(?: (?:one|part|kind|sort|thing|case|way|point|stuff)\b"
    r"|(?= (?:with|without|in|on|for|from|when|if|as)\b)|\W*$))",
    re.IGNORECASE,
)
_TO_ONE = re.compile(
    r"^(?:(?:and|so|but|or|ok|also)\s+)?"
    r"(?:have|did|had|were|was|are|didn't|haven't|aren't|don't|weren't) (?:you|u|ya)\b"
    r"|^(?:do|does|did) (?:you|u) (?:have|see|get|mean|want|still|happen|remember|plan|got)\b"
    r"|^(?:could|would|will) (?:you|u)\b"
    r"|^(?:can|care to|mind) (?:you |u )?(?:please )?(?:screenshot|confirm|describe|give|provide|paste"
    r"|elaborate|ask|look|clarify|explain|see|do)\b"
    r"|^anything (?:i|we)\b|\b(?:send|give|help|guide|walk|teach) me\b"
    r"|\b(?:you|u) (?:guys|think|expect|mean|meant|suggesting|talking|referring)\b|\by'?all\b"
    r"|\bu_[0-9a-f]{6,}",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:how|what|which|why|when|where|who|whose|can|could|do|does|did|is|are|was|were|will|would|should|may"
    r"|has|have|any|anyone|anybody)\b|['\u2019]s\b",
    re.IGNORECASE,
)
NAMED = 3
"""Content words that a matter needs which is named with a question mark and no word that asks."""

_NARRATES = re.compile(
    r"^\(?\d+[).]|^\w+, (?:i|i'm|i've|im|we|my)\b"
    r"|^(?:i|i'm|i've|i'd|im|ive|we|we're|we've|my|our|you|u|he|she|they|it|want|wanted|trying|tried|looking"
    r"|wondering|guessing|thinking|assuming|hoping|curious|looks|maybe|not sure|perhaps|seems|thanks"
    r"|thx|whether|so|or|and|but|yes|yeah|hmm+)"
    r"\b(?!/).*[?？]$",
    re.IGNORECASE,
)
_PHRASAL = re.compile(
    r"\b(?P<verb>back|set|start|shut|log|roll|clean|speed)(?:s|ed|ing|ting)? (?P<way>up|in|out|down|back)\b",
    re.IGNORECASE,
)
"""Verbs of two words that name a matter together, though neither does alone."""

_NAMES_ONE = re.compile(
    r"^(?:what(?:'s| is| are| does)|how (?:to|do i|do you|can i) (?:run|use)) (?:an? )?"
    r"[\w.\-]{4,}(?: (?:do|mean))?\?$",
    re.IGNORECASE,
)
"""What asks for one thing by its name, and needs no second word: "what is nprobe?"."""

_LEFT_OVER = re.compile(r"\b(?:then|instead|as well|too|either|also|again|when|though)\W*$", re.IGNORECASE)


_FRAGMENT = re.compile(
    r"^(?:about|at|by|for|from|in|like|of|on|to|under|with)\b"
    r"(?!.*\b(?:how|what|which|why|when|where|who|do|does|did|is|are|can|could|should|would|will|has|have)\b)",
    re.IGNORECASE,
)
"""What was cut off a sentence: "of a good manager?"."""


@lru_cache(maxsize=READ_AGAIN)
def stands_alone(question: str) -> bool:
    """Return whether a cleaned question says what it asks to somebody who has not read its thread.

    One sentence, its matter named, asked of nobody in particular, and telling nothing of the asker first.

    >>> stands_alone("How do I change the port of the web client?"), stands_alone("Can I use it for backups?")
    (True, False)
    >>> stands_alone("Any ideas?"), stands_alone("Have you tried another cable for the radio?")
    (False, False)
    """
    question = question.replace("\u2019", "'")
    if len(question) > LONGEST or len(split_sentences(question)) > 1:
        return False
    if any(cue.search(question) for cue in (_NARRATES, _TO_ONE, _LEFT_OVER, _FRAGMENT)):
        return False
    if points_elsewhere(question) or _refers_back(question):
        return False
    if _is_wide(question):
        return True
    if _NAMES_ONE.search(question):
        return bool(telling_words(question))
    cut_off = question.endswith("?") and not _ASKING.search(question)
    return len(telling_words(question)) >= (NAMED if cut_off else TELLING)


def telling_words(text: str) -> set[str]:
    """Return the content words of `text` that name a matter, stemmed.

    >>> sorted(telling_words("How do I back up to S3?"))
    ['backup', 's3']
    """
    text = _PHRASAL.sub(lambda verb: f"{verb['verb']}{verb['way']}", text)
    return {word for word in words_of(text) if len(word) > 1} - _GENERAL


def _is_wide(text: str) -> bool:
    """Return whether most of `text` is in a script without spaces, whose words are not counted here."""
    wide = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text))
    return wide >= 4 and 3 * wide >= len(text)


def _refers_back(text: str) -> bool:
    """Return whether a pronoun stands before anything that it could stand for."""
    plain = _DUMMY.sub(lambda match: " " * len(match[0]), text)
    for pattern in (_PRONOUN, _DEMONSTRATIVE):
        match = pattern.search(plain)
        if match and len(telling_words(text[: match.start()])) < TELLING:
            return True
    return False
