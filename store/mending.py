"""What is left of derived text when its evidence is deleted. Pure: texts in, texts out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.store import schema
from threadlore.store.terms import terms
from threadlore.types import Citation, EntryOrigin, EntryState, FaqEntry, Revision

REVIEW_REASON = "evidence was deleted"
CUT = "cut: "
"""How a reason begins that shows a sentence which is not in the entry."""

CUT_GONE = f"{CUT}a sentence that may have said what was deleted"
PAGE_GONE = "a documentation page that it stands on is gone"

_MARKS = re.compile(r"(?:\[\d{1,3}\])+")
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_WORD = re.compile(r"\w+")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_COPIED_WORDS = 3
"""Shortest run of words that counts as copied."""
_COPIED_SHARE = 0.6
"""Share of a text's three-word runs that must be in a deleted text for it to count as a copy."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; scripts without spaces as character bigrams."""
    return _WORD.findall(terms(text))


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _COPIED_WORDS]) for at in range(len(words) - _COPIED_WORDS + 1)}


@dataclass(frozen=True, slots=True)
class Deleted:
    """Everything that was deleted, in the forms that a copy of it is recognised by.

    `source_ids` name messages or sections of documentation; `only_here` are words of the deleted texts
    that no text which stays holds; `mended` are the words of messages that stay without a copy of deleted
    text, by id; `reason` is what a reviewer is told.
    """

    source_ids: frozenset[str]
    words: frozenset[str]
    runs: frozenset[tuple[str, ...]]
    wholes: frozenset[str]
    only_here: frozenset[str] = field(default_factory=frozenset)
    mended: Mapping[str, str] = field(default_factory=dict)
    reason: str = REVIEW_REASON

    @classmethod
    def of(cls, source_ids: Iterable[str], texts: Iterable[str], reason: str = REVIEW_REASON) -> Deleted:
        """Read the deleted texts."""
        lists = [words_of(text) for text in texts]
        return cls(
            source_ids=frozenset(source_ids),
            words=frozenset(word for words in lists for word in words),
            runs=frozenset(run for words in lists for run in _runs(words)),
            wholes=frozenset(" ".join(words) for words in lists if words),
            reason=reason,
        )

    def fell(self, citation: Citation) -> bool:
        """Tell whether what a citation quotes is gone: its source, or what its message had copied."""
        if citation.kind == "tool" or citation.source_id in self.source_ids:
            return citation.kind != "tool"
        left = self.mended.get(citation.source_id)
        return left is not None and " ".join(words_of(citation.quote)) not in left

    def source_of(self, text: str, staying: Iterable[str] = ()) -> bool:
        """Tell whether `text` was taken from what is deleted, and not from one of the texts `staying`."""
        words = words_of(text)
        whole = " ".join(words)
        if not words:
            return False
        if any(word in self.only_here for word in words):
            return True
        if any(whole in " ".join(words_of(other)) for other in staying):
            return False
        if whole in self.wholes:
            return True
        runs = _runs(words)
        return bool(runs) and len(runs & self.runs) >= _COPIED_SHARE * len(runs)


def without_marks(answer: str, fallen: frozenset[int]) -> str:
    """Return an answer in Markdown without whatever cites one of the numbers `fallen`; the rest renumbered.

    What stands between two marks belongs to the second. A code block belongs to the marks below it.
    """
    kept: list[str] = []
    for block in _blocks(answer):
        if _FENCE.match(block):
            kept.append(block)
            continue
        rest = _stripped(block, fallen)
        if not rest and kept and _FENCE.match(kept[-1]) and _MARKS.fullmatch(block.strip()):
            kept.pop()
        if rest:
            kept.append(rest)
    return _NUMBER.sub(lambda found: f"[{_shifted(int(found[1]), fallen)}]", "\n\n".join(kept))


def _shifted(number: int, fallen: frozenset[int]) -> int:
    return number - sum(1 for gone in fallen if gone < number)


