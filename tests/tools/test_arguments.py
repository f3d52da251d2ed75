"""Arguments of a tool: kinds, words, schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from threadlore.tools.base import Tool, ToolInputError, ToolResult, argument


@dataclass(frozen=True, slots=True)
class _Arguments:
    recall: float = argument("Recall.", 0.9, unit="share", limits=(0, 1))
    latency_ms: float | None = argument("Latency.", None, unit="ms", limits=(0, 1e6))
    fields: tuple[str, ...] = argument("Fields.", ())
    features: tuple[Literal["gpu", "rbac"], ...] = argument("Features.", ())
    memory_bytes: int | None = argument("Memory.", None, unit="bytes")
    note: str = argument("A note.", "")


def _run(arguments: _Arguments) -> ToolResult:
    return ToolResult("", {"arguments": arguments}, (), "now")


TOOL = Tool("probe", "Probe", "Takes every kind.", _Arguments, _run, "now")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("recall", "95%", 0.95),
        ("recall", 1, 1.0),
        ("latency_ms", "0.5 s", 500.0),
        ("latency_ms", "20ms", 20.0),
        ("fields", "id:int64, vec:float_vector(768)", ("id:int64", "vec:float_vector(768)")),
        ("features", ["GPU"], ("gpu",)),
        ("memory_bytes", "64GB", 64 * 2**30),
        ("note", "as it stands, commas too", "as it stands, commas too"),
    ],
)
def test_words_are_read_by_the_kind_of_the_argument(name: str, value: object, read: object) -> None:
    assert getattr(TOOL.read({name: value}), name) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recall", "101%"),
        ("recall", float("nan")),
        ("recall", True),
        ("recall", "high"),
        ("latency_ms", "20 parsecs"),
        ("latency_ms", float("inf")),
        ("fields", 7),
        ("fields", [7]),
        ("features", "teleport"),
        ("memory_bytes", "1.5"),
        ("memory_bytes", "much"),
        ("note", 7),
    ],
)
def test_a_bad_value_is_named_with_a_way_out(name: str, value: object) -> None:
    with pytest.raises(ToolInputError, match=name) as caught:
        TOOL.read({name: value})
    assert caught.value.hint or "between" in caught.value.message


def test_the_schema_says_what_is_taken() -> None:
    properties: dict[str, Any] = TOOL.schema["properties"]
    assert properties["features"]["items"] == {"type": "string", "enum": ["gpu", "rbac"]}
    assert properties["latency_ms"] == {
        "description": "Latency.", "type": "number", "minimum": 0, "maximum": 1e6,
    }  # fmt: skip
    assert properties["recall"]["default"] == 0.9


def test_what_is_left_open_is_not_called_assumed() -> None:
    assert "latency_ms" not in TOOL.assumed({"recall": 0.5})
    assert TOOL.assumed({"recall": 0.5})["note"] == ""


@dataclass(frozen=True, slots=True)
class _Move:
    from_: str = argument("Where from.", ask="Where from?", called="from")
    to: str = argument("Where to.", "here")


def _both_ends(move: _Move) -> ToolResult:
    return ToolResult("", {"ends": [move.from_, move.to]}, (), "now")


def test_an_argument_may_be_called_like_a_keyword() -> None:
    tool = Tool("move", "Move", "Moves.", _Move, _both_ends, "now")
    assert set(tool.schema["properties"]) == {"from", "to"}
    assert tool.schema["required"] == ["from"]
    assert tool.call({"from": "there"}).result["ends"] == ["there", "here"]
    assert tool.missing({"to": "there"}) == ("from",) and tool.question("from") == "Where from?"
    assert tool.accepts("from", "there") and not tool.accepts("from_", "there")
    assert tool.assumed({"from": "there"}) == {"to": "here"}


def test_what_another_form_gives_is_not_missing() -> None:
    tool = Tool(
        "move",
        "Move",
        "Moves.",
        _Move,
        _both_ends,
        "now",
        accepts_object=lambda given: {{"origin": "from"}.get(name, name): one for name, one in given.items()},
    )
    assert tool.missing({"origin": "there"}) == ()
