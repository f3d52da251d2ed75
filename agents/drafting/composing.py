"""Puts quotes together to an answer in Markdown, each sentence with the mark of its citation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from threadlore.agents.drafting.asides import may_lead
from threadlore.agents.drafting.evidence import Evidence, Passage
from threadlore.agents.drafting.sentences import split_sentences
from threadlore.agents.drafting.wording import as_sentence, words_of
from threadlore.agents.grounding.citations import CONTESTED_NOTE
from threadlore.agents.grounding.claims import claims
from threadlore.types import Citation, Document, QuestionStatus, Role, ToolCall

MAIN_SENTENCES = 4
"""Sentences taken from the thread that answers best."""

MORE_SENTENCES = 2
"""Sentences that other threads may add."""

LEAST_SCORE = 0.55
"""Score that the best sentence must reach: below it the thread talks about the matter, answering nothing."""

RELATED = 0.45
"""Relation to what is asked that the sentence which answers must have where nobody vouches for it."""

SAME_WORD = 0.06
MOST_WORDS = 3
MAX_CODE_BLOCKS = 2
TOOL_LINES = 4
"""Lines of a tool's result that stand in an answer below its first."""

RANK = {Role.MAINTAINER: 3, Role.HELPER: 1, Role.MEMBER: 0, Role.BOT: -1}
"""Whose word goes first where answers differ; what the asker or a mark confirmed counts one more."""

_NOTHING = re.compile(r":\s*(?:0(?:\.0+)? ?\w*|none|-)\s*$", re.IGNORECASE)
_BEHIND = 0.35
_ALIKE = 0.86
SAME_MATTER = 0.55
_WORTH_ADDING = 0.45
_ON_IT = 0.35
"""Cosine to what is asked from which a sentence of another thread may be added."""
_NOT = re.compile(
    r"\b(?:not|no|never|cannot|can'?t|don'?t|doesn'?t|isn'?t|won'?t|unsupported|impossible)\b|[不没無]",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"(?:[-+*#>|~]|\d{1,3}[.)])\s|```|~~~|[|>#]")


@dataclass(slots=True)
class Composed:
    """An answer as it grows. `core` are the citations without which it falls."""

    paragraphs: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    core: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    question_ids: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    contested: bool = False
    vouched: bool = False
    """Whether a role or a mark stands for what answers, so that it need not speak in the question's words."""

    def add_passages(self, passages: Sequence[Passage]) -> list[int]:
        """Add a paragraph of quotes, code blocks whole; return the indexes of their citations."""
        line: list[str] = []
        indexes = []
        for passage in passages:
            mark = self._cite_message(passage)
            indexes.append(mark - 1)
            if passage.code:
                self._close(line)
                self.paragraphs += [fenced(passage.text, passage.info), f"[{mark}]"]
            else:
                line.append(f"{as_sentence(passage.text)} [{mark}]")
        self._close(line)
        return indexes

    def add_sides(self, sides: Sequence[Passage]) -> None:
        """Add answers that differ as a list, each with its date and versions, the most trusted first."""
        self.contested = True
        self.reasons.append("the threads give different answers")
        self.paragraphs.append(CONTESTED_NOTE)
        items = []
        for passage in sorted(sides, key=_authority, reverse=True):
            mark = self._cite_message(passage)
            self.core.append(mark - 1)
            versions = passage.question.facts.versions
            told = f", version {', '.join(versions)}" if versions else ""
            items.append(f"- {passage.message.created_at.date()}{told}: {as_sentence(passage.text)} [{mark}]")
        self.paragraphs.append("\n".join(items))

    def add_document(self, document: Document, sentence: str) -> None:
        """Add a sentence of the documentation."""
        if not is_plain(sentence):
            return
        self.citations.append(
            Citation(source_id=document.id, kind="document", quote=sentence, url=document.url)
        )
        self.paragraphs.append(f"{as_sentence(sentence)} [{len(self.citations)}]")

    def add_tool(self, call: ToolCall) -> None:
        """Add what a tool found: its first line and the next that say most; the call keeps them all."""
        first, *rest = [line.strip().removeprefix("- ") for line in call.summary.split("\n") if line.strip()]
        rest = [line for line in rest if not _NOTHING.search(line)][:TOOL_LINES]
        self.citations.append(Citation(source_id=call.id, kind="tool", quote=first))
        self.core.append(len(self.citations) - 1)
        mark = f"[{len(self.citations)}]"
        self.paragraphs.append(f"{first} {mark}")
        if rest:
            self.paragraphs.append("\n".join(f"- {line} {mark}" for line in rest))

    def markdown(self) -> str:
        """Return the answer."""
        return "\n\n".join(self.paragraphs)

    def _close(self, line: list[str]) -> None:
        if line:
            self.paragraphs.append(" ".join(line))
            line.clear()

    def _cite_message(self, passage: Passage) -> int:
        message = passage.message
        self.citations.append(
            Citation(source_id=message.id, kind="message", quote=passage.text, url=message.url)
        )
        self.question_ids.append(passage.question.id)
        self.days.append(message.created_at.date())
        return len(self.citations)


