"""Wishes and surroundings in people's words, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.wishes import read_wishes

SAID: list[tuple[str, dict[str, object]]] = [
    ("need at least 95% recall", {"recall": 0.95}),
    ("recall@10 of 0.98 please", {"recall": 0.98}),
    ("recall must be above 99 %", {"recall": 0.99}),
    ("search should answer under 20ms", {"latency_ms": 20.0}),
    ("p99 below 0.5 s for queries", {"latency_ms": 500.0}),
    ("my filter throws away 90% of the rows", {"filtered_out": 0.9}),
    ("the where condition keeps only 2 % of the data", {"filtered_out": 0.98}),
    ("85% of rows are filtered out", {"filtered_out": 0.85}),
    ("we have an A100", {"gpu": True, "device": "gpu"}),
    ("need 99.9% recall", {"recall": 0.999}),
    ("data lies on an NVMe SSD", {"disk": "nvme"}),
    ("multilingual, under 512 dims", {"languages": ["multilingual"], "dim_limit": 512}),
    ("production, 2M rows", {"purpose": "production"}),
    ("medical papers", {"domain": "medical"}),
    ("1M vectors 768d int8 hnsw", {"data_type": "int8"}),
    ("self hosted, apache license", {"licence": "permissive", "hosted": False}),
    ("there is no gpu in it", {"gpu": False, "device": "cpu"}),
    ("two A100 80GB cards", {"gpu": True, "device": "gpu", "gpu_memory_bytes": 160 * 2**30}),
    ("an A10 with 24GB", {"gpu": True, "device": "gpu", "gpu_memory_bytes": 24 * 2**30}),
    ("4 A10G GPUs, 24GB each", {"gpu": True, "device": "gpu", "gpu_memory_bytes": 96 * 2**30}),
    ("top 200 search", {"top_k": 200}),
    ("half precision floats", {"data_type": "float16"}),
    ("commercial use must be allowed", {"licence": "commercial"}),
    ("a16z, credit cards and 40 users", {}),
    ("a 16GB gpu", {"gpu": True, "device": "gpu", "gpu_memory_bytes": 16 * 2**30}),
    ("a gpu and 64GB ram", {"gpu": True, "device": "gpu"}),
    ("top 100, recall 0.95", {"top_k": 100, "recall": 0.95}),
    ("the top 5 reasons", {}),
    ("need it under 15 ms", {"latency_ms": 15.0}),
    ("filters kill 99% of rows", {"filtered_out": 0.99}),
    ("512 dims or less", {"dim_limit": 512}),
    ("binary vectors with hamming", {"data_type": "binary"}),
    ("splade sparse vectors", {"data_type": "sparse"}),
    ("on my windows laptop", {"platform": "windows", "device": "cpu"}),
    ("apple silicon macbook", {"platform": "macos", "cpu": "arm"}),
    ("graviton instance", {"cpu": "arm"}),
    ("nobody here knows kubernetes", {"kubernetes": False}),
    ("a prototype in a notebook", {"purpose": "prototype"}),
    ("for Chinese and English texts", {"languages": ["en", "zh"]}),
    ("we can't use GPUs", {"gpu": False}),
    ("we do not have a GPU", {"gpu": False}),
    ("nobody uses GPUs here", {"gpu": False}),
    ("why can't I use a GPU", {"gpu": True, "device": "gpu"}),
    ("no NVMe, an HDD", {"disk": "hdd"}),
    ("for German, not Chinese", {"languages": ["de"]}),
    ("not only English but also German", {"languages": ["en", "de"]}),
    (
        "multilingual, apache licence, runs locally",
        {"languages": ["multilingual"], "licence": "permissive", "hosted": False},
    ),
    ("chunks of up to 8,000 tokens", {"max_tokens": 8000}),
    ("512 tokens each", {"max_tokens": 512}),
    ("8k tokens", {"max_tokens": 8000}),
    ("embedding model for legal contracts", {"domain": "legal"}),
]
NOT_SAID = [
    "search takes 3 seconds",
    "latency is 300ms at p99",
    "recall is bad",
    "a recall of 80% is too low",
    "we get 80% recall, too low",
    "we don't need 99% recall",
    "the recall of product 95",
    "it filters by price",
    "24 hours within 3 s of the deadline of the flight",
    "windows of opportunity",
    "token=root:Milvus",
    "it need not be multilingual, not English at all",
    "not multilingual",
    "error code 65535",
    "100% cpu",
    "",
]


@pytest.mark.parametrize(("text", "found"), SAID, ids=[text for text, _ in SAID])
def test_what_is_wished_is_read(text: str, found: dict[str, object]) -> None:
    assert read_wishes(text) == found


@pytest.mark.parametrize("text", NOT_SAID)
def test_nothing_is_invented(text: str) -> None:
    figures = {
        "recall",
        "latency_ms",
        "filtered_out",
        "gpu",
        "data_type",
        "platform",
        "max_tokens",
        "languages",
    }
    assert figures & read_wishes(text).keys() == set()


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    found = read_wishes(text)
    assert 0.5 <= float(str(found.get("recall", 1))) <= 1
    assert 0 <= float(str(found.get("filtered_out", 0))) <= 1
