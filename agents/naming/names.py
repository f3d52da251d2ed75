"""A name for a topic that a person would choose, out of what people wrote and what sets it apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadlore.agents.drafting.wording import points_elsewhere
from threadlore.agents.naming.keyphrases import PhraseCounts, phrases, singular
from threadlore.agents.naming.respelling import corrected, corrections

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 72
"""Characters of a name: a line in a list."""

SHORTEST = 12

PHRASES = 5
"""Keyphrases of a topic."""

THREAD_SHARE = 0.4
"""Share of a theme's texts that a phrase must be in to run through all of it."""

HYSTERESIS = 0.3
"""How much better another name must be before one that still fits is given up."""

MISSPELT = 0.15
"""How much less a name is liked whose words had to be mended: who misspells one word misspells others."""

TITLE_LEAD = 0.3
"""How much a question's first sentence is preferred: a title where there is one."""

_FENCE = re.compile(r"```.*?(?:```|$)", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_EMPHASIS = re.compile(r"\*+(?=\w)|(?<=[\w.?!])\*+")
_NO_LETTERS = re.compile(r"[^\w\s]+|[\d_]+")
_URL = re.compile(r"\b(?:https?://|www\.)\S+|\S+://\S+")
_MENTION = re.compile(r"<[@#:!&][^>]*>|@\w[\w.-]*|\[(?:email|phone|ip|secret|link|name|user)[^\]]*\]")
_TAG = re.compile(r"^\s*(?:\[[^\]]{1,24}\]\s*[:：-]?\s*)+")
_LABEL = re.compile(r"^\s*(?:question|bug|feature|issue|help|re|fwd|q|problem|request)\s*[:：-]\s*", re.I)
_GREETING = re.compile(
    r"^\s*(?:hi|hey|hello|hallo|good (?:morning|day|evening)|dear|thanks|thank you|sorry|ok(?:ay)?|so|well"
    r"|and|but|also|btw|fyi|yes|yeah|oh|hmm+|k|wow|please|guys|all|everyone|team|folks|there)\b[\s,!.:-]+",
    re.I,
)
_LEAD = re.compile(
    r"^\s*(?:"
    r"(?:i(?:'m| am)|we(?:'re| are)) (?:just |currently |also |now )?(?:wondering|curious|asking|not sure"
    r"|trying to (?:find out|figure out|understand))(?: about)?(?: if| whether)?"
    r"|(?:does|do|has|did) (?:any|some) ?(?:one|body)(?: here| else| of you)?"
    r" (?:know|have (?:an? )?(?:idea|clue))(?: if| whether| about| of)?"
    r"|(?:can|could|would) (?:any ?one|any ?body|some ?one|some ?body|you)(?: please)?"
    r" (?:tell me|explain|help me(?: with)?|clarify|let me know)"
    r"|i (?:just |only )?(?:wanted|want|would like|'d like) to (?:ask|know)(?: about)?(?: if| whether)?"
    r"|i have a (?:quick |small |short )?question(?: about| on| regarding)?"
    r"|(?:quick|short|stupid|dumb|noob|newbie|simple|random) question"
    r"|any ideas?(?: on| about| why)?|just"
    r")\b[\s,:.-]*",
    re.I,
)
_SPLIT = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
_CLAUSE = re.compile(r",\s| - | – |; |\s(?:because|since|but|although|however|so that|which)\s")
_SUBORDINATE = re.compile(
    r"^(?:although|though|when|while|if|after|before|because|since|as|once)\b[^,?]*$", re.I
)
_JUNK = re.compile(
    r"[{}|=<>\\^~]|\b0x[0-9a-f]+|\b[0-9a-f]{12,}\b|(?:^|\s)(?:at|in) [\w.]+\(|\w/\w+/\w|\d{4}-\d\d-\d\d|::"
    r"|\.{3}|\S{32,}|\s:\s|\[|\]",
    re.I,
)
_REFERS = re.compile(
    r"^(?:it|this|that|these|those|they|he|she|same|here|there|me|my|i|im|ive|you|yes|then|or|would love)\b",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:it|them|him|her|so|too|though)\W*$|^(?:he|she|they|can be|could be|other|another)\b", re.I
)
_INVERTED = re.compile(
    r"^(?:is|are|does|do|did|can|could|should|will|would|has|have)\b(?! (?:not|be)\b)", re.I
)
_PERSONAL = re.compile(r"\b(?:we|our|my|me|i'm|i've|i'll|let's)\b|^(?:the|when|using|if|i) ", re.I)
_OPEN_END = re.compile(
    r"\b(?:and|or|the|a|an|to|of|with|for|at|by|from|as|that|if|i|my|is|are|we|you|this|it)$", re.I
)
_ASKS = re.compile(
    r"^(?:how|what|which|when|where|why|who|can|could|is|are|does|do|should|will|has|any)\b|\?$", re.I
)


