"""The bundled model in plain numpy: ready in a tenth of a second, where torch and its libraries take five.

It is for a handful of texts: a question that is asked, the news of a day, a small forum. The vectors are
those of sentence-transformers but for rounding (`tests/embedders/test_local.py`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

LAYERS, HEADS = 6, 12
TOKENS = 256
"""Longest input; what is longer is cut."""

NORM_EPSILON = 1e-12
BATCH = 16
"""Texts that one core works on at a time: the widest layer takes 1.5 MB a long text."""


class MiniLm:
    """all-MiniLM-L6-v2: a BERT encoder (Devlin et al. 2019), the mean of its tokens, length one.

    The tokens of a batch stand in one table without padding, so a short text costs what it is long.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._weights: dict[str, Rows] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS)

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return vectors of shape (len(texts), 384), rows of length one.

        Every core has a batch of its own: products that are split among them round otherwise on each machine.
        """
        import numpy as np
        from threadpoolctl import threadpool_limits

        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as cores:
            return np.concatenate(list(cores.map(self._encoded, batches)))

    def _encoded(self, texts: Sequence[str]) -> Rows:
        import numpy as np

        tokens = [found.ids for found in self._tokenizer.encode_batch(list(texts))]
        ends = np.cumsum([len(row) for row in tokens])
        places = [slice(end - len(row), end) for row, end in zip(tokens, ends.tolist(), strict=True)]
        rows = self._embedded(tokens)
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            seen = self._linear(self._attention(rows, places, name), f"{name}.attention.output.dense")
            rows = self._normed(rows + seen, f"{name}.attention.output.LayerNorm")
            wide = _gelu(self._linear(rows, f"{name}.intermediate.dense"))
            rows = self._normed(rows + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        means = np.stack([rows[place].mean(axis=0) for place in places])
        vectors: Rows = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors

    def _embedded(self, tokens: Sequence[Sequence[int]]) -> Rows:
        import numpy as np

        words = self._weights["embeddings.word_embeddings.weight"][np.concatenate(tokens)]
        order = np.concatenate([np.arange(len(row)) for row in tokens])
        words = words + self._weights["embeddings.position_embeddings.weight"][order]
        words += self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normed(words, "embeddings.LayerNorm")

    def _attention(self, rows: Rows, places: Sequence[slice], name: str) -> Rows:
        """Return what each token takes from the tokens of its own text, all heads side by side."""
        import numpy as np

        query, key, value = (
            self._linear(rows, f"{name}.attention.self.{part}")
            .reshape(len(rows), HEADS, -1)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        query = query / np.float32(query.shape[2] ** 0.5)
        taken = np.empty_like(rows)
        for place in places:
            weight = query[:, place] @ key[:, place].transpose(0, 2, 1)
            weight = np.exp(weight - weight.max(axis=2, keepdims=True))
            weight /= weight.sum(axis=2, keepdims=True)
            taken[place] = (weight @ value[:, place]).transpose(1, 0, 2).reshape(-1, rows.shape[1])
        return taken

    def _linear(self, rows: Rows, name: str) -> Rows:
        found: Rows = rows @ self._weights[f"{name}.weight"].T
        found += self._weights[f"{name}.bias"]
        return found

    def _normed(self, rows: Rows, name: str) -> Rows:
        """Return each row shifted to mean 0, scaled to variance 1, then as the weights say."""
        import numpy as np

        centred = rows - rows.mean(axis=1, keepdims=True)
        centred /= np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + np.float32(NORM_EPSILON))
        found: Rows = centred * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return found


def _gelu(rows: Rows) -> Rows:
    """Return x * P(a normal deviate is below x), exactly (Hendrycks and Gimpel 2016)."""
    import numpy as np
    from scipy.special import erf

    found: Rows = rows * (np.float32(0.5) * (np.float32(1) + erf(rows * np.float32(0.5**0.5))))
    return found
