"""Finds, inside a topic, the groups of wordings that ask one and the same thing: an entry each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from threadlore.agents.drafting.wording import (
    asks_or_reports,
    points_elsewhere,
    question_form,
    script_of,
    tells,
    wordings_of,
    words_of,
)
from threadlore.faq_files import normal_question
from threadlore.types import Question, QuestionStatus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME_MATTER = 0.70
"""Cosine plus a part of the share of common words from which two wordings ask the same thing."""

SHARED = 0.3
"""What the share of common words, the rare ones counting more, adds to the cosine."""

LEAST_SHARED = 0.12
"""Share of common words that two wordings of one matter have: "firmware" or "app" alone is no matter."""

SAME_ANYHOW = 0.8
"""Cosine from which two wordings are one matter without a common word."""

MAX_QUESTIONS = 1500
"""Newest questions of a topic that are looked at: memory grows with the square."""

MAX_STRANDS = 12
FOREIGN = 0.3
"""Taken off the likeness of wordings in a script that the embedder was not trained on."""

READ_AGAIN = 8192
"""Texts whose reading is kept: the questions of a topic are read for each of its matters and again."""

TELLING_WORDS = 3
"""Content words from which a part of a question is a wording of its own."""


@dataclass(frozen=True, slots=True)
class Strand:
    """Questions that ask the same, and their most central one; indexes into the questions given."""

    centre: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of the question at index `owner`; `form` says how well it stands alone, 0 to 1."""

    owner: int
    text: str
    form: float


def wordings_of_questions(questions: Sequence[Question]) -> list[Wording]:
    """Return the wordings of `questions` in order: the whole, and the parts that say enough alone.

    A title that several questions share, or that only names a matter, is the name of a place and not what
    they ask: it is left out.
    """
    parts = [_parts_of(question.text) for question in questions]
    titles = Counter(normal_question(texts[2]) for texts in parts if len(texts) > 2)
    found = []
    for owner, texts in enumerate(parts):
        if len(texts) > 2 and titles[normal_question(texts[2])] > 1:
            texts = texts[1:2]
        is_title = len(texts) == 1 and normal_question(texts[0]) in titles
        found += [
            Wording(owner, text, 0.0 if is_title else form)
            for at, text in enumerate(texts)
            for telling, form in (_read_part(text),)
            if at == 0 or (telling and (at < 2 or asks_or_reports(text)))
        ]
    return found


@lru_cache(maxsize=READ_AGAIN)
def _parts_of(text: str) -> tuple[str, ...]:
    return tuple(wordings_of(text))


@lru_cache(maxsize=READ_AGAIN)
def _read_part(text: str) -> tuple[bool, float]:
    """Return whether a part of a question says enough to be a wording of its own, and how well it stands."""
    return len(words_of(text)) >= TELLING_WORDS, question_form(text)


def settled(question: Question) -> bool:
    """Return whether a question has an answer that may be quoted."""
    return bool(question.resolution) and question.status is not QuestionStatus.OPEN


def find_strands(
    questions: Sequence[Question],
    wordings: Sequence[Wording],
    vectors: NDArray[np.float32],
    min_authors: int,
    languages: Collection[str] | None = None,
    rarity: Mapping[str, float] | None = None,
) -> list[Strand]:
    """Return groups of one matter and one language that enough authors asked and somebody settled.

    The group with most authors is taken first, around its best centre; no question is in two groups.

    Args:
        questions: of one topic.
        wordings: of the questions, each question at least once, in their order.
        vectors: of the wordings, shape (len(wordings), dimension), rows of length one.
        min_authors: distinct authors that a group needs.
        languages: that the embedder is good at, None for all; in others only near copies are alike.
        rarity: weight of each word of the community; all weigh the same without.
    """
    import numpy as np

    if len(questions) > MAX_QUESTIONS:
        return _newest_strands(questions, wordings, vectors, min_authors, languages, rarity)
    near = _likeness(questions, wordings, vectors, rarity or {})
    if languages is not None:
        foreign = [script_of(question.text) not in ("", *languages) for question in questions]
        near[np.flatnonzero(foreign)] -= FOREIGN
        np.fill_diagonal(near, 1.0)
    forms = [0.0] * len(questions)
    for wording in wordings:
        forms[wording.owner] = max(forms[wording.owner], wording.form)
    close = near >= SAME_MATTER
    column = {name: at for at, name in enumerate(sorted({question.author for question in questions}))}
    asked_by = np.zeros((len(questions), len(column)), dtype=np.float32)
    asked_by[np.arange(len(questions)), [column[question.author] for question in questions]] = 1.0
    answered = np.array([settled(question) for question in questions])
    form = np.asarray(forms, dtype=np.float32)
    left = np.ones(len(questions), dtype=bool)
    found: list[Strand] = []
    while len(found) < MAX_STRANDS:
        links = close & left[None, :] & left[:, None]
        authors = ((links.astype(np.float32) @ asked_by) > 0).sum(axis=1)
        possible = (authors >= min_authors) & (links & answered[None, :]).any(axis=1) & (form > 0)
        if not possible.any():
            break
        mean = (near * links).sum(axis=1) / np.maximum(1, links.sum(axis=1))
        worth = np.where(possible, authors + 0.5 * mean + 0.5 * form, -1.0)
        centre = int(np.argmax(worth))
        members = tuple(int(at) for at in np.flatnonzero(links[centre]))
        found.append(Strand(centre, members))
        left[list(members)] = False
    return found


