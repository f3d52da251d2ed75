"""Which area a question belongs to: fitted weights of a profile, or its descriptions and examples."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from threadlore.errors import BadInput, NotFound
from threadlore.profile import Area, Profile, profile_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS_FILE = "labels.json"

NEAREST = 3
"""Examples of an area that are averaged beside the nearest one."""

KEYWORD_WEIGHT = 0.15
"""What all keyword hits in one area add to a cosine."""

TEMPERATURE = 12.0
"""Sharpness with which cosines become probabilities without fitted weights."""

_TAG = re.compile(
    r"^\s*(?:\[(?:bug|feature|feat|enhancement|question|error|help|issue|request)\]\s*[:：]?\s*)+",
    re.IGNORECASE,
)


class AreaModel(Protocol):
    """Gives areas to texts."""

    @property
    def areas(self) -> tuple[str, ...]:
        """Names of the areas, in the order of the columns."""
        ...

    def probabilities(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each area for each text, shape (texts, areas), rows of sum one."""
        ...


def without_tag(text: str) -> str:
    """Return `text` without the tags of a bug tracker at its start.

    >>> without_tag("[Bug]: [perf] search is slow")
    '[perf] search is slow'
    """
    return _TAG.sub("", text, count=1)


def keyword_shares(texts: Sequence[str], patterns: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Return each area's share of the keyword hits, shape (texts, areas), every value below one.

    A pattern counts twice where it is found in the first line, which mostly is a title. Shares are
    hits / (1 + all hits), so that one stray hit decides nothing.
    """
    import numpy as np

    found = np.zeros((len(texts), len(patterns)))
    compiled = [[re.compile(pattern, re.IGNORECASE) for pattern in group] for group in patterns]
    for row, text in enumerate(texts):
        first = text.split("\n", 1)[0]
        for area, group in enumerate(compiled):
            found[row, area] = sum(2 for one in group if one.search(first))
            if first != text:
                found[row, area] += sum(1 for one in group if not one.search(first) and one.search(text))
    shares: NDArray[np.float64] = found / (1 + found.sum(axis=1, keepdims=True))
    return shares


@dataclass(frozen=True)
class FittedAreas:
    """Multinomial logistic regression over a vector and the keyword shares of each area."""

    areas: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]
    keyword_scale: float
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def probabilities(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each area for each text, shape (texts, areas), rows of sum one."""
        features = features_of(vectors, texts, self.patterns, self.keyword_scale)
        return _softmax(features @ self.weights.T + self.bias)


def features_of(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    patterns: Sequence[Sequence[str]],
    keyword_scale: float,
) -> NDArray[np.float64]:
    """Return what the fitted model sees, shape (texts, dimension + areas)."""
    import numpy as np

    return np.hstack([vectors, keyword_scale * keyword_shares(texts, patterns)])


@dataclass(frozen=True)
class DescribedAreas:
    """No training: nearness to an area's description and examples, and its keywords."""

    areas: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]
    examples: tuple[NDArray[np.float32], ...]

    def probabilities(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each area for each text, shape (texts, areas), rows of sum one."""
        import numpy as np

        columns = []
        for known in self.examples:
            cosines = np.sort(vectors @ known.T, axis=1)[:, ::-1]
            columns.append((cosines[:, 0] + cosines[:, :NEAREST].mean(axis=1)) / 2)
        near = np.stack(columns, axis=1)
        return _softmax(TEMPERATURE * (near + KEYWORD_WEIGHT * keyword_shares(texts, self.patterns)))


def _softmax(values: NDArray[Any]) -> NDArray[np.float64]:
    import numpy as np

    powers = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def area_texts(area: Area) -> list[str]:
    """Return the texts that describe an area without training."""
    return [f"{area.title}. {area.description}".strip(), *area.examples]


def fitted_areas(profile: Profile, embedding_model: str) -> FittedAreas | None:
    """Return the fitted weights that a profile ships; None where they do not fit.

    They fit when they were made with the same embedding model and for the same areas.

    Raises:
        BadInput: the file of weights is not as it should be.
    """
    import numpy as np

    try:
        file = profile_folder(profile.name).joinpath(WEIGHTS_FILE)
    except NotFound:
        return None
    if not file.is_file():
        return None
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        fits = tuple(data["areas"]) == tuple(area.name for area in profile.areas)
        if not fits or not embedding_model.startswith(data["embedding_model"]):
            return None
        weights = np.array(data["weights"], dtype=np.float64)
        bias = np.array(data["bias"], dtype=np.float64)
        patterns = tuple(tuple(group) for group in data["patterns"])
        return FittedAreas(tuple(data["areas"]), patterns, float(data["keyword_scale"]), weights, bias)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"The label weights of the profile {profile.name!r} cannot be read: {error}",
            "Fit them again with benchmarks/fit_labels.py.",
        ) from error