def compose(evidence: Evidence, answer: Composed) -> Composed:
    """Add what the threads answer: the best one's own words and what others add, or both sides."""
    groups = _groups(evidence)
    if not groups:
        return answer
    main = _main(groups[0])
    leading = [one for one in main if may_lead(one.text, one.question.text)]
    best = max(leading, key=lambda one: one.score, default=None)
    if best is None or best.score < LEAST_SCORE:
        return answer
    answer.vouched = best.message.role in (Role.HELPER, Role.MAINTAINER) or bool(best.message.marks.solved)
    if not answer.vouched and relation(best.near, best.text, best.question.text) < RELATED:
        return answer
    main = main[main.index(leading[0]) :]
    against = _contradiction(best, groups[1:], evidence)
    if against:
        answer.add_sides([best, against])
        return answer
    indexes = answer.add_passages(_with_code(main, evidence))
    answer.core.append(next(at for at in indexes if answer.citations[at].quote == best.text))
    more = _additions(main, groups[1:], evidence)
    if more:
        answer.add_passages(_with_code(more, evidence))
    if best.question.status is QuestionStatus.CONTRADICTED:
        answer.reasons.append("a later message contradicts the answer")
    return answer


def relation(near: float, sentence: str, question: str) -> float:
    """Return how much a sentence speaks of what is asked: their cosine, and a little for each common word."""
    common = len(words_of(sentence) & words_of(question))
    return near + SAME_WORD * min(common, MOST_WORDS)


def fenced(code: str, info: str = "") -> str:
    """Return a fenced code block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    language = info if re.fullmatch(r"[A-Za-z0-9+#.\-]{1,20}", info) else ""
    return f"{fence}{language}\n{code}\n{fence}"


def differ(one: str, other: str) -> bool:
    """Return whether two sentences on the same matter say different things: no against yes, 8 against 16.

    >>> differ("set nlist to 1024 for this", "set nlist to 128 for this")
    True
    >>> differ("Milvus Lite does not run on Windows", "Milvus Lite runs on Windows")
    True
    """
    words, others = (
        {word for word in words_of(text) if not any(letter.isdigit() for letter in word)}
        for text in (one, other)
    )
    shared = len(words & others)
    if shared < 2 or shared < 0.5 * max(len(words), len(others)):
        return False
    if bool(_NOT.search(one)) != bool(_NOT.search(other)):
        return shared >= 3
    numbers, rest = _numbers(one), _numbers(other)
    return bool(numbers and rest and not numbers & rest)


def _numbers(text: str) -> set[str]:
    return {form for claim in claims(text) for form in claim.forms if form.startswith("n:")}


def is_plain(sentence: str) -> bool:
    """Return whether `sentence` is one sentence of prose to Markdown: no heading, item, quote or fence."""
    text = as_sentence(sentence)
    return not _BLOCK_START.match(text) and split_sentences(text) == [text]


def _groups(evidence: Evidence) -> list[list[Passage]]:
    """Return the sentences by question, the best question first."""
    found: dict[str, list[Passage]] = {}
    for passage in evidence.passages:
        if not passage.code and is_plain(passage.text):
            found.setdefault(passage.question.id, []).append(passage)

    def strength(group: list[Passage]) -> tuple[float, str]:
        best = sorted((one.score for one in group), reverse=True)
        return (-(best[0] + 0.2 * sum(best[1:3])), group[0].question.id)

    return sorted(found.values(), key=strength)


def _main(group: list[Passage]) -> list[Passage]:
    best = max(one.score for one in group)
    chosen = sorted(group, key=lambda one: (-one.score, one.order))[:MAIN_SENTENCES]
    return sorted((one for one in chosen if one.score >= best - _BEHIND), key=lambda one: one.order)


def _with_code(sentences: list[Passage], evidence: Evidence) -> list[Passage]:
    """Return `sentences` with the code blocks that stand right behind one of them in its message."""
    wanted = {(one.message.id, one.order + 1) for one in sentences}
    blocks = [one for one in evidence.passages if one.code and (one.message.id, one.order) in wanted]
    places = {one.question.id: at for at, one in reversed(list(enumerate(sentences)))}
    return sorted(
        [*sentences, *blocks[:MAX_CODE_BLOCKS]], key=lambda one: (places[one.question.id], one.order)
    )


def _authority(passage: Passage) -> tuple[int, datetime, str]:
    message = passage.message
    vouched = passage.question.confirmed or bool(message.marks.solved)
    return (RANK[message.role] + vouched, message.created_at, message.id)


def _near(one: Passage, other: Passage, evidence: Evidence) -> float:
    return float(evidence.vectors[one.row] @ evidence.vectors[other.row])


def _contradiction(best: Passage, groups: list[list[Passage]], evidence: Evidence) -> Passage | None:
    for group in groups:
        for other in sorted(group, key=lambda one: -one.score)[:3]:
            same_author = other.message.author == best.message.author
            if (
                not same_author
                and _near(best, other, evidence) >= SAME_MATTER
                and differ(best.text, other.text)
            ):
                return other
    return None


def _additions(main: list[Passage], groups: list[list[Passage]], evidence: Evidence) -> list[Passage]:
    """Return what other threads add: as good, from somebody else, and not said yet."""
    best = max(one.score for one in main)
    authors = {one.message.author for one in main}
    chosen: list[Passage] = []
    for group in groups:
        for one in sorted(group, key=lambda passage: -passage.score)[:1]:
            said = any(_near(one, other, evidence) >= _ALIKE for other in [*main, *chosen])
            good = one.near >= _ON_IT and one.score >= max(_WORTH_ADDING, 0.7 * best)
            if good and not said and one.message.author not in authors:
                chosen.append(one)
                authors.add(one.message.author)
        if len(chosen) == MORE_SENTENCES:
            break
    return chosen
