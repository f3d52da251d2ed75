"""Tools that a model asks for: only those offered, only with what somebody said."""

from __future__ import annotations

import json

import pytest

from threadlore.agents.toolbox import Refusal, answer_request, offers
from threadlore.chat import ToolRequest
from threadlore.tools.registry import tools
from threadlore.types import ToolCall

SAID = ("we have 10M vectors of 768 dimensions with HNSW on standalone, how much memory?",)


def called(name: str, arguments: object, said: tuple[str, ...] = SAID) -> ToolCall | Refusal:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return answer_request(ToolRequest("c1", name, text), {"size": tools()["size"]}, said)


def test_a_tool_is_offered_with_its_own_schema_and_never_one_that_reaches_out() -> None:
    known = tools()
    (offer,) = offers([known["size"], known["verify-migration"]])
    assert offer.schema == known["size"].schema


@pytest.mark.parametrize(
    "given",
    [
        {"vectors": 10_000_000, "dim": 768},
        {"vectors": "10M", "dim": 768, "index": "HNSW"},
        {"vectors": 1e7, "dim": 768, "mode": "standalone"},
    ],
)
def test_what_was_said_may_be_given_in_any_form(given: dict[str, object]) -> None:
    assert isinstance(called("size", given), ToolCall)


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("shell", {"command": "rm"}, "no such tool"),
        ("verify-migration", {"source": "x"}, "no such tool"),
        ("size", {"vectors": 20_000_000, "dim": 768}, "nobody said vectors"),
        ("size", {"vectors": 10_000_000, "dim": 768, "replicas": 9}, "nobody said replicas"),
        ("size", {"vectors": 10_000_000, "dim": 768, "evil": 1}, "no such argument"),
        ("size", {"vectors": 10_000_000}, "refuses"),
        ("size", "{", "no JSON object"),
        ("size", "[1]", "no JSON object"),
        ("size", "[" * 5000, "no JSON object"),
        ("size", "x" * 9000, "no JSON object"),
    ],
)
def test_everything_else_is_refused_in_our_own_words(name: str, given: object, reason: str) -> None:
    found = called(name, given)
    assert isinstance(found, Refusal) and reason in found.reason
    assert "evil" not in found.reason and "rm" not in found.reason.split()
