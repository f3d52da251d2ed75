"""What an entry says that a tool found is what the tool finds: at import, and when its tables change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from threadlore.agents.grounding.recall import REASON, called_again, called_by, own_results, recall_tools
from threadlore.errors import BadInput
from threadlore.review import approve, pending
from threadlore.store.records import Records
from threadlore.tools.base import ToolInputError
from threadlore.tools.registry import find_tool
from threadlore.types import Citation, EntryState, FaqEntry, ToolCall

AT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2026, 4, 2, tzinfo=UTC)
NUMBERS: dict[str, JsonValue] = {"vectors": 10_000_000, "dim": 768, "index": "HNSW"}


def true_call() -> ToolCall:
    """Return what the tool says today."""
    asked = ToolCall(id="t", tool="size", arguments=NUMBERS, result={}, summary="", facts_version="")
    return called_again(asked)


def old_call(first: str = "It needs 1 GB of memory.") -> ToolCall:
    """Return the call as it was when the tables said something else in the first line."""
    call = true_call()
    lines = [first, *call.summary.splitlines()[1:]]
    return call.model_copy(update={"summary": "\n".join(lines), "facts_version": "old", "result": {"x": 1}})


def entry(call: ToolCall, *, told: bool, state: EntryState = EntryState.APPROVED) -> FaqEntry:
    """Return an entry that calls a tool; where it was told, the answer repeats the first line."""
    first = call.summary.splitlines()[0]
    return FaqEntry(
        id="memory",
        question="How much memory do I need?",
        answer=f"{first} [1]" if told else "Ask the tool with your own numbers.",
        citations=(Citation(source_id=call.id, kind="tool", quote=first),) if told else (),
        tool_calls=(call,),
        tools=("size",),
        state=state,
        created_at=AT,
        updated_at=AT,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path / "data")
    yield records
    records.close()


def test_a_claimed_result_is_worked_out_anew() -> None:
    forged = true_call().model_copy(update={"summary": "It needs nothing.", "result": {"total": 0}})
    taken = own_results(entry(forged, told=False))
    assert taken.tool_calls == (true_call(),)


def test_a_quote_that_the_tool_does_not_say_is_refused() -> None:
    with pytest.raises(BadInput, match="size does not say"):
        own_results(entry(old_call(), told=True))


def test_a_true_quote_comes_in_under_an_id_of_the_authors_making() -> None:
    call = true_call().model_copy(update={"id": "mine"})
    taken = own_results(entry(call, told=True))
    assert taken.citations[0].source_id == taken.tool_calls[0].id == true_call().id


@pytest.mark.parametrize("change", [{"tool": "guess"}, {"arguments": {"vectors": "many"}}])
def test_a_call_that_cannot_be_made_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="calls a tool"):
        own_results(entry(true_call().model_copy(update=change), told=False))


def test_no_text_sends_a_tool_out_to_the_network() -> None:
    with pytest.raises(ToolInputError, match="network"):
        called_by(replace(find_tool("size"), pure=False), true_call())


def test_nothing_changed_changes_nothing(desk: Records) -> None:
    desk.save_entries([entry(true_call(), told=True)])
    stamp = desk.change_stamp()
    assert recall_tools(desk, LATER) == []
    assert desk.change_stamp() == stamp


def test_a_result_beside_the_answer_follows_the_tables(desk: Records) -> None:
    desk.save_entries([entry(old_call(), told=False)])
    assert recall_tools(desk, LATER) == []
    (stored,) = desk.entries()
    assert stored.state is EntryState.APPROVED
    assert stored.tool_calls == (true_call(),)


def test_an_approved_answer_that_repeats_the_old_result_waits_with_the_new_one(desk: Records) -> None:
    desk.save_entries([entry(old_call(), told=True)])
    (found,) = recall_tools(desk, LATER)
    first = true_call().summary.splitlines()[0]
    assert found.state is EntryState.STALE
    assert found.review_reasons == (f"{REASON}size: {first}",)
    assert [revision.answer for revision in pending(found)] == [f"{first} [1]"]
    assert recall_tools(desk, LATER.replace(day=9)) == desk.entries() == [found]


def test_who_approves_it_in_spite_of_that_has_the_last_word(desk: Records) -> None:
    desk.save_entries([entry(old_call(), told=True)])
    recall_tools(desk, LATER)
    approve(desk, "memory", LATER)
    assert recall_tools(desk, LATER) == []
    assert desk.entries()[0].state is EntryState.APPROVED


def test_a_draft_says_what_the_tool_says_now(desk: Records) -> None:
    desk.save_entries([entry(old_call(), told=True, state=EntryState.DRAFT)])
    assert recall_tools(desk, LATER) == []
    (stored,) = desk.entries()
    first = true_call().summary.splitlines()[0]
    assert (stored.answer, stored.citations[0].quote) == (f"{first} [1]", first)
    assert not stored.review_reasons


def test_a_tool_that_is_gone_sends_the_answer_to_review(desk: Records) -> None:
    desk.save_entries([entry(true_call().model_copy(update={"tool": "gone"}), told=True)])
    (found,) = recall_tools(desk, LATER)
    assert found.state is EntryState.STALE
    assert "gone" in found.review_reasons[0]
    assert not pending(found)
