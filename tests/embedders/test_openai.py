"""An endpoint's vectors are of one length and as many as the texts, or it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from threadlore.embedders import load_embedder
from threadlore.embedders.openai import BATCH
from threadlore.endpoints import Endpoint
from threadlore.errors import ConfigError, ModelDown
from threadlore.testing.endpoint import FakeEndpoint, serving


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[FakeEndpoint]:
    try:
        validator = request.getfixturevalue("openai_specification")
    except pytest.skip.Exception:
        validator = None
    with serving(FakeEndpoint(lambda asked: "", validator=validator, dimension=48)) as served:
        yield served
    assert served.violations == []


def test_vectors_come_in_order_and_of_length_one(endpoint: FakeEndpoint) -> None:
    embedder = load_embedder("openai", "some-model", Endpoint(endpoint.url))
    texts = [f"question {number}" for number in range(BATCH * 2 + 1)]
    vectors = asyncio.run(embedder.embed(texts))
    assert vectors.shape == (len(texts), 48)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[-1], asyncio.run(embedder.embed(texts[-1:]))[0])
    assert embedder.dimension == 48


def test_the_dimension_is_asked_for_where_the_name_does_not_tell_it(endpoint: FakeEndpoint) -> None:
    async def inside() -> int:
        return load_embedder("openai", "some-model", Endpoint(endpoint.url)).dimension

    assert asyncio.run(inside()) == 48
    assert load_embedder("openai", "text-embedding-3-small", Endpoint(endpoint.url)).dimension == 1536


def test_nothing_and_an_empty_text_are_no_error(endpoint: FakeEndpoint) -> None:
    embedder = load_embedder("openai", "some-model", Endpoint(endpoint.url))
    assert asyncio.run(embedder.embed([])).shape[0] == 0
    assert asyncio.run(embedder.embed([""])).shape == (1, 48)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match="a model and an address"):
        load_embedder("openai", "", Endpoint("http://127.0.0.1:9"))
    with pytest.raises(ModelDown):
        asyncio.run(load_embedder("openai", "x", Endpoint("http://127.0.0.1:9", retries=0)).embed(["a"]))