def _newest_strands(
    questions: Sequence[Question],
    wordings: Sequence[Wording],
    vectors: NDArray[np.float32],
    min_authors: int,
    languages: Collection[str] | None,
    rarity: Mapping[str, float] | None,
) -> list[Strand]:
    """Return the groups among the newest `MAX_QUESTIONS`; arguments as in `find_strands`."""
    import numpy as np

    by_time = sorted(range(len(questions)), key=lambda at: (questions[at].asked_at, questions[at].id))
    kept = sorted(by_time[-MAX_QUESTIONS:])
    place = {old: new for new, old in enumerate(kept)}
    rows = np.array([row for row, one in enumerate(wordings) if one.owner in place])
    found = find_strands(
        [questions[at] for at in kept],
        [replace(wordings[row], owner=place[wordings[row].owner]) for row in rows],
        vectors[rows],
        min_authors,
        languages,
        rarity,
    )
    return [Strand(kept[one.centre], tuple(kept[at] for at in one.members)) for one in found]


def _likeness(
    questions: Sequence[Question],
    wordings: Sequence[Wording],
    vectors: NDArray[np.float32],
    rarity: Mapping[str, float],
) -> NDArray[np.float32]:
    """Return how alike each pair asks in their nearest wordings, shape (n, n); 0 between languages."""
    import numpy as np

    words = [words_of(wording.text) for wording in wordings]
    vocabulary = {word: at for at, word in enumerate(sorted(set().union(*words)))}
    unseen = max(rarity.values(), default=1.0)
    weights = np.array([rarity.get(word, unseen) for word in vocabulary], dtype=np.float32)
    table = np.zeros((len(wordings), len(vocabulary)), dtype=np.float32)
    for row, found in enumerate(words):
        table[row, [vocabulary[word] for word in found]] = 1.0
    common = (table * weights) @ table.T
    sizes = table @ weights
    shared = common / np.maximum(1e-6, sizes[:, None] + sizes[None, :] - common)
    cosine = vectors @ vectors.T
    alike = np.where((shared >= LEAST_SHARED) | (cosine >= SAME_ANYHOW), cosine + SHARED * shared, 0.0)
    elsewhere = np.flatnonzero([points_elsewhere(one.text) or tells(one.text) for one in wordings])
    alike[elsewhere] = 0.0
    alike[:, elsewhere] = 0.0
    starts = np.searchsorted([wording.owner for wording in wordings], np.arange(len(questions)))
    likeness = np.maximum.reduceat(np.maximum.reduceat(alike, starts, axis=0), starts, axis=1)
    languages = np.array([question.language for question in questions])
    known = (languages[:, None] != "") & (languages[None, :] != "")
    foreign = (languages[:, None] != languages[None, :]) & known
    scripts = np.array([script_of(question.text) for question in questions])
    foreign |= scripts[:, None] != scripts[None, :]
    likeness = np.where(foreign, 0.0, likeness).astype(np.float32)
    np.fill_diagonal(likeness, 1.0)
    return likeness
