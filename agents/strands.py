"""Finds, inside a topic, the groups of wordings that ask one and the same thing: an entry each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadlore.agents.wording import words_of
from threadlore.types import Question, QuestionStatus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME_MATTER = 0.62
"""Cosine plus a fifth of the share of common words from which two wordings ask the same thing."""

MAX_QUESTIONS = 1500
"""Newest questions of a topic that are looked at: memory grows with the square."""

MAX_STRANDS = 12


@dataclass(frozen=True, slots=True)
class Strand:
    """Questions that ask the same, and their most central one; indexes into the questions given."""

    centre: int
    members: tuple[int, ...]


def settled(question: Question) -> bool:
    """Return whether a question has an answer that may be quoted."""
    return bool(question.resolution) and question.status is not QuestionStatus.OPEN


def find_strands(
    questions: Sequence[Question],
    texts: Sequence[str],
    forms: Sequence[float],
    vectors: NDArray[np.float32],
    min_authors: int,
) -> list[Strand]:
    """Return groups of one matter and one language that enough authors asked and somebody settled.

    The group with most authors is taken first, around its best centre; no question is in two groups.

    Args:
        questions: of one topic.
        texts: their cleaned wordings.
        forms: how well each wording stands alone, 0 to 1; 0 is never a centre.
        vectors: of the wordings, shape (n, dimension), rows of length one.
        min_authors: distinct authors that a group needs.
    """
    import numpy as np

    near = _likeness(questions, texts, vectors)
    close = near >= SAME_MATTER
    names = sorted({question.author for question in questions})
    asked_by = np.zeros((len(questions), len(names)), dtype=np.float32)
    asked_by[np.arange(len(questions)), [names.index(question.author) for question in questions]] = 1.0
    answered = np.array([settled(question) for question in questions])
    form = np.asarray(forms, dtype=np.float32)
    left = np.ones(len(questions), dtype=bool)
    newest = sorted(range(len(questions)), key=lambda at: (questions[at].asked_at, questions[at].id))
    left[newest[:-MAX_QUESTIONS]] = False
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


def _likeness(
    questions: Sequence[Question], texts: Sequence[str], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how alike each pair asks, shape (n, n); other languages are not alike at all."""
    import numpy as np

    likeness = np.asarray(vectors @ vectors.T, dtype=np.float32)
    words = [words_of(text) for text in texts]
    vocabulary = {word: at for at, word in enumerate(sorted(set().union(*words)))}
    table = np.zeros((len(texts), len(vocabulary)), dtype=np.float32)
    for row, found in enumerate(words):
        table[row, [vocabulary[word] for word in found]] = 1.0
    common = table @ table.T
    sizes = table.sum(axis=1)
    likeness += 0.2 * common / np.maximum(1.0, sizes[:, None] + sizes[None, :] - common)
    languages = np.array([question.language for question in questions])
    foreign = (
        (languages[:, None] != languages[None, :]) & (languages[:, None] != "") & (languages[None, :] != "")
    )
    likeness[foreign] = 0.0
    np.fill_diagonal(likeness, 1.0)
    return likeness
