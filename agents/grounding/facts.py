"""Finds statements that were true only for a range of versions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from threadlore.agents.drafting.sentences import pieces
from threadlore.profile import Profile
from threadlore.review import overruled
from threadlore.seams import ReviewDesk
from threadlore.types import AgedFact, AppliesTo, EntryState, FaqEntry

_PARTS = re.compile(r"\d+|[a-z]+")
_BEFORE_RELEASE = {"dev": -5, "alpha": -4, "a": -4, "beta": -3, "b": -3, "rc": -2}


def version_key(version: str) -> tuple[int, ...]:
    """Return a key that orders versions: 2.10 after 2.9, 2.6-rc1 before 2.6, `x` after every number.

    >>> version_key("v2.10") > version_key("2.9.4")
    True
    >>> version_key("2.6.0-rc1") < version_key("2.6.0")
    True
    """
    key: list[int] = []
    for part in _PARTS.findall(version.lower().removeprefix("v")):
        if part.isdigit():
            key.append(int(part))
        elif part in _BEFORE_RELEASE:
            key.append(_BEFORE_RELEASE[part])
        elif part == "x":
            key.append(10**6)
    return tuple([*key, *[0] * (6 - len(key))][:6])


def check_facts(profile: Profile, text: str, applies_to: AppliesTo) -> list[AgedFact]:
    """Return the facts of `profile` that `text` states although they no longer hold where it applies.

    A fact is passed over when the text is limited to versions in which it held, or when the same
    sentence itself names such versions as past. A fact is also met when the text applies to
    versions before `since`.
    """
    sentences = [piece.text for piece in pieces(text)]
    found = []
    for fact in profile.facts:
        pattern = _compiled(fact.pattern)
        meets = [sentence for sentence in sentences if pattern.search(sentence)]
        if not meets and pattern.search(text):
            meets = [text]
        if meets and not _held(fact, applies_to, profile.current_version):
            if all(_limits_itself(fact, sentence) for sentence in meets):
                continue
            found.append(fact)
    return found


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def fact_reason(fact: AgedFact) -> str:
    """Return the line that tells a reviewer what aged, what holds now, and where that stands."""
    span = f"until {fact.until}" if fact.until else f"only from {fact.since}"
    return f"aged fact {fact.id} ({span}): {fact.replacement} (checked {fact.checked}, {fact.source})"


def applies_from(versions: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the lowest and the highest of `versions`, as they were written without a leading v."""
    known = sorted({version.removeprefix("v") for version in versions if version}, key=version_key)
    return (known[0], known[-1]) if known else (None, None)


def entry_facts(profile: Profile, entry: FaqEntry) -> list[AgedFact]:
    """Return the ended facts that an entry's question and answer meet."""
    return check_facts(profile, f"{entry.question}\n\n{entry.answer}", entry.applies_to)


def review_aged(desk: ReviewDesk, profile: Profile, now: datetime) -> list[FaqEntry]:
    """Turn approved entries that state what no longer holds stale, with the replacement as reason.

    Returns every entry that is stale for such a fact, now or from before. What a person approved in
    spite of the reason, and what is limited to versions in which the fact held, stays an answer.
    """
    found, changed = [], []
    for entry in desk.entries():
        if entry.merged_into or entry.state not in (EntryState.APPROVED, EntryState.STALE):
            continue
        reasons = [fact_reason(fact) for fact in entry_facts(profile, entry)]
        standing = tuple(reason for reason in reasons if not overruled(entry, reason))
        if not standing:
            continue
        kept = (reason for reason in entry.review_reasons if not reason.startswith("aged fact "))
        aged = entry.model_copy(
            update={"state": EntryState.STALE, "review_reasons": (*kept, *standing), "updated_at": now}
        )
        if aged.model_copy(update={"updated_at": entry.updated_at}) != entry:
            changed.append(aged)
        found.append(aged)
    desk.save_entries(changed)
    return found


def _held(fact: AgedFact, applies_to: AppliesTo, current: str) -> bool:
    """Return whether the fact held in every version that the text applies to.

    An open end of the text means the current version, for which an ended fact does not hold.
    """
    last = applies_to.until or current
    if fact.until is not None and (not last or _beyond(last, fact.until)):
        return False
    if fact.until is None and fact.since is not None and applies_to.until is not None:
        return version_key(applies_to.until) >= version_key(fact.since)
    return True


def _beyond(version: str, until: str) -> bool:
    """Return whether `version` is later than every release of `until`: 2.5.9 is not beyond 2.5."""
    depth = len(_PARTS.findall(until.lower().removeprefix("v")))
    return version_key(version)[:depth] > version_key(until)[:depth]


def _limits_itself(fact: AgedFact, sentence: str) -> bool:
    """Return whether a sentence says itself that it speaks of versions in which the fact held."""
    if fact.until is None:
        return False
    named = re.findall(
        r"(?:up to|until|before|prior to|through|in|for|with|<=?)\s+(?:\w+\s+)?v?(\d+\.\d+(?:\.\w+)?)",
        sentence,
        re.IGNORECASE,
    )
    said = re.search(
        r"\b(?:up to|until|before|prior to|through|older|earlier)\b|<=?", sentence, re.IGNORECASE
    )
    return bool(said and named) and all(
        not _beyond(version, fact.until)
        or re.search(r"\b(?:before|prior to)\b|<(?!=)", sentence, re.IGNORECASE)
        for version in named
    )