@dataclass(frozen=True)
class Naming:
    """A name with the keyphrases that stand behind it."""

    label: str
    keyphrases: tuple[str, ...]


def clean(text: str) -> str:
    """Return `text` without code, links, mentions, tags and pasted logs, line by line."""
    text = _LINK.sub(r"\1", _FENCE.sub("\n", text)).replace("`", "")
    text = _EMPHASIS.sub("", _MENTION.sub(" ", _URL.sub(" ", text)))
    lines = [_TAG.sub("", line).strip(" \t>#-•") for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not _is_log(line))


def _is_log(line: str) -> bool:
    letters = len(line) - sum(map(len, _NO_LETTERS.findall(line)))
    return letters < 0.7 * len(line)


def candidates(text: str) -> list[str]:
    """Return what could name a topic in a question: its sentences, without greeting and lead-in."""
    found = []
    for sentence in _SPLIT.split(clean(text))[:6]:
        name = _trimmed(sentence)
        if SHORTEST <= len(name) <= LONGEST and _is_name(name):
            found.append(name)
    return found


def _is_name(name: str) -> bool:
    """Say whether a person could have chosen `name`: whole, no log, and clear without its context."""
    whole = name.count("(") == name.count(")") and name.count('"') % 2 == 0
    rules = (_JUNK, _REFERS, _SUBORDINATE, _OPEN_END, _ASIDE)
    return whole and not points_elsewhere(name) and not any(rule.search(name) for rule in rules)


def _trimmed(sentence: str) -> str:
    before = ""
    while before != sentence:
        before = sentence
        for opening in (_TAG, _LABEL, _GREETING, _LEAD):
            sentence = opening.sub("", sentence, count=1)
    sentence = re.sub(r"\s*([?!])[?!\s]*$", r"\1", " ".join(sentence.split()))
    if len(sentence) > LONGEST:
        pieces = _CLAUSE.split(sentence)
        sentence = next((piece for piece in pieces if SHORTEST <= len(piece) <= LONGEST), sentence)
    sentence = _outside(sentence.strip(" .,;:!-–—'"))
    return capitalised(f"{sentence}?" if _INVERTED.search(sentence) and sentence[-1] != "?" else sentence)


