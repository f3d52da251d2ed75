"""Words of a text, and how much two texts share of their rare ones: the lexical side of clustering."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_WORD = re.compile(
    r"[^\W\d_][\w]*(?:[-.][^\W_][\w]*)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+", re.UNICODE
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")

_STOP_WORDS = """
a about above after again against all also although am an and any anyone anybody are aren't as at be
because been before being below between both but by came can can't cannot come could couldn't did didn't
do does doesn't doing don't done down during each either else ever every everyone few for from further
get gets getting give go goes going gone good got guys had hadn't has hasn't have haven't having he
hello help her here hers hey hi him his how however i i'd i'll i'm i've if in instead into is isn't it
it's its itself just know last let like little look looking lot made make makes many may maybe me might
more most much must my myself need needs never new next no nor not now of off ok on once one only or
other others ought our ours out over own per please possible probably really right same say see seem
seems set shall she should shouldn't since so some someone something still such sure take tell than
thank thanks that that's the their them then there there's these they thing things think this those
though through to too tried try trying two under until up upon us use used using very via want wants was
wasn't way we well went were weren't what what's when whenever where whether which while who why will
with within without won't would wouldn't yes yet you you're your yours
"""

STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that say nothing about a topic."""


def words(text: str) -> list[str]:
    """Return the lower-case words of `text` in order, stop words included.

    Text without spaces (Chinese, Japanese, Korean) is cut into character bigrams.

    >>> words("Milvus-lite 没有启动")
    ['milvus-lite', '没有', '有启', '启动']
    """
    found: list[str] = []
    for match in _WORD.findall(text.lower()):
        if _UNSPACED.match(match):
            found += _bigrams(match)
        else:
            found.append(match)
    return found


def _bigrams(run: str) -> list[str]:
    unspaced = "".join(_UNSPACED.findall(run))
    if len(unspaced) < 2:
        return [unspaced] if unspaced else []
    return [unspaced[at : at + 2] for at in range(len(unspaced) - 1)]


def content_words(text: str) -> list[str]:
    """Return the words of `text` without stop words and single letters."""
    return [word for word in words(text) if word not in STOP_WORDS and len(word) > 1]


def word_weights(texts: Sequence[str]) -> csr_matrix:
    """Return tf-idf rows of length one, shape (len(texts), words in two texts or more).

    Term frequency is 1 + ln(tf), inverse document frequency ln((1 + n) / (1 + df)) + 1.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    counts = [Counter(content_words(text)) for text in texts]
    frequency = Counter(word for row in counts for word in row)
    column = {word: at for at, word in enumerate(sorted(w for w, df in frequency.items() if df > 1))}
    met = np.array([frequency[word] for word in column], dtype=np.float64)
    rarity = np.log((1 + len(texts)) / (1 + met)) + 1
    rows, columns, times = [], [], []
    for at, row in enumerate(counts):
        for word, count in sorted(row.items()):
            if word in column:
                rows.append(at)
                columns.append(column[word])
                times.append(count)
    places = np.array(columns, dtype=np.int64)
    values = (1 + np.log(np.array(times, dtype=np.float64))) * rarity[places]
    weights = csr_matrix((values.astype(np.float32), (rows, places)), shape=(len(texts), max(1, len(column))))
    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    scale = csr_matrix((1 / np.maximum(lengths, 1e-9), (range(len(texts)), range(len(texts)))))
    return (scale @ weights).tocsr()


def shared_words(
    weights: csr_matrix, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the cosine of the tf-idf rows of each pair (left[i], right[i]), float32, 0 to 1."""
    import numpy as np

    found = np.zeros(len(left), dtype=np.float32)
    step = 200_000
    for start in range(0, len(left), step):
        stop = start + step
        product = weights[left[start:stop]].multiply(weights[right[start:stop]])
        found[start:stop] = np.asarray(product.sum(axis=1)).ravel()
    return found
