"""Which metric an index gets: by the embedding model, and as a question of its own."""

from __future__ import annotations

from typing import Any

import pytest

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.calling import arguments_for
from threadlore.tools.registry import find_tool


def index(**arguments: Any) -> ToolResult:
    return find_tool("index").call({"vectors": "10M", "dim": 768} | arguments)


def test_dimension_and_metric_follow_from_the_embedding_model() -> None:
    tool = find_tool("index")
    found = tool.call({"vectors": "5M", "embedding_model": "multi-qa-mpnet-base-dot-v1"})
    assert found.result["metric"] == "IP"
    assert "trained for it" in found.result["metric_why"]
    assert "dim=768" in found.documents["code"]
    cosine = tool.call({"vectors": "5M", "embedding_model": "text-embedding-3-small"})
    assert (cosine.result["metric"], "1536" in cosine.summary) == ("COSINE", True)


def test_a_metric_against_the_model_is_warned_of() -> None:
    found = index(embedding_model="multi-qa-mpnet-base-dot-v1", metric="COSINE")
    assert found.result["metric"] == "COSINE"
    assert "trained for IP" in found.result["metric_why"]


def test_an_unknown_model_is_not_known_and_needs_its_dimension() -> None:
    assert "not known" in index(embedding_model="our-own-model").result["metric_why"]
    with pytest.raises(ToolInputError) as caught:
        find_tool("index").call({"vectors": "5M", "embedding_model": "our-own-model"})
    assert caught.value.missing == ("dim",)
    assert "dimension" in caught.value.hint


@pytest.mark.parametrize(
    ("model", "metric", "known"),
    [
        ("bge-m3", "COSINE", True),
        ("multi-qa-mpnet-base-dot-v1", "IP", True),
        ("our own model", "COSINE", False),
    ],
)
def test_the_metric_of_a_model_needs_no_numbers(model: str, metric: str, known: bool) -> None:
    found = find_tool("index").call({"metric_only": True, "embedding_model": model})
    assert (found.result["metric"], found.result["known"]) == (metric, known)
    assert ("Not known" in found.summary) != known
    assert find_tool("index").call({"metric_only": "TRUE", "embedding_model": model}) == found


def test_a_question_on_the_metric_asks_for_the_model_alone() -> None:
    tool = find_tool("index")
    asked = arguments_for(tool, "which metric type for bge-m3, cosine or ip?")
    assert asked == {"embedding_model": "bge-m3", "dim": 1024, "metric_only": True}
    assert tool.missing(asked) == () and tool.assumed(asked) == {}
    assert tool.missing(arguments_for(tool, "which metric should I use?")) == ("embedding_model",)
    both = arguments_for(tool, "which index and metric for 5M bge-m3 vectors?")
    assert both["vectors"] == 5_000_000 and "metric_only" not in both