def _outside(text: str) -> str:
    """Return `text` without a bracket or quote that stands around all of it, or has lost its partner."""
    for opening, closing in (("(", ")"), ('"', '"'), ("“", "”")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > 1:
            text = text[1:-1]
        elif opening != closing and text.endswith(closing) and opening not in text:
            text = text[:-1]
    return text


def capitalised(text: str) -> str:
    """Return `text` with a capital first, unless the first word is written in a way of its own.

    >>> capitalised("why so slow?"), capitalised("pymilvus.exceptions fail"), capitalised("etcd full")
    ('Why so slow?', 'pymilvus.exceptions fail', 'Etcd full')
    """
    first = text.split(" ", 1)[0].rstrip(",:;?!.")
    if not re.sub(r"['’]", "", first).isalpha() or not first.islower():
        return text
    return text[:1].upper() + text[1:]


def name_groups(
    groups: Mapping[str, Sequence[str]],
    vectors: Mapping[str, NDArray[np.float32]],
    wanted: Sequence[str],
    earlier: Mapping[str, str],
    product: str = "",
) -> dict[str, Naming]:
    """Return names for the groups in `wanted`, distinct from each other and from all of `earlier`.

    Args:
        groups: the texts of every group, the background against which each is named.
        vectors: for each wanted group the rows of its texts, shape (texts, dimension), length one.
        wanted: groups that need a name, in the order in which they may choose.
        earlier: names that groups had; one that still fits is kept.
        product: what all of it is about, which names no group.
    """
    counts = PhraseCounts(((key, [clean(text) for text in texts]) for key, texts in groups.items()), product)
    table = corrections(text for texts in groups.values() for text in texts)
    taken = {name.lower() for key, name in earlier.items() if key not in wanted}
    found: dict[str, Naming] = {}
    for key in wanted:
        keyphrases = counts.top(key, PHRASES)
        weights = counts.weights(key)
        ranked = _ranked(groups[key], vectors[key], weights, earlier.get(key, ""), table)
        ranked += [_from_phrases(keyphrases, number) for number in (2, 3, 4)]
        label = next((name for name in ranked if name and name.lower() not in taken), "")
        label = label or f"{ranked[0] or 'Other questions'} ({key[-4:]})"
        taken.add(label.lower())
        found[key] = Naming(label, keyphrases)
    return found


def _ranked(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    weights: Mapping[str, float],
    earlier: str,
    table: Mapping[str, str],
) -> list[str]:
    """Return candidate names, best first: central, made of the group's phrases, short, a question."""
    import numpy as np

    centre = vectors.mean(axis=0)
    central = vectors @ (centre / max(1e-9, float(np.linalg.norm(centre))))
    weights = {phrase: weight for phrase, weight in weights.items() if " " not in phrase}
    heaviest = sum(sorted(weights.values(), reverse=True)[:4]) or 1.0
    scores: dict[str, float] = {}
    for text, near in zip(texts, central, strict=True):
        for place, written in enumerate(candidates(text)):
            name = corrected(written, table)
            covered = sum(weights.get(phrase, 0.0) for phrase in {phrase for phrase, _ in phrases(name)})
            value = float(near) + min(1.0, covered / heaviest) + (0.15 if _ASKS.search(name) else 0.0)
            digits, surplus = sum(char.isdigit() for char in name), max(0, len(name) - 36)
            value -= (TITLE_LEAD if place else 0.0) + 0.04 * place + 0.025 * digits + 0.012 * surplus
            value -= 0.15 if _PERSONAL.search(name) else 0.0
            value -= MISSPELT if name != written else 0.0
            value += HYSTERESIS if name == earlier else 0.0
            scores[name] = max(value, scores.get(name, value))
    return sorted(scores, key=lambda name: (-scores[name], len(name), name))


def _from_phrases(keyphrases: Sequence[str], number: int) -> str:
    return capitalised(", ".join(keyphrases[:number]))


def name_themes(
    themes: Mapping[str, Sequence[str]],
    children: Mapping[str, Sequence[tuple[str, Sequence[str]]]],
    used: set[str],
    product: str = "",
) -> dict[str, Naming]:
    """Return names for the themes in `children`: what runs through one, and what its topics are about.

    Args:
        themes: the texts of every theme.
        children: for each theme to be named its topics with their keyphrases, the largest first.
        used: names, in lower case, that other themes have.
        product: what all of it is about, which names no theme.
    """
    counts = PhraseCounts(((key, [clean(text) for text in texts]) for key, texts in themes.items()), product)
    found = {}
    taken = set(used)
    for key in sorted(children):
        common = counts.through(key, THREAD_SHARE)
        heads = _distinct([keyphrases[0] for _, keyphrases in children[key] if keyphrases], common)
        names = [_listed(heads[:number]) for number in (3, 4, 5)]
        if common:
            lists = [_listed(heads[:number], lower=True) for number in (2, 3, 4)]
            names = [
                f"{capitalised(common)}: {listed}" if listed else capitalised(common) for listed in lists
            ]
        label = next((name for name in names if name and name.lower() not in taken), "")
        label = label or f"{names[0] or 'Other themes'} ({key[-4:]})"
        taken.add(label.lower())
        found[key] = Naming(label, counts.top(key, PHRASES))
    return found


def _distinct(heads: Sequence[str], common: str) -> list[str]:
    """Return the phrases that share no word with an earlier one or with `common`."""
    kept: list[str] = []
    said = set(common.lower().split())
    for head in heads:
        words = {singular(word) for word in head.split()}
        if not words & said:
            kept.append(head)
            said |= words
    return kept


def _listed(heads: Sequence[str], lower: bool = False) -> str:
    text = f"{', '.join(heads[:-1])} and {heads[-1]}" if len(heads) > 1 else "".join(heads)
    return text if lower else capitalised(text)