def _blocks(answer: str) -> list[str]:
    blocks: list[str] = []
    lines: list[str] = []
    fence = ""
    for line in answer.splitlines():
        opened = _FENCE.match(line)
        if fence:
            lines.append(line)
            if opened and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                blocks.append("\n".join(lines))
                lines, fence = [], ""
        elif opened or not line.strip():
            if lines:
                blocks.append("\n".join(lines))
            lines, fence = ([line], opened[1]) if opened else ([], "")
        else:
            lines.append(line)
    return [*blocks, "\n".join(lines)] if lines else blocks


def _stripped(block: str, fallen: frozenset[int]) -> str:
    """Return a paragraph or list without the parts that cite a fallen number."""
    items: list[str] = []
    for line in block.splitlines():
        if items and not _ITEM.match(line):
            items[-1] += f"\n{line}"
        else:
            items.append(line)
    left = [_stripped_item(item, fallen) for item in items]
    return "\n".join(item for item in left if item)


def _stripped_item(item: str, fallen: frozenset[int]) -> str:
    prefix = found[0] if (found := _ITEM.match(item)) else ""
    parts: list[str] = []
    start = len(prefix)
    for marks in _MARKS.finditer(item):
        if fallen.isdisjoint(int(number) for number in _NUMBER.findall(marks[0])):
            parts.append(item[start : marks.end()])
        start = marks.end()
    parts.append(item[start:])
    rest = "".join(parts).strip()
    return f"{prefix}{rest}" if _WORD.search(_MARKS.sub("", rest)) or _has_only_marks(item, rest) else ""


def _has_only_marks(item: str, rest: str) -> bool:
    """Tell whether a line of nothing but marks (below a code block) still stands."""
    return bool(rest) and _MARKS.fullmatch(item.strip()) is not None


def mend_entry(entry: FaqEntry, deleted: Deleted, staying: Sequence[str]) -> FaqEntry | None:
    """Return an entry without what was deleted; None when nothing of it is left.

    Sentences whose quote fell go at once. If the core fell, an approved entry turns stale. `staying` are
    texts of the questions of the entry that stay. A curated or imported entry keeps its wording. What was cut
    from a draft has no source of its own, and is shown no longer.
    """
    fallen = frozenset(
        number for number, citation in enumerate(entry.citations, start=1) if deleted.fell(citation)
    )
    mined = entry.origin is EntryOrigin.MINED
    phrasings = [entry.question, *entry.paraphrases]
    if mined:
        phrasings = [text for text in phrasings if not deleted.source_of(text, staying)]
    answer = without_marks(entry.answer, fallen) if fallen else entry.answer
    core_fell = any(index + 1 in fallen for index in entry.core) or not answer.strip()
    stands = entry.state in (EntryState.APPROVED, EntryState.STALE)
    if not stands and (not phrasings or not answer.strip()):
        return None
    state = entry.state
    if entry.state is EntryState.APPROVED and (core_fell or not phrasings):
        state = EntryState.STALE
    touched = bool(fallen) or len(phrasings) <= len(entry.paraphrases)
    reasons = [CUT_GONE if one.startswith(CUT) else one for one in entry.review_reasons]
    reasons += [deleted.reason] if touched else []
    return entry.model_copy(
        update={
            "question": phrasings[0] if phrasings else schema.REMOVED_TITLE,
            "paraphrases": tuple(phrasings[1:]),
            "answer": answer,
            "citations": _without(entry.citations, fallen),
            "core": tuple(_shifted(index + 1, fallen) - 1 for index in entry.core if index + 1 not in fallen),
            "revisions": tuple(
                item for item in entry.revisions if not _tainted(item, deleted, staying, mined)
            ),
            "state": state,
            "review_reasons": tuple(dict.fromkeys(reasons)),
        }
    )


def _without(citations: Sequence[Citation], fallen: frozenset[int]) -> tuple[Citation, ...]:
    return tuple(item for number, item in enumerate(citations, start=1) if number not in fallen)


def _tainted(revision: Revision, deleted: Deleted, staying: Sequence[str], mined: bool) -> bool:
    """Tell whether a revision holds deleted text: it goes whole, because nobody shows it any more."""
    cites = any(map(deleted.fell, revision.citations))
    texts = (revision.question, *revision.paraphrases)
    return cites or (mined and any(deleted.source_of(text, staying) for text in texts))
